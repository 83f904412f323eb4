import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lasting } from '../../src/observers/lasting.ts';
import { openStream, StillClock, scratch } from '../events/open-stream.ts';

test('what lasted when a daemon ended lasts until its observer says that it is over, however long that takes', async (t) => {
  const directory = scratch(t);
  const clock = new StillClock();
  const first = await openStream(t, { directory, clock });
  const down = { kind: 'forward-down', severity: 'critical', subject: { forward: 'tcp/80' }, text: 'down' } as const;
  new Lasting({ events: first.stream, clock }).begin('tcp/80', down);
  await first.close();

  const { stream } = await openStream(t, { directory, clock });
  const lasting = new Lasting({ events: stream, clock });
  lasting.adopt('forward-down', ({ subject }) => subject.forward);
  for (let minute = 0; minute < 60; minute++) {
    clock.pass(60_000);
    stream.tick();
    await stream.flush();
  }
  assert.deepEqual(
    stream.lasting().map(({ id, text, state }) => [id, text, state]),
    [[1, 'down', 'lasting']],
  );
  lasting.over('tcp/80');
  await stream.flush();
  assert.deepEqual(stream.lasting(), []);
});
