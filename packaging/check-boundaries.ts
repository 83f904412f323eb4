import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Boundary, boundaries } from './boundaries.ts';

/** Lines: longer files are listed, much longer ones are refused. */
const long = 150;
const tooLong = 400;

interface Import {
  /** As it is written. */
  readonly target: string;
  /** False for `import type` and `import(…)`: they may close a cycle, since no module waits for them. */
  readonly fixed: boolean;
}

/** A module as far as its imports go. */
export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly imports: readonly Import[];
  readonly lines: number;
}

const fixedImport = /^(?:import|export)\s+(type\s+)?[\w$*{},\s]+?\s+from\s+['"]([^'"]+)['"]/gm;
const bareImport = /^import\s+()['"]([^'"]+)['"]/gm;
const laterImport = /\bimport(\()\s*['"]([^'"]+)['"]\s*\)/g;

/** Reads what a module imports, statically, for its types, or when it runs. */
export function parseSource(path: string, text: string): SourceFile {
  const imports = [fixedImport, bareImport, laterImport].flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ target: match[2] as string, fixed: !match[1] })),
  );
  return { path, imports, lines: text.split('\n').length - 1 };
}

const within = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

const resolveImport = (file: SourceFile, target: string): string => join(dirname(file.path), target);

function boundaryOf(path: string, rules: readonly Boundary[]): Boundary | undefined {
  return rules.filter(({ from }) => within(path, from)).sort((a, b) => b.from.length - a.from.length)[0];
}

/** `node:fs/promises` belongs to `node:fs`, `@fastify/swagger/x` to `@fastify/swagger`. */
function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Imports that the rules do not allow, one sentence each. */
export function findForbidden(files: readonly SourceFile[], rules: readonly Boundary[] = boundaries): string[] {
  return files.flatMap((file) => {
    const rule = boundaryOf(file.path, rules);
    if (rule === undefined) return [`${file.path}: no rule says what it may import; add its folder to boundaries.ts`];
    return file.imports.flatMap(({ target }) => {
      if (target.startsWith('.')) {
        const path = resolveImport(file, target);
        const allowed = within(path, rule.from) || rule.to.some((place) => within(path, place));
        return allowed ? [] : [`${file.path}: imports ${path}, which "${rule.from}" may not`];
      }
      const name = packageOf(target);
      const allowed = rule.packages.includes('*') || rule.packages.includes(name);
      return allowed ? [] : [`${file.path}: imports package ${name}, which "${rule.from}" may not`];
    });
  });
}

/** Cycles of fixed imports, each as the way round. */
export function findCycles(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) {
      cycles.push([...way.slice(way.indexOf(path)), path].join(' → '));
      return;
    }
    const file = byPath.get(path);
    if (file === undefined || done.has(path)) return;
    for (const { target, fixed } of file.imports) {
      if (fixed && target.startsWith('.')) visit(resolveImport(file, target), [...way, path]);
    }
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return cycles;
}

/** Every module of the repository. */
export function readSources(): SourceFile[] {
  const paths = globSync('{src,test,bench,packaging,web}/**/*.{ts,tsx}', { exclude: ['web/dist/**'] });
  return paths.sort().map((path) => parseSource(path, readFileSync(path, 'utf8')));
}

if (import.meta.main) {
  const files = readSources();
  const mistakes = [
    ...findForbidden(files),
    ...findCycles(files).map((cycle) => `import cycle: ${cycle}`),
    ...files
      .filter(({ lines }) => lines > tooLong)
      .map(({ path, lines }) => `${path}: ${lines} lines, ${tooLong} is the most; split it`),
  ];
  for (const { path, lines } of files) {
    if (lines > long && lines <= tooLong)
      process.stdout.write(`note: ${path} has ${lines} lines; most stay under ${long}\n`);
  }
  for (const mistake of mistakes) process.stderr.write(`${mistake}\n`);
  if (mistakes.length > 0 || files.length === 0) process.exitCode = 1;
}
