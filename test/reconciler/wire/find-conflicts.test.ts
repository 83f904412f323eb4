import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictOfHome, conflictsOfPlaces } from '../../../src/reconciler/wire/find-conflicts.ts';
import type { Home } from '../../../src/reconciler/wire/homes.ts';
import type { Lease } from '../../../src/registry/leases/leases.ts';
import type { SeenEntry, SeenInput } from '../../../src/registry/seen/seen.ts';

const now = 10_000_000;
const home: Home = { nic: 'web1/0', guest: 'web1', index: 0, segment: 'dev', bridge: 'bk-dev', port: 'tap1' };
const seen = (more: Partial<SeenInput>): SeenInput => ({
  mac: 1,
  host: 'h1',
  device: 'tap2',
  kind: 'fdb',
  bridge: 'bk-dev',
  at: now,
  ...more,
});
const found = (more: Partial<SeenInput>, since = 0) => conflictOfHome(home, seen(more), 'h1', since, now);

test('a NIC is at home at its port and as a neighbour on its bridge, and nowhere else', () => {
  for (const own of [
    { device: 'tap1' },
    { device: 'tap1', kind: 'offender' },
    { device: 'bk-dev', kind: 'neighbour' },
  ] as const) {
    assert.equal(found(own), undefined, JSON.stringify(own));
  }
  for (const foreign of [
    {},
    { kind: 'offender' },
    { kind: 'interface', device: 'eth9' },
    { host: 'h2', device: 'tap1' },
    { kind: 'probe' },
  ] as const) {
    assert.equal(found(foreign)?.holder, 'web1/0', JSON.stringify(foreign));
  }
});

test('a neighbour on an interface that is no bridge is another machine; what is behind a trunk says nothing', () => {
  const { bridge: _, ...bare } = seen({ kind: 'neighbour', device: 'eth0' });
  assert.equal(conflictOfHome(home, bare, 'h1', 0, now)?.otherDevice, 'eth0');
  assert.equal(found({ kind: 'trunk', device: 'vx0' }), undefined);
});

test('what the kernel remembers from before the last change, or for too long, is no sign', () => {
  assert.equal(found({ at: now - 10_000 }, now - 5_000), undefined, 'it moved since');
  assert.equal(found({ at: now - 400_000 }), undefined, 'bridges forget after 300 s');
});

const lease: Lease = {
  id: 17,
  mac: '02:00:00:00:00:01',
  state: 'active',
  source: 'request',
  since: 1,
  owner: 'team-a',
};
const place = (host: string, firstAt: number, lastAt: number): SeenEntry => ({
  mac: 1,
  host,
  device: 'vnet0',
  kind: 'fdb',
  firstAt,
  lastAt,
  count: 1,
});

test('a machine whose address was leased by request has moved when its first place falls silent', () => {
  assert.deepEqual(
    conflictsOfPlaces(lease, [place('a', now - 9_000, now - 5_000), place('b', now - 4_000, now)], now),
    [],
  );
});

test('two machines with one leased address are found when both are seen in turn, and both are named', () => {
  const [conflict, ...more] = conflictsOfPlaces(
    lease,
    [place('b', now - 4_000, now - 1_000), place('a', now - 9_000, now)],
    now,
  );
  assert.deepEqual(more, []);
  assert.deepEqual([conflict?.host, conflict?.otherHost, conflict?.holder], ['a', 'b', 'owner team-a']);
});
