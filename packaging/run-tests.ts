import { globSync, statSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Milliseconds for one test; those that boot a virtual machine or wait for timers of the kernel set their own. */
const timeout = 120_000;

/** Test files under the named files and folders. */
function testFiles(named: readonly string[]): string[] {
  const roots = named.length === 0 ? ['test'] : named;
  const files = roots.flatMap((root) => (statSync(root).isDirectory() ? globSync(`${root}/**/*.test.ts`) : [root]));
  return [...new Set(files)].sort();
}

const files = testFiles(process.argv.slice(2));
const stream = run({ files, timeout, concurrency: 2 });
let passed = 0;
let failed = 0;

stream.on('test:summary', ({ file, counts }) => {
  // Without a file it is the summary of all of them.
  if (file !== undefined) return;
  passed = counts.passed;
  failed = counts.tests - counts.passed - counts.skipped - counts.todo;
});

for await (const text of stream.compose(spec)) process.stdout.write(text as string);
// No test at all is a failure: something is wrong with the paths, not with nothing.
if (failed > 0 || passed === 0) process.exitCode = 1;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
