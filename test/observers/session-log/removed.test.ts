import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SessionRecords } from '../../../src/model/session-record.ts';
import { openSessionLog } from '../../../src/observers/session-log/open-session-log.ts';
import { openSessionReader } from '../../../src/observers/session-log/open-session-reader.ts';
import type { SessionLog } from '../../../src/observers/session-log/session-log.ts';
import { numberedSession } from './numbered-session.ts';
import { recordsOf } from './sessions.ts';

const noon = Date.parse('2026-11-22T12:00:00Z');
const day = 86_400_000;

async function openLog(t: TestContext): Promise<{ directory: string; log: SessionLog; clock: { now: number } }> {
  const state = await mkdtemp(join(tmpdir(), 'bk-removed-'));
  t.after(() => rm(state, { recursive: true }));
  const directory = join(state, 'sessions');
  const clock = { now: noon };
  const options = { directory, keepDays: 180, mostBytes: 2 ** 40, leaveFree: 0, now: () => clock.now };
  const log = await openSessionLog({ ...options, onEvent: () => {} });
  t.after(() => log.close());
  return { directory, log, clock };
}

const sessionAt = (number: number, at: number): SessionRecords =>
  recordsOf([{ ...numberedSession(number), start: at, end: at + 1000 }]);

async function found(directory: string): Promise<number> {
  const damaged: string[] = [];
  const reader = openSessionReader({ directory, onDamaged: (text) => damaged.push(text) });
  const { sessions } = await reader.find({ from: 0, to: Number.MAX_SAFE_INTEGER }, 100);
  await reader.close();
  assert.deepEqual(damaged, []);
  return sessions.length;
}

test('a log whose directory is removed while it is written begins a new one, and says what is gone', async (t) => {
  const { directory, log } = await openLog(t);
  log.end(sessionAt(1, noon));
  await log.flush();
  await rm(directory, { recursive: true });
  log.end(sessionAt(2, noon));
  await log.flush();
  assert.match(log.status().lastError ?? '', /ENOENT/);
  log.end(sessionAt(3, noon));
  await log.flush();
  assert.equal(log.status().lastError, undefined, 'it is written again');
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  // What was in memory is there still.
  assert.equal(await found(directory), 3);
  const reader = openSessionReader({ directory });
  const gaps = await reader.gaps(0, noon);
  await reader.close();
  assert.ok(gaps.some(({ from, to, why }) => from === 0 && to === noon && /directory .* was removed/.test(why)));
});

test('a day whose file is removed while it is written begins anew, without a hole', async (t) => {
  const { directory, log, clock } = await openLog(t);
  const packed = async (number: number) => {
    log.end(sessionAt(number, noon - day));
    clock.now += day;
    for (let i = 0; i < 50 && !(await days(directory)).includes('2026-11-21.sessions'); i++) {
      await log.flush();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await log.flush();
  };
  await packed(1);
  const file = join(directory, '2026-11-21.sessions');
  const { size } = await stat(file);
  await rm(file);
  await packed(2);
  assert.equal(await found(directory), 1);
  // One session each.
  assert.ok((await stat(file)).size < size * 1.5);
});

const days = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.endsWith('.sessions'));
