import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { limitsCsv, renderLimits } from '../../src/cli/render-limits.ts';
import type { LimitsView } from '../../src/client/limits.ts';
import { guestLimitsSchema, limitsAbout } from '../../src/server/schemas/limits.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { runLauncher } from './run-launcher.ts';

const since = Date.UTC(2026, 10, 22, 5, 0, 0);
const view: LimitsView = {
  sessions: 5000,
  table: { count: 1234, max: 262_144 },
  guests: [
    { guest: 'db1', owner: 'team-a', sessions: 1000, newSessions: '200/second', refused: [] },
    {
      guest: 'web1',
      sessions: 200,
      newSessions: '9/minute',
      refused: [
        { limit: 'sessions', count: 5310, since, last: since + 60_000, lasting: true },
        { limit: 'new-sessions', count: 7, since, last: since, lasting: false },
        { limit: 'all-sessions', count: 2, since, last: since, lasting: false },
      ],
    },
  ],
};

describe('bridgekeeper limits', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const cli = (...words: string[]) => runLauncher(words, { env: { BRIDGEKEEPER_SOCKET: daemon().socket } });

  test('shows who was refused what, of how many, as a table and as CSV', () => {
    const [, db1, open, begun, all, , table] = renderLimits(view);
    assert.match(db1 ?? '', /^db1 +team-a +1000 open, 200\/second +- +0 /);
    assert.match(open ?? '', /^web1 +- +200 +open sessions +5310 .*goes on$/);
    assert.match(begun ?? '', /^web1 +- +9\/minute +new sessions +7 .*over$/);
    assert.match(all ?? '', / 5000 +sessions of all +2 /);
    assert.match(table ?? '', /1234 of 262144/);
    assert.deepEqual(limitsCsv(view).slice(1, 3), [
      'db1,team-a,1000,200/second,,0,,,false',
      'web1,,200,9/minute,sessions,5310,2026-11-22T05:00:00.000Z,2026-11-22T05:01:00.000Z,true',
    ]);
  });

  test('answers what the API promises; only guests with refusals unless all or one are asked for', async () => {
    await cli('apply', exampleSite);
    assert.match((await cli('limits')).stdout, /^No guest was refused a new session since the daemon started\.\n$/);
    const all = await cli('limits', '--all', '--json');
    const parsed = z.strictObject({ ...limitsAbout, guests: z.array(guestLimitsSchema) }).parse(JSON.parse(all.stdout));
    assert.ok(parsed.guests.length > 3);
    assert.equal(parsed.guests.find(({ guest }) => guest === 'web1')?.newSessions, '200/second');
    assert.match((await cli('limits', 'web1', '--csv')).stdout, /^guest,owner,.*\nweb1,/);
  });

  test('a guest that is not there is named, as is what cannot be a name', async () => {
    const unknown = await cli('limits', 'nobody');
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /there is no guest "nobody"/);
    const wrong = await cli('limits', 'No Body');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /"No Body"/);
  });
});
