import { globSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Milliseconds for one test; those that boot a virtual machine or wait for timers of the kernel set their own. */
const testLimit = 120_000;
/** Milliseconds for all of them: a test file that never ends must not hold up CI for ever. */
const wholeLimit = 45 * 60_000;

/** Test files under the named files and folders. */
function testFiles(named: readonly string[]): string[] {
  const roots = named.length === 0 ? ['test'] : named;
  const files = roots.flatMap((root) => (statSync(root).isDirectory() ? globSync(`${root}/**/*.test.ts`) : [root]));
  return [...new Set(files)].sort();
}

/** Lines of one failure that are told again at the end. */
const failureLines = 12;

/** What failed, in the order in which it did: who reads only the end of the output shall find it there. */
const failures: string[] = [];

function noteFailure(data: { name: string; file?: string; line?: number; details: { error: Error } }): void {
  const { error } = data.details;
  const cause = error.cause instanceof Error ? error.cause : error;
  // A file or a suite fails because something in it did: that has been noted.
  if ('failureType' in error && error.failureType === 'subtestsFailed') return;
  const text = (cause.stack ?? cause.message).split('\n').slice(0, failureLines).join('\n    ');
  const where = data.file === undefined ? '' : ` (${relative(process.cwd(), data.file)}:${data.line ?? 1})`;
  failures.push(`FAILED  ${data.name}${where}\n    ${text}\n`);
}

function finish(passed: number, failed: number): void {
  if (failures.length > 0) process.stdout.write(`\n${failures.join('\n')}\n`);
  // No test at all is a failure: something is wrong with the paths, not with nothing.
  if (failed > 0 || passed === 0) process.exitCode = 1;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}

const files = testFiles(process.argv.slice(2));
// With no files at all, run() would look for some by itself.
if (files.length === 0) {
  finish(0, 0);
} else {
  const counts = { passed: 0, failed: 0 };
  const watchdog = setTimeout(() => {
    process.stdout.write(`the tests did not end within ${wholeLimit / 60_000} minutes\n`);
    finish(counts.passed, counts.failed + 1);
    process.exit();
  }, wholeLimit);
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const stream = run({ files, timeout: testLimit, concurrency: 2, execArgv });
  stream.on('test:fail', noteFailure);
  stream.on('test:summary', ({ file, counts: seen }) => {
    // Without a file it is the summary of all of them.
    if (file !== undefined) return;
    counts.passed = seen.passed;
    // What was put off or given up did not pass. CI skips nothing: whatever a test needs, it sets up.
    counts.failed = seen.tests - seen.passed - (process.env.CI === 'true' ? 0 : seen.skipped);
  });
  for await (const text of stream.compose(spec)) process.stdout.write(text as string);
  clearTimeout(watchdog);
  finish(counts.passed, counts.failed);
}
