import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowedEvent } from '../../src/events/contract.ts';
import { type OpenStream, observation, openStream, until } from './open-stream.ts';

/** Collects what a follower gets. */
function follow({ stream }: OpenStream, after?: number, filter = {}) {
  const ends = new AbortController();
  const got: FollowedEvent[] = [];
  const done = (async () => {
    for await (const event of stream.follow(filter, after, ends.signal)) got.push(event);
  })();
  return { got, done, end: () => ends.abort() };
}

const details = (events: readonly FollowedEvent[]): string[] => events.map(({ detail = '' }) => detail);

test('a follower gets what comes from then on, one with a position what came after it, too', async (t) => {
  const open = await openStream(t);
  for (const detail of ['a', 'b', 'c']) open.stream.publish(observation({ detail }));
  await open.stream.flush();
  const now = follow(open);
  const all = follow(open, 0);
  const some = follow(open, 2, { guest: 'web1' });
  await until('the journal is read', () => (all.got.length === 3 && some.got.length === 1 ? true : undefined));
  open.stream.publish(observation({ detail: 'd' }));
  open.stream.publish(observation({ detail: 'e', subject: { guest: 'db1' } }));
  await open.stream.flush();
  await until('the new ones came', () => (all.got.length === 5 && now.got.length === 2 ? true : undefined));
  assert.deepEqual(details(now.got), ['d', 'e']);
  assert.deepEqual(details(all.got), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(details(some.got), ['c', 'd']);
  assert.deepEqual(
    all.got.map(({ id, position }) => [id, position]),
    [1, 2, 3, 4, 5].map((id) => [id, id]),
  );
  for (const { end, done } of [now, all, some]) {
    end();
    await done;
  }
});

test('what went on and what is over comes with the position of its own entry', async (t) => {
  const open = await openStream(t);
  open.stream.publish(observation({ lasts: 'begins' }));
  await open.stream.flush();
  const first = follow(open, 0);
  await until('the begin', () => (first.got.length === 1 ? true : undefined));
  first.end();
  await first.done;
  open.stream.publish(observation({ lasts: 'begins' }));
  open.stream.publish(observation({ lasts: 'over', text: 'silent' }));
  await open.stream.flush();
  const next = follow(open, first.got[0]?.position);
  await until('the end', () => (next.got.length === 1 ? true : undefined));
  assert.deepEqual(
    next.got.map(({ id, position, state, count }) => [id, position, state, count]),
    [[1, 2, 'over', 2]],
  );
  next.end();
  await next.done;
});

test('a reader who is slow gets every event, in order, from the journal; memory holds few of them', async (t) => {
  const open = await openStream(t);
  const ends = new AbortController();
  const got: string[] = [];
  const total = 6_000;
  const reading = (async () => {
    for await (const { detail = '' } of open.stream.follow({}, undefined, ends.signal)) {
      got.push(detail);
      if (got.length % 500 === 1) await sleep(50);
    }
  })();
  await sleep(20);
  for (let n = 0; n < total; n++) {
    open.stream.publish(observation({ detail: `${n}` }));
    if (n % 1500 === 0) await open.stream.flush();
  }
  await open.stream.flush();
  await until('all came', () => (new Set(got).size === total ? true : undefined));
  assert.deepEqual(
    got,
    Array.from({ length: total }, (_, n) => `${n}`),
  );
  ends.abort();
  await reading;
});

test('followers end with the stream', async (t) => {
  const open = await openStream(t);
  const { done } = follow(open);
  await sleep(10);
  await open.close();
  await done;
});

test('a position that the journal does not have yet, as of one that was put back from a backup, hides nothing', async (t) => {
  const open = await openStream(t);
  open.stream.publish(observation({ detail: 'a' }));
  await open.stream.flush();
  const late = follow(open, 1_000_000);
  await sleep(50);
  open.stream.publish(observation({ detail: 'b' }));
  await open.stream.flush();
  const [event] = await until('it came', () => (late.got.length > 0 ? late.got : undefined));
  assert.deepEqual([event?.detail, event?.position], ['b', 2]);
  late.end();
  await late.done;
});
