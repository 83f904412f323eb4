import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../cli/run-launcher.ts';
import { temporaryDirectory } from '../daemon/test-daemon.ts';

const runner = fileURLToPath(new URL('../../packaging/run-tests.ts', import.meta.url));
const head = "import test from 'node:test';\n";

/** Runs the runner over test files with these texts; answers its exit status and last line. */
async function runOver(
  t: TestContext,
  texts: readonly string[],
  ci = false,
): Promise<[number | null, string | undefined]> {
  const directory = temporaryDirectory(t);
  for (const [index, text] of texts.entries()) writeFileSync(join(directory, `${index}.test.ts`), head + text);
  const env = { NODE_TEST_CONTEXT: undefined, CI: ci ? 'true' : undefined };
  const { status, stdout } = await run([process.execPath, runner, directory], { env });
  return [status, stdout.trimEnd().split('\n').at(-1)];
}

test('the closing line counts what passed in all files', async (t) => {
  const passing = "test('a', () => {});\ntest('b', () => {});\n";
  assert.deepEqual(await runOver(t, [passing, passing]), [0, '4 passed, 0 failed']);
});

test('a failing test and a file that cannot be read are failures', async (t) => {
  const failing = "test('a', () => {});\ntest('b', () => { throw new Error('no'); });\n";
  assert.deepEqual(await runOver(t, [failing]), [1, '1 passed, 1 failed']);
  assert.deepEqual(await runOver(t, ["test('a', () => {});", 'this is no TypeScript']), [1, '1 passed, 1 failed']);
});

test('no test at all is a failure', async (t) => {
  assert.deepEqual(await runOver(t, []), [1, '0 passed, 0 failed']);
});

test('what is put off does not pass, and CI skips nothing', async (t) => {
  assert.deepEqual(await runOver(t, ["test('a', () => {});\ntest.todo('b');\n"]), [1, '1 passed, 1 failed']);
  const skipping = "test('a', () => {});\ntest('b', { skip: true }, () => {});\n";
  assert.deepEqual(await runOver(t, [skipping]), [0, '1 passed, 0 failed']);
  assert.deepEqual(await runOver(t, [skipping], true), [1, '1 passed, 1 failed']);
});
