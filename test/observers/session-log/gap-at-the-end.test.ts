import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSessionLog } from '../../../src/observers/session-log/open-session-log.ts';
import { openSessionReader } from '../../../src/observers/session-log/open-session-reader.ts';
import { temporaryDirectory } from '../../reconciler/open-engine.ts';

test('a time since when nobody writes is a gap that lasts until now; without a log all of it is one', async (t) => {
  const directory = join(temporaryDirectory(t), 'sessions');
  const reader = openSessionReader({ directory });
  t.after(() => reader.close());
  const start = Date.now();
  assert.deepEqual(
    (await reader.gaps(0, start)).map(({ why }) => why),
    ['there is no log of sessions'],
  );
  const minute = 60_000;
  for (const [ago, gaps] of [
    [10 * minute, 1],
    [0, 0],
  ] as const) {
    const log = await openSessionLog({
      directory,
      keepDays: 1,
      mostBytes: 1e9,
      leaveFree: 0,
      now: () => start - ago,
      onEvent: () => {},
    });
    await log.flush();
    await log.close();
    const seen = await reader.gaps(start - minute, start + minute);
    assert.equal(seen.length, gaps);
    for (const { from, to, why } of seen) {
      assert.deepEqual([from, why], [start - ago, 'nothing has been recorded since']);
      assert.ok(to >= start && to <= Date.now());
    }
  }
});
