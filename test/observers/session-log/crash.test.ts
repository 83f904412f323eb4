import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSessionLog } from '../../../src/observers/session-log/open-session-log.ts';
import { openSessionReader } from '../../../src/observers/session-log/open-session-reader.ts';
import { numberedSession } from './numbered-session.ts';
import { logOptions, recordsOf } from './sessions.ts';

const script = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));

async function place(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bk-session-log-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Kills a writer some time after it opened; answers up to which number it had handed over. */
async function writeAndKill(directory: string, first: number, after: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [script, directory, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let handedOver = first;
  assert.ok(child.stdout);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'open') setTimeout(() => child.kill('SIGKILL'), after);
    else handedOver = Number(line);
  }
  await ended;
  return handedOver;
}

/** Numbers of the sessions that a reader finds. */
async function foundNumbers(directory: string): Promise<{ numbers: Set<number>; count: number; damaged: string[] }> {
  const damaged: string[] = [];
  const reader = openSessionReader({ directory, onDamaged: (text) => damaged.push(text) });
  const { sessions } = await reader.find({ from: 0, to: Number.MAX_SAFE_INTEGER }, 10_000_000);
  await reader.close();
  const numbers = new Set<number>();
  for (let i = 0; i < sessions.length; i++) numbers.add(sessions.start(i) - numberedSession(0).start);
  return { numbers, count: sessions.length, damaged };
}

test('what was handed over before a kill -9 is there, once, for the reader and for the next writer', async (t) => {
  const directory = await place(t);
  let first = 0;
  for (let round = 0; round < 6; round++) {
    const handedOver = await writeAndKill(directory, first, 40 + Math.random() * 700);
    const { numbers, count, damaged } = await foundNumbers(directory);
    for (let number = 0; number < handedOver; number++) assert.ok(numbers.has(number), `session ${number} is gone`);
    assert.equal(count, numbers.size, 'a session is found twice');
    assert.deepEqual(damaged, []);
    // What came after the last word is there whole or not at all, and the next writer goes on after it.
    assert.ok([handedOver, handedOver + 5000].includes(count), `${count} sessions of ${handedOver}`);
    first = count;
  }
  const { options } = logOptions(directory, Date.now());
  const log = await openSessionLog({ ...options, keepDays: 100_000 });
  assert.equal(log.open().length, first / 10);
  await log.close();
});

test('a journal that ends in a torn frame loses that frame only, and that is told', async (t) => {
  const directory = await place(t);
  const { options, events } = logOptions(directory, numberedSession(0).end);
  const log = await openSessionLog(options);
  log.end(recordsOf([numberedSession(1)]));
  await log.flush();
  log.end(recordsOf([numberedSession(2)]));
  await log.flush();
  await log.close();
  const [journal] = (await readdir(directory)).filter((name) => name.startsWith('journal-'));
  const path = join(directory, journal as string);
  // The last frame is that of `close`; the torn one is the one before.
  const { size } = await stat(path);
  await truncate(path, size - 60);
  assert.ok((await foundNumbers(directory)).numbers.has(1));
  const again = await openSessionLog(options);
  await again.close();
  assert.match(events.map(({ text }) => text).join(), /were not finished; they were left out/);
  assert.ok((await foundNumbers(directory)).numbers.has(1));
});

test('flipped bytes in the file of a day cost the blocks that they are in, and that is told', async (t) => {
  const directory = await place(t);
  const { clock, options } = logOptions(directory, numberedSession(0).end + 1000);
  const log = await openSessionLog(options);
  const many = 200_000;
  for (let number = 0; number < many; number += 20_000) {
    log.end(recordsOf(Array.from({ length: 20_000 }, (_session, i) => numberedSession(number + i))));
    await log.flush();
  }
  clock.now += 2 * 86_400_000;
  for (let i = 0; i < 50; i++) {
    await log.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await log.close();
  const [name = ''] = (await readdir(directory)).filter((file) => file.endsWith('.sessions'));
  const whole = await readFile(join(directory, name));
  assert.equal((await foundNumbers(directory)).numbers.size, many);
  for (const place of [100, 0.5, 0.9, -2, -40]) {
    const at = place < 0 ? whole.length + place : place < 1 ? Math.floor(whole.length * place) : place;
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] as number) ^ 0x10;
    await writeFile(join(directory, name), flipped);
    const { numbers, damaged } = await foundNumbers(directory);
    // A day's index stands at its end: without it the headers are gone through, and nothing is lost.
    const lost = many - numbers.size;
    assert.ok(place < 0 ? lost === 0 : lost <= 16_384, `${lost} sessions lost by a flipped bit at ${place}`);
    assert.equal(damaged.length, lost > 0 ? 1 : 0);
  }
  await writeFile(join(directory, name), Buffer.alloc(500_000, 7));
  assert.equal((await foundNumbers(directory)).numbers.size, 0);
});
