import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createJournal, openJournal, scratch } from './open-journal.ts';

const appendPath = fileURLToPath(new URL('./append-process.ts', import.meta.url));

/** Appends until it is killed; `done` is what it has said to be on the disk. */
function startAppending(directory: string, name: string): { child: ChildProcess; done: () => number } {
  const argv = ['--disable-warning=ExperimentalWarning', appendPath, directory, name];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let done = 0;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    done = Number(text.trim().split('\n').at(-1));
  });
  return { child, done: () => done };
}

test('several processes append to one journal and are killed in the middle: it stays whole and loses nothing', {
  timeout: 120_000,
}, async (t) => {
  const directory = scratch(t);
  await createJournal(directory);
  const acknowledged = new Map<string, number>();
  for (let round = 0; round < 3; round++) {
    const writers = [0, 1, 2].map((number) => ({
      name: `writer-${round}-${number}`,
      ...startAppending(directory, `writer-${round}-${number}`),
    }));
    t.after(() => writers.forEach(({ child }) => void child.kill('SIGKILL')));
    for (let waited = 0; writers.some(({ done }) => done() < 10) && waited < 600; waited++) await sleep(50);
    for (const { name, child, done } of writers) {
      assert.equal(child.exitCode, null, `${name} ended by itself`);
      child.kill('SIGKILL');
      await once(child, 'exit');
      acknowledged.set(name, done());
      await sleep(20);
    }
  }
  const journal = await openJournal(directory);
  t.after(() => journal.close());
  const { faults, entries } = await journal.trail.verify();
  assert.deepEqual(faults, []);
  for (const [name, done] of acknowledged) {
    assert.ok(done >= 10, `${name} did not get to append`);
    const { count } = await journal.db
      .selectFrom('journal')
      .select((build) => build.fn.countAll<number>().as('count'))
      .where('text', 'like', `${name} ${done}.%`)
      .executeTakeFirstOrThrow();
    assert.equal(Number(count), 1 + (done % 3), `${name} ${done}`);
  }
  assert.ok(entries > 9 * 10);
});
