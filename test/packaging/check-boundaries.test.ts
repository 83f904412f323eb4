import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCycles, findForbidden, parseSource, readSources } from '../../packaging/check-boundaries.ts';

test('imports of every form are found, and nothing that only looks like one', () => {
  const text = `
import a from './a.ts';
import {
  b,
  type B,
} from "./b.ts";
import type { C } from './c.ts';
export * from './d.ts';
export { e } from './e.ts';
import 'node:fs';
const f = () => import('./f.ts');
export const message = 'from "./g.ts"';
const text = \`import x from './h.ts'\`;
`;
  const { imports } = parseSource('src/x.ts', text);
  assert.deepEqual(
    imports
      .filter(({ fixed }) => fixed)
      .map(({ target }) => target)
      .sort(),
    ['./a.ts', './b.ts', './d.ts', './e.ts', 'node:fs'],
  );
  assert.deepEqual(
    imports
      .filter(({ fixed }) => !fixed)
      .map(({ target }) => target)
      .sort(),
    ['./c.ts', './f.ts'],
  );
});

test('what the rule of a folder does not allow is named', () => {
  const files = [
    parseSource('src/model/a.ts', "import { x } from '../registry/x.ts';\nimport fs from 'node:fs/promises';\n"),
    parseSource('src/model/b.ts', "import { y } from '../errors/y.ts';\nimport { z } from 'zod/v4';\n"),
    parseSource('src/drivers/linux/c.ts', "import { o } from '../ovn/o.ts';\n"),
    parseSource('src/server/d.ts', "import { d } from '../daemon/daemon.ts';\n"),
    parseSource('src/nowhere/e.ts', ''),
  ];
  assert.deepEqual(findForbidden(files), [
    'src/model/a.ts: imports src/registry/x.ts, which "src/model" may not',
    'src/model/a.ts: imports package node:fs, which "src/model" may not',
    'src/drivers/linux/c.ts: imports src/drivers/ovn/o.ts, which "src/drivers/linux" may not',
    'src/server/d.ts: imports src/daemon/daemon.ts, which "src/server" may not',
    'src/nowhere/e.ts: no rule says what it may import; add its folder to boundaries.ts',
  ]);
});

test('a folder whose name only begins alike is another folder', () => {
  const file = parseSource('src/model/a.ts', "import { x } from '../errors-of-others/x.ts';\n");
  assert.equal(findForbidden([file]).length, 1);
});

test('cycles are shown as the way round; imports for types alone close none', () => {
  const cycle = [
    parseSource('src/a.ts', "import { b } from './b.ts';\n"),
    parseSource('src/b.ts', "import { c } from './deep/c.ts';\n"),
    parseSource('src/deep/c.ts', "import { a } from '../a.ts';\n"),
  ];
  assert.deepEqual(findCycles(cycle), ['src/a.ts → src/b.ts → src/deep/c.ts → src/a.ts']);
  const types = [
    parseSource('src/a.ts', "import type { B } from './b.ts';\n"),
    parseSource('src/b.ts', "import { a } from './a.ts';\n"),
  ];
  assert.deepEqual(findCycles(types), []);
});

test('the check sees the whole repository', () => {
  const paths = readSources().map(({ path }) => path);
  for (const path of ['src/errors/catalogue.ts', 'src/cli/commands/demo.ts', 'packaging/boundaries.ts']) {
    assert.ok(paths.includes(path), path);
  }
});
