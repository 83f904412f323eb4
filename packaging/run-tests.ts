import { globSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
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

interface Counts {
  passed: number;
  failed: number;
}

/** Runs test files and prints what they say. Answers how it went by file; a file without tests has failed. */
async function runFiles(files: string[], concurrency: number, print: boolean): Promise<Map<string, Counts>> {
  const byFile = new Map(files.map((file) => [resolve(file), { passed: 0, failed: 1 }]));
  const execArgv = ['--disable-warning=ExperimentalWarning'];
  const stream = run({ files, timeout: testLimit, concurrency, execArgv });
  stream.on('test:fail', noteFailure);
  stream.on('test:summary', ({ file, counts }) => {
    if (file === undefined) return;
    // What was put off or given up did not pass. CI skips nothing: whatever a test needs, it sets up.
    const failed = counts.tests - counts.passed - (process.env.CI === 'true' ? 0 : counts.skipped);
    byFile.set(file, { passed: counts.passed, failed });
  });
  for await (const text of stream.compose(spec)) if (print) process.stdout.write(text as string);
  return byFile;
}

const sum = (byFile: Map<string, Counts>, key: keyof Counts): number =>
  [...byFile.values()].reduce((total, counts) => total + counts[key], 0);

/** More files than this do not fail because the machine was busy. */
const mostAgain = 6;

/**
 * Tests talk to a real kernel in real time, two files at once on two processors. Files that failed so run once more, each
 * alone; what passes then has passed, and is named, so that nobody takes it for sound.
 */
async function runAgain(byFile: Map<string, Counts>): Promise<void> {
  const again = [...byFile].filter(([, { failed }]) => failed > 0).map(([file]) => file);
  if (again.length === 0 || again.length > mostAgain || byFile.size === 1) return;
  const before = failures.splice(0);
  for (const [file, counts] of await runFiles(again, 1, false)) {
    byFile.set(file, counts);
    const how = counts.failed === 0 ? 'passed alone' : 'failed alone, too';
    process.stdout.write(`${relative(process.cwd(), file)} failed beside others, and ${how}\n`);
  }
  process.stdout.write(`\nwhat failed beside others:\n\n${before.join('\n')}\n`);
}

const files = testFiles(process.argv.slice(2));
// With no files at all, run() would look for some by itself.
if (files.length === 0) {
  finish(0, 0);
} else {
  const watchdog = setTimeout(() => {
    process.stdout.write(`the tests did not end within ${wholeLimit / 60_000} minutes\n`);
    finish(0, 1);
    process.exit();
  }, wholeLimit);
  const byFile = await runFiles(files, 2, true);
  await runAgain(byFile);
  clearTimeout(watchdog);
  finish(sum(byFile, 'passed'), sum(byFile, 'failed'));
}
