import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What others import: a client for any transport, and one that connects from Node. */
const entries = { '.': 'client/client', './connect': 'client/connect' } as const;

/** Modules that a text imports or exports from, by relative path. */
const relativeImport = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g;

/** JavaScript and declarations of the client and of everything that it names, in `folder`. */
function compile(folder: string): void {
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      outDir: folder,
      rootDir: join(root, 'src'),
      typeRoots: [join(root, 'node_modules/@types')],
    },
    include: [],
    files: Object.values(entries).map((entry) => join(root, 'src', `${entry}.ts`)),
  };
  const file = join(folder, 'tsconfig.json');
  writeFileSync(file, JSON.stringify(settings));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', file], { stdio: 'inherit' });
}

/** Files that the entries reach: much is compiled only because a type of it was looked at. */
function reached(folder: string, ending: '.js' | '.d.ts'): Set<string> {
  const found = new Set<string>();
  const look = (file: string): void => {
    if (found.has(file)) return;
    found.add(file);
    for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(relativeImport)) {
      const next = join(dirname(file), target.replace(/\.(?:js|ts)$/, ending));
      if (existsSync(next)) look(next);
    }
  };
  for (const entry of Object.values(entries)) look(join(folder, entry + ending));
  return found;
}

function manifest(): object {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return {
    name: 'bridgekeeper-client',
    version,
    description: "Typed client of Bridgekeeper's API, without dependencies",
    type: 'module',
    engines: { node: '>=20' },
    exports: Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [name, { types: `./${entry}.d.ts`, default: `./${entry}.js` }]),
    ),
  };
}

/**
 * Makes the npm package `bridgekeeper-client` in a folder that is made anew: what the command line and the page use, as
 * JavaScript with declarations, without dependencies at run time. `.` is for any transport, `./connect` for Node.
 */
export function buildClient(folder: string): void {
  const work = mkdtempSync(join(tmpdir(), 'bk-client-'));
  try {
    compile(work);
    rmSync(folder, { recursive: true, force: true });
    for (const file of [...reached(work, '.js'), ...reached(work, '.d.ts')]) {
      const target = join(folder, relative(work, file));
      mkdirSync(dirname(target), { recursive: true });
      cpSync(file, target);
    }
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? join(root, 'dist/client');
  buildClient(folder);
  process.stdout.write(`wrote ${folder}; install it with: npm install ${folder}\n`);
}
