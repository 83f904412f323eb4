import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { SessionFlag, type SessionRecords } from '../../../src/model/session-record.ts';
import { dayLength, dayStart, renderDay } from '../../../src/observers/session-log/day.ts';
import { openSessionLog } from '../../../src/observers/session-log/open-session-log.ts';
import { openSessionReader } from '../../../src/observers/session-log/open-session-reader.ts';
import type { SessionLog, SessionMatch } from '../../../src/observers/session-log/session-log.ts';
import {
  addressBytes,
  arbitrarySession,
  contents,
  logOptions,
  naiveFind,
  recordsOf,
  type Session,
} from './sessions.ts';

const day = 20_779;
const noon = dayStart(day) + dayLength / 2;
const minute = 60_000;
/** Longer than ends may come late. */
const afterMidnight = dayStart(day + 1) + 5 * minute;
const all = { from: 0, to: Number.MAX_SAFE_INTEGER };

async function place(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bk-session-log-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

async function find(directory: string, match: SessionMatch, limit = 100_000): Promise<SessionRecords> {
  const damaged: string[] = [];
  const reader = openSessionReader({ directory, onDamaged: (text) => damaged.push(text) });
  try {
    const { sessions } = await reader.find(match, limit);
    assert.deepEqual(damaged, []);
    return sessions;
  } finally {
    await reader.close();
  }
}

/** Flushes until nothing waits to be packed any more for the days that are over. */
async function settle(log: SessionLog): Promise<void> {
  for (let i = 0; i < 4; i++) {
    await log.flush();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const plain: Session = {
  id: 1,
  ipv6: false,
  protocol: 6,
  zone: 0,
  mark: 0,
  ports: [40_000, 443, 443, 20_000],
  addresses: [0x0a000005, 0x01010101, 0x01010101, 0xcb00710a],
  flags: SessionFlag.seenReply,
  start: noon,
  end: noon + 1000,
  octets: [100, 200],
  packets: [1, 2],
};

const opened = (session: Session): SessionRecords =>
  recordsOf([{ ...session, end: 0, octets: [0, 0], packets: [0, 0] }]);

test('a reader finds what a look at every session finds: packed, in the journal, and across days', async (t) => {
  const directory = await place(t);
  const { clock, events, options } = logOptions(directory, dayStart(day) + 1);
  const log = await openSessionLog(options);
  const sessions = fc.sample(arbitrarySession({ from: noon - dayLength, to: noon + dayLength }), {
    numRuns: 3000,
    seed: 11,
  });
  for (let ended = 0; ended < sessions.length; ended += 500) {
    log.end(recordsOf(sessions.slice(ended, ended + 500)));
    clock.now += dayLength / 2;
    await settle(log);
  }
  const early = sessions.slice(0, 50);
  const port = fc.oneof(fc.constantFrom(53, 443, 20_000), fc.nat(65_535));
  const address = fc
    .tuple(fc.constantFrom(1, 2, 0x0a000005, 0xcb00710a), fc.boolean())
    .map(([number, ipv6]) => addressBytes(number, ipv6));
  const moment = fc.oneof(
    fc.constantFrom(...early.flatMap(({ start, end }) => [start, end])),
    fc.integer({ min: noon - dayLength, max: noon + dayLength }),
  );
  const match = fc
    .record(
      {
        from: moment,
        length: fc.oneof(fc.constant(0), fc.nat(dayLength)),
        protocol: fc.constantFrom(6, 17),
        address,
        port,
        peer: fc.record({ address, port }, { requiredKeys: ['address'] }),
      },
      { requiredKeys: ['from', 'length'] },
    )
    .map(({ length, ...rest }) => ({ ...rest, to: rest.from + length }));
  const reader = openSessionReader({ directory });
  const seen = (records: SessionRecords): number[] =>
    Array.from({ length: records.length }, (_record, i) => records.start(i)).sort((a, b) => a - b);
  await fc.assert(
    fc.asyncProperty(match, async (looked) => {
      const { sessions: found, truncated } = await reader.find(looked, 100_000);
      assert.equal(truncated, false);
      const expected = naiveFind(sessions, looked).map(({ start }) => start);
      assert.deepEqual(
        seen(found),
        expected.sort((a, b) => a - b),
      );
    }),
    { numRuns: 300 },
  );
  await reader.close();
  await log.close();
  assert.deepEqual(events, []);
});

test('what is found comes in the order of its begin, and is told to be cut off at the limit', async (t) => {
  const directory = await place(t);
  const { options } = logOptions(directory, noon + 60 * minute);
  const log = await openSessionLog(options);
  const sessions = Array.from({ length: 500 }, (_session, i) => ({ ...plain, start: noon + ((i * 7919) % 500) * 10 }));
  log.end(recordsOf(sessions));
  await log.flush();
  const reader = openSessionReader({ directory });
  const { sessions: found, truncated } = await reader.find(all, 100);
  assert.equal(truncated, true);
  const starts = Array.from({ length: found.length }, (_record, i) => found.start(i));
  assert.deepEqual(
    starts,
    Array.from({ length: 100 }, (_start, i) => noon + i * 10),
  );
  assert.equal((await reader.find(all, 500)).truncated, false);
  await reader.close();
  await log.close();
});

test('a session that began is open until it ends, across restarts, and is found while it is open', async (t) => {
  const directory = await place(t);
  const { clock, options } = logOptions(directory, noon + 1000);
  const first = await openSessionLog(options);
  assert.equal(first.lastHandedOver(), undefined);
  first.begin(opened(plain));
  const other = { ...plain, id: 2, ports: [40_001, 443, 443, 20_001] };
  first.begin(opened(other));
  first.begin(opened(plain));
  await first.close();
  const second = await openSessionLog(options);
  assert.equal(second.lastHandedOver(), noon + 1000);
  const none = { end: 0, octets: [0, 0], packets: [0, 0] };
  assert.deepEqual(
    contents(second.open()),
    contents(
      recordsOf([
        { ...plain, ...none },
        { ...other, ...none },
      ]),
    ),
  );
  clock.now += 1000;
  second.end(recordsOf([plain]));
  assert.equal(second.open().length, 1);
  assert.equal(second.status().open, 1);
  await second.close();
  const found = await find(directory, { from: noon + 900, to: noon + 900 });
  assert.deepEqual([found.length, [found.end(0), found.end(1)].sort()], [2, [0, noon + 1000].sort()]);
  assert.equal((await find(directory, { from: noon + 2000, to: noon + 2000 })).length, 1);
});

test('a session that is open at midnight is found on both days, and once, with its end, by who asks for both', async (t) => {
  const directory = await place(t);
  const { clock, options } = logOptions(directory, noon);
  const log = await openSessionLog(options);
  log.begin(opened(plain));
  log.begin(opened({ ...plain, id: 2, ports: [1, 2, 2, 1] }));
  clock.now = afterMidnight;
  await settle(log);
  const late = { ...plain, end: dayStart(day + 1) + 30 * minute };
  clock.now = late.end;
  log.end(recordsOf([late]));
  clock.now += dayLength;
  await settle(log);
  const before = await find(directory, { from: noon, to: noon, port: 443 });
  assert.equal(before.length, 1);
  assert.equal(before.end(0), dayStart(day + 1) - 1);
  assert.ok(before.flags(0) & SessionFlag.stillOpen);
  const after = await find(directory, { from: late.end, to: late.end, port: 443 });
  assert.deepEqual(contents(after), contents(recordsOf([late])));
  const both = await find(directory, { from: noon, to: late.end, port: 443 });
  assert.deepEqual(contents(both), contents(recordsOf([late])));
  assert.equal((await find(directory, { from: noon, to: noon, port: 2 })).length, 1);
  assert.equal((await find(directory, { from: clock.now, to: clock.now, port: 2 })).length, 1);
  await log.close();
});

test('an end that comes late is found on its day, whose file is closed by then', async (t) => {
  const directory = await place(t);
  const { clock, options } = logOptions(directory, noon);
  const log = await openSessionLog(options);
  log.end(recordsOf([plain]));
  clock.now = afterMidnight;
  await settle(log);
  const late = { ...plain, start: noon + 5, end: noon + 7 };
  log.end(recordsOf([late]));
  await log.flush();
  assert.equal((await find(directory, { from: noon + 6, to: noon + 6 })).length, 2);
  clock.now += dayLength;
  await settle(log);
  assert.deepEqual(contents(await find(directory, all)), contents(recordsOf([plain, late])));
  await log.close();
});

test('a session nobody saw begin is found on every day it was open', async (t) => {
  const directory = await place(t);
  const { options } = logOptions(directory, noon);
  const log = await openSessionLog(options);
  log.end(recordsOf([{ ...plain, start: noon - 3 * dayLength, end: noon }]));
  await log.flush();
  for (const days of [0, 1, 2, 3]) {
    const moment = noon - days * dayLength;
    assert.equal((await find(directory, { from: moment, to: moment })).length, 1, `${days} days before`);
  }
  await log.close();
});

test('a clock that jumps ahead and back loses and overwrites nothing', async (t) => {
  const directory = await place(t);
  const { clock, options } = logOptions(directory, noon);
  const log = await openSessionLog(options);
  log.begin(opened({ ...plain, id: 9, ports: [9, 9, 9, 9] }));
  log.end(recordsOf([plain]));
  await log.flush();
  clock.now = noon + 400 * dayLength;
  await settle(log);
  const ahead = { ...plain, start: clock.now, end: clock.now + 5 };
  log.end(recordsOf([ahead]));
  await settle(log);
  clock.now = noon + 10;
  const back = { ...plain, start: noon + 400 * dayLength, end: noon + 10 };
  log.end(recordsOf([back]));
  await settle(log);
  await log.close();
  const again = await openSessionLog(options);
  clock.now = afterMidnight;
  await settle(again);
  await again.close();
  const ended = await find(directory, { ...all, port: 443 });
  assert.deepEqual(contents(ended), contents(recordsOf([plain, ahead, back])));
  assert.ok((await readdir(directory)).includes(`${renderDay(day)}.sessions`));
});

test('times that no clock tells are unknown, and the session is kept', async (t) => {
  const directory = await place(t);
  const { options } = logOptions(directory, noon);
  const log = await openSessionLog(options);
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -5, 1e300]) {
    log.end(recordsOf([{ ...plain, start: bad, end: bad, octets: [bad, bad] }]));
  }
  await log.flush();
  const found = await find(directory, { from: noon, to: noon });
  assert.equal(found.length, 4);
  for (let i = 0; i < found.length; i++) {
    assert.equal(found.start(i), 0);
    assert.equal(found.end(i), noon);
    assert.ok(found.flags(i) & SessionFlag.beginUnknown && found.flags(i) & SessionFlag.endUnknown);
  }
  await log.close();
});

test('days that are older than what is kept go, with the gaps noted for them', async (t) => {
  const directory = await place(t);
  const { clock, events, options } = logOptions(directory, noon);
  const log = await openSessionLog(options);
  log.end(recordsOf([plain]));
  log.gap(noon, noon + 1, 'tried');
  clock.now = noon + 3 * dayLength;
  await settle(log);
  assert.equal((await find(directory, { from: noon, to: noon + 1 })).length, 1);
  const reader = openSessionReader({ directory });
  assert.deepEqual(
    (await reader.gaps(0, noon + 5)).filter(({ from }) => from > 0),
    [{ from: noon, to: noon + 1, why: 'tried' }],
  );
  log.configure({ keepDays: 2, mostBytes: 2 ** 40 });
  await settle(log);
  assert.equal((await find(directory, { from: noon, to: noon + 1 })).length, 0);
  assert.deepEqual(
    (await reader.gaps(0, noon + 5)).filter(({ why }) => why === 'tried'),
    [],
  );
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['expired'],
  );
  await reader.close();
  await log.close();
});

test('many days that look old at once stay for the time being: the clock may be wrong', async (t) => {
  const directory = await place(t);
  for (let i = 0; i < 20; i++) await writeFile(join(directory, `${renderDay(day + i)}.sessions`), '');
  const { options, events } = logOptions(directory, noon + 1000 * dayLength);
  const log = await openSessionLog(options);
  await settle(log);
  assert.equal((await readdir(directory)).filter((name) => name.endsWith('.sessions')).length, 20);
  assert.deepEqual(events, []);
  await log.close();
});

test('a young log of which all days look old stays for the time being as well', async (t) => {
  const directory = await place(t);
  for (let i = 0; i < 5; i++) await writeFile(join(directory, `${renderDay(day + i)}.sessions`), '');
  const { options, events } = logOptions(directory, noon + 1000 * dayLength);
  const log = await openSessionLog(options);
  await settle(log);
  assert.equal((await readdir(directory)).filter((name) => name.endsWith('.sessions')).length, 5);
  assert.deepEqual(events, []);
  await log.close();
});

test('beyond what all days may have together the oldest goes, which is told, and today stays', async (t) => {
  const directory = await place(t);
  const { events, options } = logOptions(directory, noon);
  for (let i = 1; i <= 3; i++) {
    const file = join(directory, `${renderDay(day - i)}.sessions`);
    await writeFile(file, Buffer.alloc(100_000));
    await utimes(file, 1, 1);
  }
  const log = await openSessionLog({ ...options, mostBytes: 250_000 });
  log.end(recordsOf([plain]));
  await settle(log);
  const days = (await readdir(directory)).filter((name) => name.endsWith('.sessions')).sort();
  assert.ok(!days.includes(`${renderDay(day - 3)}.sessions`));
  assert.ok(days.includes(`${renderDay(day - 1)}.sessions`));
  assert.match(events.find(({ kind }) => kind === 'full')?.text ?? '', /the oldest day, were removed/);
  assert.equal((await find(directory, { from: noon, to: noon })).length, 1);
  await log.close();
});
