import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseSessions } from '../../../src/reconciler/sessions/choose-sessions.ts';
import type { SeenBy, SessionFilter, SessionView } from '../../../src/reconciler/sessions/contract.ts';
import { readFilter } from '../../../src/reconciler/sessions/read-filter.ts';
import { viewSessions } from '../../../src/reconciler/sessions/session-views.ts';
import { sumSessions } from '../../../src/reconciler/sessions/sum-sessions.ts';
import { fillRecords, type Written } from './fill-records.ts';
import { names } from './sessions-of-site.ts';

const now = Date.parse('2026-11-22T05:00:00Z');
const shared = '203.0.113.10';
const seenBy = 'team-a';

/** web1 is team-a's, db1 is nobody's. */
const called: Written = {
  original: ['10.77.10.3:4000', `${shared}:8080`],
  reply: ['10.77.10.2:80', `${shared}:20102`],
};
const began: Written = { original: ['10.77.10.2:4000', `${shared}:9090`], reply: ['10.77.10.3:90', `${shared}:20001`] };
const out: Written = {
  original: ['10.77.10.3:4000', '198.51.100.7:443'],
  reply: ['198.51.100.7:443', `${shared}:20103`],
};
const all = [called, began, out];

async function seen(filter: SessionFilter & SeenBy = {}): Promise<SessionView[]> {
  const look = { at: now, records: fillRecords(all) };
  const { chosen } = await chooseSessions(look, names, readFilter({ seenBy, ...filter }, names), { limit: 10 });
  return viewSessions(look.records, chosen, names, seenBy);
}

test("of a session with somebody else's guest an owner sees its own side", async () => {
  const views = await seen();
  assert.equal(views.length, 2);
  const text = JSON.stringify(views);
  for (const word of ['db1', '10.77.10.3', '4000"', '20102,"', 'other'])
    assert.ok(!text.includes(word), `${word}: ${text}`);
  const [one, other] = [
    views.find(({ direction }) => direction === 'in'),
    views.find(({ direction }) => direction === 'out'),
  ];
  assert.deepEqual(
    [one?.guest, one?.inner, one?.public, one?.peer, one?.forward],
    [
      'web1',
      { address: '10.77.10.2', port: 80 },
      { address: shared, port: 8080 },
      { address: shared, port: 20102 },
      'tcp/8080',
    ],
  );
  assert.deepEqual(
    [other?.guest, other?.inner, other?.peer, other?.public, other?.forward],
    ['web1', { address: '10.77.10.2', port: 4000 }, { address: shared, port: 9090 }, undefined, undefined],
  );
});

test('no condition tells more than what is shown', async () => {
  assert.equal((await seen({ peer: '10.77.10.3' })).length, 0);
  assert.equal((await seen({ peer: '10.77.0.0/16' })).length, 0);
  assert.equal((await seen({ direction: 'between' })).length, 0);
  assert.equal((await seen({ direction: 'in' })).length, 1);
  assert.equal((await seen({ peer: shared })).length, 2);
  // 4000 is db1's port where it calls, and web1's own where that does; 90 is where db1 answers.
  assert.equal((await seen({ port: 4000 })).length, 1);
  assert.equal((await seen({ port: 90 })).length, 0);
  assert.equal((await seen({ port: 9090 })).length, 1);
  assert.throws(() => readFilter({ seenBy, guest: 'db1' }, names), /no guest "db1"; (?!.*"db1".*"db1")/);
  const failure = (name: string): string => {
    try {
      readFilter({ seenBy, guest: name }, names);
    } catch (error) {
      return (error as Error).message.replaceAll(name, '…');
    }
    return '';
  };
  assert.equal(failure('db1'), failure('db9'));
});

test('sums are of its own guests', async () => {
  const look = { at: now, records: fillRecords(all) };
  const sums = await sumSessions(look, names, readFilter({ seenBy }, names), { limit: 10, seenBy });
  assert.deepEqual([sums.total, sums.all.sessions, sums.guests.map(({ guest }) => guest)], [1, 2, ['web1']]);
});
