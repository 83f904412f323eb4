import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventStream } from '../../../src/events/event-stream.ts';
import { ConflictWatch } from '../../../src/reconciler/wire/conflict-watch.ts';
import type { FoundConflict } from '../../../src/reconciler/wire/find-conflicts.ts';
import type { Lease } from '../../../src/registry/leases/leases.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type Scope, temporaryDirectory } from '../open-engine.ts';

const minute = 60_000;
const start = 1_795_312_000_000;

const found = (mac: number, at: number): FoundConflict => ({
  mac,
  holder: `web${mac}/0`,
  host: 'h1',
  device: `tap${mac}`,
  otherHost: 'h1',
  otherDevice: 'tap0',
  otherKind: 'offender',
  firstAt: at,
  lastAt: at,
});

const leaseOf = async (mac: number): Promise<Lease> => ({
  id: mac + 100,
  mac: '02:00:00:00:00:00',
  state: 'active',
  source: 'site',
  since: 0,
});

async function opened(t: Scope, directory = temporaryDirectory(t)) {
  const registry = await openSqliteRegistry({ directory, now: () => start });
  const events = createEventStream({ registry, clock: systemClock, log: { error: assert.fail } });
  const close = async () => {
    await events.close();
    await registry.close();
  };
  t.after(close);
  await events.start();
  const parts = {
    seen: registry.seen,
    events,
    nicAt: () => undefined,
    subjectAt: (_: string, port: string) => ({ port }),
  };
  /** What the journal tells of conflicts, newest first. */
  const told = async () => {
    await events.flush();
    return (await registry.journal(1000)).filter(({ kind }) => kind === 'conflict').map(({ text }) => text);
  };
  return { registry, watch: new ConflictWatch(parts), told, close, directory };
}

test('a conflict is raised once, however often it is seen, and is over when nothing was seen of it for minutes', async (t) => {
  const { registry, watch, told } = await opened(t);
  assert.equal((await watch.follow([found(1, start)], leaseOf, start)).length, 1);
  for (let n = 1; n <= 10; n++) {
    const now = start + n * minute;
    assert.deepEqual(await watch.follow([found(1, now)], leaseOf, now), []);
  }
  assert.equal(registry.seen.conflicts()[0]?.lastAt, start + 10 * minute);
  await watch.follow([], leaseOf, start + 14 * minute);
  assert.equal(registry.seen.conflicts()[0]?.state, 'open', 'four minutes of silence are not enough');
  await watch.follow([], leaseOf, start + 16 * minute);
  assert.equal(registry.seen.conflicts()[0]?.state, 'resolved');
  const [over, begun, ...more] = await told();
  assert.match(over ?? '', /^conflict 1 is over: it was last seen there at /);
  assert.match(begun ?? '', /of NIC "web1\/0" is at port "tap1" of host "h1", and was seen at port "tap0"/);
  assert.deepEqual(more, [], 'one entry for the begin and one for the end, however often it was seen');
  const again = await watch.follow([found(1, start + 20 * minute)], leaseOf, start + 20 * minute);
  assert.equal(again[0]?.id, 2, 'what comes back is a conflict of its own');
});

test('what was acknowledged is not raised again within a week, also by the next daemon', async (t) => {
  const { registry, watch, close, directory } = await opened(t);
  const [conflict] = await watch.follow([found(1, start)], leaseOf, start);
  assert.ok(conflict);
  await registry.seen.update([{ ...conflict, state: 'acknowledged' }], []);
  await close();
  const next = await opened(t, directory);
  const later = start + 3 * 24 * 60 * minute;
  await next.watch.follow([], leaseOf, later);
  assert.deepEqual(await next.watch.follow([found(1, later)], leaseOf, later), []);
  assert.equal(next.registry.seen.conflicts()[0]?.state, 'acknowledged');
});

test('a port that claims the addresses of all its neighbours does not fill the journal', async (t) => {
  const { registry, watch, told } = await opened(t);
  const claims = Array.from({ length: 500 }, (_, n) => found(n, start));
  for (let n = 0; n < 3; n++) await watch.follow(claims, leaseOf, start + n);
  assert.equal(registry.seen.conflicts().length, 32);
  assert.equal((await told()).length, 32);
});

test('an address that nobody leases any more when its conflict is written down is in none', async (t) => {
  const { registry, watch } = await opened(t);
  assert.deepEqual(await watch.follow([found(1, start)], async () => undefined, start), []);
  assert.deepEqual(registry.seen.conflicts(), []);
});
