import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { NicAssignment } from '../../../src/model/assignments.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import type { StoredRotation } from '../../../src/registry/rotations.ts';
import { change, code, holding, lease, noon, type RegistryStore } from './samples.ts';

const actor = { who: 'ada', from: 'a test' };
const rotation: StoredRotation = {
  guest: 'web1',
  nic: 0,
  phase: 'prepared',
  origin: 'request',
  atMost: 5,
  askedAt: noon + 10,
  phaseSince: noon + 10,
  deadline: noon + 3_600_000,
  overlap: 3600,
  grace: 60,
  hook: 'due',
  actor,
};
const [old, fresh] = [parseMacAddress('02:00:00:00:00:01'), parseMacAddress('02:00:00:00:00:77')];
const web1 = lease('web1', 1, 11);
const db1 = lease('db1', 2, 12);

/** The promises of `reassign`, `rotations` and `rotationRuns`. */
export function testRotations(make: () => Promise<RegistryStore>): void {
  describe('rotations', () => {
    let store: RegistryStore;
    let registry: Registry;

    beforeEach(async () => {
      store = await make();
      registry = await store.open();
      await registry.commit(change({ assignments: holding([web1, db1]) }));
    });
    afterEach(async () => {
      await registry.close();
      await store.remove();
    });

    const reopen = async (): Promise<void> => {
      await registry.close();
      registry = await store.open();
    };
    const assign = (nic: NicAssignment, at: number, more: object = {}): Promise<void> =>
      registry.reassign({ at, assignments: holding([nic, db1]), ...more });
    const states = async (): Promise<string[]> => {
      const { leases } = await registry.leases.list({ guest: 'web1', limit: 100 });
      return leases.map(({ mac, state, ipv4 }) => `${mac} ${state} ${ipv4 ?? '-'}`);
    };
    const prepared: NicAssignment = { ...web1, also: { mac: fresh, state: 'reserved' } };
    const moved: NicAssignment = { ...web1, mac: fresh, also: { mac: old, state: 'retiring' } };

    test('go through reserved, active, retiring and quarantined without a new revision, and survive', async () => {
      await assign(prepared, noon + 10, { put: [rotation] });
      await reopen();
      assert.deepEqual((await registry.assignments()).nics.get('web1/0'), prepared);
      assert.deepEqual([...(await registry.rotations())], [['web1/0', rotation]]);
      assert.deepEqual(await states(), [`${old} active 10.0.0.11`, `${fresh} reserved -`]);
      await assign(moved, noon + 20, { put: [{ ...rotation, phase: 'moved', phaseSince: noon + 20, hook: 'done' }] });
      await reopen();
      assert.deepEqual((await registry.assignments()).nics.get('web1/0'), moved);
      assert.equal((await registry.rotations()).get('web1/0')?.phase, 'moved');
      assert.deepEqual(await states(), [`${old} retiring -`, `${fresh} active 10.0.0.11`]);
      await assign({ ...web1, mac: fresh }, noon + 30, { remove: [rotation] });
      await reopen();
      assert.deepEqual((await registry.assignments()).nics.get('web1/0'), { ...web1, mac: fresh });
      assert.equal((await registry.rotations()).size, 0);
      assert.match((await states()).join(), new RegExp(`${old} quarantined .*${fresh} active 10.0.0.11`));
      assert.equal((await registry.head())?.number, 1);
    });

    test('go back from either phase; the new address rests then', async () => {
      await assign(prepared, noon + 10, { put: [rotation] });
      await assign(web1, noon + 20, { put: [{ ...rotation, phase: 'failed', error: 'no' }] });
      assert.match((await states()).join(), new RegExp(`${old} active 10.0.0.11,${fresh} quarantined`));
      assert.equal((await registry.rotations()).get('web1/0')?.error, 'no');
    });

    test('go back after the move: the old address is active again, with its IP addresses', async () => {
      await assign(prepared, noon + 10, { put: [rotation] });
      await assign(moved, noon + 20);
      await assign({ ...web1, also: { mac: fresh, state: 'retiring' } }, noon + 30);
      assert.deepEqual(await states(), [`${old} active 10.0.0.11`, `${fresh} retiring -`]);
      await assign(web1, noon + 40, { remove: [rotation] });
      assert.match((await states()).join(), new RegExp(`${old} active 10.0.0.11,${fresh} quarantined`));
    });

    test('take no address that somebody holds, and write nothing then', async () => {
      const taken: NicAssignment = { ...web1, also: { mac: db1.mac, state: 'reserved' } };
      const journal = [{ kind: 'rotate', text: 'x', at: noon, actor }];
      await assert.rejects(assign(taken, noon + 10, { put: [rotation], journal }), code('conflict'));
      assert.equal((await registry.rotations()).size, 0);
      assert.deepEqual(await states(), [`${old} active 10.0.0.11`]);
      assert.deepEqual((await registry.assignments()).nics.get('web1/0'), web1);
      assert.ok((await registry.journal(10)).every(({ kind }) => kind !== 'rotate'));
    });

    test('wait without addresses, remember when schedules were looked after, and are journalled with both states', async () => {
      const waiting: StoredRotation = { ...rotation, phase: 'waiting', origin: 'every 30d at 03:00', hook: 'none' };
      const journal = [{ kind: 'rotate', text: 'web1 waits', at: noon + 5, actor, before: { a: 1 }, after: { a: 2 } }];
      const runs = new Map([['every 30d at 03:00', noon]]);
      await registry.reassign({ at: noon + 5, put: [waiting], runs, journal });
      await registry.reassign({ at: noon + 6, runs: new Map([['every 30d at 03:00', noon + 6]]) });
      await reopen();
      assert.deepEqual([...(await registry.rotations()).values()], [waiting]);
      assert.deepEqual([...(await registry.rotationRuns())], [['every 30d at 03:00', noon + 6]]);
      assert.ok((await registry.journal(10)).some(({ kind, text }) => kind === 'rotate' && text === 'web1 waits'));
    });

    test('end with their guest: both addresses rest', async () => {
      await assign(prepared, noon + 10, { put: [rotation] });
      await registry.commit(change({ at: noon + 20, assignments: holding([db1]) }));
      assert.match((await states()).join(), new RegExp(`${old} quarantined.*${fresh} quarantined`));
    });
  });
}
