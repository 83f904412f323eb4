import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { MacAddress } from '../../../src/model/mac-address.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import type { StoredRotation } from '../../../src/registry/rotations.ts';
import { type RequestedNic, type RequestedTurn, requestedNicOf } from '../../../src/registry/turn-requested.ts';
import { dev, order, nic as wishOf } from '../leases/samples.ts';
import { change, code, halfHour, holding, noon, type RegistryStore } from './samples.ts';

const actor = { who: 'ada', from: 'a test' };
const web1 = { guest: 'web1', nic: 0 };
const fresh = '02:1a:3f:00:00:77' as MacAddress;
const rotation: StoredRotation = {
  ...web1,
  phase: 'prepared',
  origin: 'request',
  atMost: 5,
  askedAt: noon + 10,
  phaseSince: noon + 10,
  overlap: 3600,
  grace: 60,
  hook: 'none',
  actor,
};

/** The promises of `reassign` for NICs that requests made. */
export function testRequestedRotations(make: () => Promise<RegistryStore>): void {
  describe('rotations of NICs that requests made', () => {
    let store: RegistryStore;
    let registry: Registry;
    let before: RequestedNic;

    beforeEach(async () => {
      store = await make();
      registry = await store.open();
      const wishes = [wishOf('web1', { segment: 'dev', owner: 'team-a' })];
      await registry.leases.lease(order(wishes, { now: noon, segments: [dev] }));
      before = requestedNicOf(await registry.leases.heldBy([web1])) ?? assert.fail();
    });
    afterEach(async () => {
      await registry.close();
      await store.remove();
    });

    const write = (turn: Omit<RequestedTurn, 'quarantine'>, at: number, more: object = {}): Promise<void> =>
      registry.reassign({ at, requested: [{ ...turn, quarantine: 1800 }], ...more });
    const states = async (): Promise<string[]> => {
      const { leases } = await registry.leases.list({ guest: 'web1', limit: 100 });
      return leases.map(({ mac, state, ipv4, ipv6 }) => `${mac} ${state} ${ipv4 ?? '-'} ${ipv6 ?? '-'}`);
    };
    const prepared = (): RequestedNic => ({ ...before, also: { mac: fresh, state: 'reserved' } });
    const moved = (): RequestedNic => ({ ...before, mac: fresh, also: { mac: before.mac, state: 'retiring' } });

    test('go through reserved, active, retiring and quarantined with their IP addresses, and survive', async () => {
      const { mac: old, ipv4, ipv6 } = before;
      await write({ before, after: prepared() }, noon + 10, { put: [rotation] });
      await registry.close();
      registry = await store.open();
      assert.deepEqual(await states(), [`${old} active ${ipv4} ${ipv6}`, `${fresh} reserved - -`]);
      assert.deepEqual(requestedNicOf(await registry.leases.heldBy([web1])), prepared());
      assert.deepEqual((await registry.rotations()).get('web1/0'), rotation);
      await write({ before: prepared(), after: moved() }, noon + 20);
      assert.deepEqual(await states(), [`${old} retiring - -`, `${fresh} active ${ipv4} ${ipv6}`]);
      const { also: _also, ...settled } = moved();
      await write({ before: moved(), after: settled }, noon + 30, { remove: [web1] });
      assert.deepEqual(await states(), [`${old} quarantined - -`, `${fresh} active ${ipv4} ${ipv6}`]);
      const [resting] = (await registry.leases.list({ states: ['quarantined'], limit: 1 })).leases;
      assert.deepEqual([resting?.releasedAt, resting?.freeAt], [noon + 30, noon + 30 + halfHour]);
      assert.equal((await registry.rotations()).size, 0);
      const other = order([wishOf('db1', { mac: old })], { now: noon + 40 });
      await assert.rejects(registry.leases.lease(other), code('conflict', /until|rests/));
    });

    test('go back in either phase, and then the new address rests', async () => {
      const { mac: old, ipv4, ipv6 } = before;
      await write({ before, after: prepared() }, noon + 10);
      await write({ before: prepared(), after: moved() }, noon + 20);
      await write({ before: moved(), after: before }, noon + 30);
      assert.deepEqual(await states(), [`${old} active ${ipv4} ${ipv6}`, `${fresh} quarantined - -`]);
    });

    test('are refused as a whole, journal and phase included, when the leases changed meanwhile', async () => {
      await write({ before, after: prepared() }, noon + 10, { put: [rotation] });
      const standing = await states();
      const note = { kind: 'rotate', text: 'must not be there', at: noon + 20, actor };
      const again = { put: [{ ...rotation, phase: 'moved' }], journal: [note] };
      await assert.rejects(write({ before, after: moved() }, noon + 20, again), code('conflict', /changed meanwhile/));
      assert.deepEqual(await states(), standing);
      assert.equal((await registry.rotations()).get('web1/0')?.phase, 'prepared');
      assert.ok((await registry.journal(10)).every(({ text }) => text !== note.text));
    });

    test('take no address that somebody holds or that rests', async () => {
      const [other] = await registry.leases.lease(order([wishOf('db1', { mac: fresh })], { now: noon }));
      await assert.rejects(write({ before, after: prepared() }, noon + 10), code('conflict', /db1/));
      await registry.leases.release({ ids: [other?.id ?? 0], quarantine: () => 60, actor, now: noon + 10 });
      await assert.rejects(write({ before, after: prepared() }, noon + 20), code('conflict'));
      await write({ before, after: prepared() }, noon + 70_010);
      const named = order([wishOf('db1', { mac: fresh })], { now: noon + 70_020 });
      await assert.rejects(registry.leases.lease(named), code('conflict', /web1/));
    });

    test('a release takes both addresses; the one that is not in use alone is refused', async () => {
      await write({ before, after: prepared() }, noon + 10);
      const held = await registry.leases.heldBy([web1]);
      const idOf = (state: string): number => held.find((lease) => lease.state === state)?.id ?? 0;
      const release = (id: number, requestKey = `r${id}`) =>
        registry.leases.release({ ids: [id], quarantine: () => 60, actor, now: noon + 20, requestKey });
      await assert.rejects(release(idOf('reserved')), code('conflict', /web1\/0.*--back/));
      const released = await release(idOf('active'));
      assert.deepEqual(
        released.map(({ state }) => state),
        ['quarantined', 'quarantined'],
      );
      assert.deepEqual(await release(idOf('active')), released, 'the same key again');
      assert.deepEqual(await registry.leases.heldBy([web1]), []);
    });

    test('a commit that makes the NIC the site’s is refused in the middle', async () => {
      await write({ before, after: prepared() }, noon + 10);
      const { mac, ipv4, ipv6 } = before;
      const site = { ...web1, segment: 'dev', mac, ipv4: ipv4 ?? assert.fail(), ipv6: ipv6 ?? assert.fail() };
      const commit = change({ at: noon + 20, assignments: holding([site]) });
      await assert.rejects(registry.commit(commit), code('conflict', /web1\/0.*rotates/));
      await write({ before: prepared(), after: before }, noon + 30);
      await registry.commit({ ...commit, at: noon + 40 });
      const [own] = await registry.leases.heldBy([web1]);
      assert.deepEqual([own?.mac, own?.source], [mac, 'site']);
    });
  });
}
