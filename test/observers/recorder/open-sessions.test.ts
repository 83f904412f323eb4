import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionFlag } from '../../../src/model/session-record.ts';
import { asBegun, asEndedUnseen, OpenSessions } from '../../../src/observers/recorder/open-sessions.ts';
import { packSessions, type Sample } from './sample-session.ts';

const ends = { original: ['10.77.10.20', '198.51.100.7'], reply: ['198.51.100.7', '203.0.113.10'] } as const;
const pack = (...samples: Omit<Sample, 'original' | 'reply'>[]) =>
  packSessions(samples.map((one) => ({ ...ends, ...one })));
const start = 1_795_000_000_000;

test('a session is the same when its begin is, as exactly as the log keeps it', () => {
  const open = new OpenSessions(pack({ id: 0xfffffff0, start }, { id: 7, start }));
  const seen = pack({ id: 0xfffffff0, start: start + 0.75 }, { id: 7, start: start - 40_000 }, { id: 8, start });
  assert.deepEqual(
    [0, 1, 2].map((index) => open.take(seen, index)),
    [true, true, false],
    'also one that was seen late to begin',
  );
  assert.equal(open.size, 0);
});

test('one that began later than that of the same id is another, and the first one has ended', () => {
  const before = pack({ id: 7, start });
  const open = new OpenSessions(before);
  assert.equal(open.take(pack({ id: 7, start: start + 5000 }), 0), false);
  assert.equal(open.has(before, 0), true);
  assert.equal(open.has(pack({ id: 7, start: start + 5000 }), 0), false);
});

test('a record of the table begins without an end; one that ended unseen says so', () => {
  const records = pack({ start, end: start + 120_000 });
  records.u32[5] = SessionFlag.open | SessionFlag.assured;
  asBegun(records, 0);
  assert.deepEqual([records.end(0), records.flags(0)], [0, SessionFlag.assured]);
  asEndedUnseen(records, 0, start + 5000);
  assert.deepEqual([records.end(0), records.flags(0)], [start + 5000, SessionFlag.assured | SessionFlag.endUnknown]);
});
