import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../daemon/test-daemon.ts';

const setup = fileURLToPath(new URL('../../packaging/setup', import.meta.url));
const sources = [
  'web/index.html',
  'web/src/main.tsx',
  'web/public/favicon.svg',
  'src/client/client.ts',
  'src/errors/x.ts',
];

/** A tree like ours whose page was built a moment after everything in it was changed last. */
function builtTree(t: TestContext) {
  const root = temporaryDirectory(t);
  const at = (path: string, seconds: number): void => utimesSync(join(root, path), seconds, seconds);
  for (const path of [
    ...sources,
    'package-lock.json',
    'web/dist/index.html',
    'node_modules/.bridgekeeper-page-stamp',
  ]) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
  for (const path of [...sources, 'package-lock.json', 'web/src', 'web/public', 'src/client', 'src/errors'])
    at(path, 1_000);
  at('node_modules/.bridgekeeper-page-stamp', 2_000);
  const isCurrent = (): boolean => {
    const script = `root=${root}; source ${setup}; page_is_current && echo yes || echo no`;
    return execFileSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8' }).trim() === 'yes';
  };
  return { root, at, isCurrent };
}

test('a page is built again once one of its sources is newer, also one of the client that it shares', (t) => {
  const { at, isCurrent } = builtTree(t);
  assert.equal(isCurrent(), true);
  for (const path of [...sources, 'package-lock.json']) {
    at(path, 3_000);
    assert.equal(isCurrent(), false, path);
    at(path, 1_000);
  }
  assert.equal(isCurrent(), true);
});

test('a page is built again when a source is gone, and when the built page or its stamp is', (t) => {
  const { root, at, isCurrent } = builtTree(t);
  rmSync(join(root, 'web/src/main.tsx'));
  assert.equal(isCurrent(), false);
  at('web/src', 1_000);
  assert.equal(isCurrent(), true);
  rmSync(join(root, 'web/dist'), { recursive: true });
  assert.equal(isCurrent(), false);
  writeFileSync(join(root, 'web/dist'), '');
  rmSync(join(root, 'node_modules'), { recursive: true });
  assert.equal(isCurrent(), false);
});
