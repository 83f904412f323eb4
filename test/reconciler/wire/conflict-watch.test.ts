import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConflictWatch } from '../../../src/reconciler/wire/conflict-watch.ts';
import type { FoundConflict } from '../../../src/reconciler/wire/find-conflicts.ts';
import type { Lease } from '../../../src/registry/leases/leases.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
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
  t.after(() => registry.close());
  const kinds = async () =>
    (await registry.journal(100)).map(({ kind }) => kind).filter((kind) => /conflict/.test(kind));
  return { registry, watch: new ConflictWatch(registry.seen, () => undefined), kinds, directory };
}

test('a conflict is raised once, however often it is seen, and is over when nothing was seen of it for minutes', async (t) => {
  const { registry, watch, kinds } = await opened(t);
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
  assert.deepEqual(await kinds(), ['conflict-over', 'conflict']);
  const again = await watch.follow([found(1, start + 20 * minute)], leaseOf, start + 20 * minute);
  assert.equal(again[0]?.id, 2, 'what comes back is a conflict of its own');
});

test('what was acknowledged is not raised again within a week, also by the next daemon', async (t) => {
  const { registry, watch, directory } = await opened(t);
  const [conflict] = await watch.follow([found(1, start)], leaseOf, start);
  assert.ok(conflict);
  await registry.seen.update([{ ...conflict, state: 'acknowledged' }], []);
  await registry.close();
  const next = await opened(t, directory);
  const later = start + 3 * 24 * 60 * minute;
  await next.watch.follow([], leaseOf, later);
  assert.deepEqual(await next.watch.follow([found(1, later)], leaseOf, later), []);
  assert.equal(next.registry.seen.conflicts()[0]?.state, 'acknowledged');
});

test('a port that claims the addresses of all its neighbours does not fill the journal', async (t) => {
  const { registry, watch, kinds } = await opened(t);
  const claims = Array.from({ length: 500 }, (_, n) => found(n, start));
  for (let n = 0; n < 3; n++) await watch.follow(claims, leaseOf, start + n);
  assert.equal(registry.seen.conflicts().length, 32);
  assert.equal((await kinds()).length, 32);
});

test('an address that nobody leases any more when its conflict is written down is in none', async (t) => {
  const { registry, watch } = await opened(t);
  assert.deepEqual(await watch.follow([found(1, start)], async () => undefined, start), []);
  assert.deepEqual(registry.seen.conflicts(), []);
});
