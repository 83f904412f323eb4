import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { pageFolder } from '../../src/server/page/page.ts';

/** Bytes, compressed: of what somebody waits for who looks at the overview for the first time. */
const mostAtFirst = 400_000;
/** Of all views together in both languages, with the editor of YAML and its diff. */
const mostInAll = 600_000;

/** What a browser that knows brotli is sent of a file. */
function sentBytes(name: string): number {
  const file = join(pageFolder, name);
  return statSync(existsSync(`${file}.br`) ? `${file}.br` : file).size;
}

const read = (name: string): string => readFileSync(join(pageFolder, name), 'utf8');
const sum = (names: Iterable<string>): number => [...names].reduce((bytes, name) => bytes + sentBytes(name), 0);

/** Files, and whatever they need before they can begin. */
function withNeeded(names: readonly string[]): Set<string> {
  const all = new Set<string>();
  const add = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    if (!name.endsWith('.js')) return;
    for (const [, other] of read(name).matchAll(/(?:from|import)\s*["']\.\/([\w.-]+)["']/g))
      if (other !== undefined) add(`assets/${other}`);
  };
  for (const name of names) add(name);
  return all;
}

const files = (pattern: string): string[] => globSync(pattern, { cwd: pageFolder });

test('the first view with its picture is sent in under 400 kB, all views in both languages in under 600', (t) => {
  assert.ok(existsSync(join(pageFolder, 'index.html')), 'the page is not built: npm run build');
  const named = [...read('index.html').matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name ?? '');
  // Texts are named after their language alone: those of one language are counted, all of them.
  const overview = ['overview-view', 'site-picture', 'text.en'].flatMap((name) => files(`assets/${name}-*.{js,css}`));
  assert.ok(overview.length >= 3, overview.map((name) => basename(name)).join());
  const first = sum(withNeeded(['index.html', ...named, ...overview]));
  const all = sum(files('**/*.{html,js,css,svg}'));
  t.diagnostic(`${first} bytes for the first view, ${all} in all`);
  assert.ok(first < mostAtFirst, `${first} bytes`);
  assert.ok(all < mostInAll, `${all} bytes`);
});

test('the page asks for nothing that is not its own', () => {
  for (const name of files('**/*.{html,css}')) {
    const asked = [...read(name).matchAll(/(?:src|href)="([^"]+)"|url\(["']?([^"')]+)/g)].map(([, a, b]) => a ?? b);
    assert.deepEqual(
      asked.filter((place) => /^(?:https?:)?\/\//.test(place ?? '')),
      [],
      name,
    );
  }
});
