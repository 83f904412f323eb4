import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { NicAssignment } from '../../../src/model/assignments.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import type { HeldBetween } from '../../../src/registry/holders/holders.ts';
import type { Registry, StoredObject } from '../../../src/registry/registry.ts';
import { block, change, forward, halfHour, holding, lease, noon, type RegistryStore } from './samples.ts';

const web1 = lease('web1', 1, 11);
const db1 = lease('db1', 2, 12);
const [old, fresh] = [web1.mac, parseMacAddress('02:00:00:00:00:77')];
const day = 86_400_000;
const guest = (name: string, owner: string, more: object = {}): StoredObject => ({
  kind: 'guest',
  name,
  origin: 'file',
  body: { name, owner, nics: [{ segment: 'dev' }], ...more },
});

/** The promises of `holders`, `restingPorts`, and of erasure and retention about them. */
export function testHolders(make: () => Promise<RegistryStore>): void {
  describe('who held what', () => {
    let store: RegistryStore;
    let registry: Registry;

    beforeEach(async () => {
      store = await make();
      registry = await store.open();
    });
    afterEach(async () => {
      await registry.close();
      await store.remove();
    });

    const reopen = async (): Promise<void> => {
      await registry.close();
      registry = await store.open();
    };
    const at = (moment: number): HeldBetween => registry.holders.between(moment, moment);
    const nicsAt = async (address: string, moment: number): Promise<string[]> => {
      const nics = await at(moment).nicsWith(address);
      return nics.map(({ guest, nic, owner, mac, state }) => `${guest}/${nic} ${owner ?? '-'} ${mac} ${state}`);
    };
    const blockAt = async (port: number, moment: number): Promise<(string | undefined)[]> =>
      (await at(moment).blocksWith(port)).map((held) => held.guest);
    const both = [guest('web1', 'team-a'), guest('db1', 'team-b')];

    test('an address is its first holder’s until it goes, and the next one’s from when the kernel took it', async () => {
      await registry.commit(change({ at: noon, kernelSince: noon - 40, put: both, assignments: holding([web1, db1]) }));
      const web2 = { ...web1, guest: 'web2' };
      const remove = [{ kind: 'guest', name: 'web1' }] as const;
      const put = [guest('web2', 'team-c')];
      await registry.commit(
        change({ at: noon + 500, kernelSince: noon + 400, put, remove, assignments: holding([web2, db1]) }),
      );
      await reopen();
      const [first, second] = [`web1/0 team-a ${old} active`, `web2/0 team-c ${old} active`];
      assert.deepEqual(await nicsAt(web1.ipv4, noon - 41), []);
      assert.deepEqual(await nicsAt(web1.ipv4, noon - 40), [first]);
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 399), [first]);
      // While the kernel was changing it may have been either.
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 400), [first, second]);
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 501), [second]);
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 999_999), [second]);
      assert.deepEqual(
        (await registry.holders.between(noon, noon + day).nicsOf('db1')).map(({ since, until }) => [since, until]),
        [[noon - 40, undefined]],
      );
    });

    test('through a rotation its IP address stays with the NIC, with two MAC addresses meanwhile', async () => {
      await registry.commit(change({ put: both, assignments: holding([web1, db1]) }));
      const step = (moment: number, nic: NicAssignment) =>
        registry.reassign({ at: moment, assignments: holding([nic, db1]) });
      await step(noon + 100, { ...web1, also: { mac: fresh, state: 'reserved' } });
      await step(noon + 200, { ...web1, mac: fresh, also: { mac: old, state: 'retiring' } });
      await step(noon + 300, { ...web1, mac: fresh });
      await reopen();
      const line = (mac: string, state: string) => `web1/0 team-a ${mac} ${state}`;
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 50), [line(old, 'active')]);
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 150), [line(old, 'active'), line(fresh, 'reserved')]);
      assert.deepEqual((await nicsAt(web1.ipv4, noon + 250)).sort(), [line(old, 'retiring'), line(fresh, 'active')]);
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 350), [line(fresh, 'active')]);
    });

    test('an owner is that of the time, whoever it belongs to later', async () => {
      await registry.commit(change({ put: both, assignments: holding([web1, db1]) }));
      const put = [guest('web1', 'team-z')];
      await registry.commit(change({ at: noon + 100, put, assignments: await registry.assignments() }));
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 50), [`web1/0 team-a ${old} active`]);
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 150), [`web1/0 team-z ${old} active`]);
      assert.deepEqual(await nicsAt(db1.ipv4, noon + 150), [`db1/0 team-b ${db1.mac} active`]);
    });

    test('port blocks and share ids are found by any of their ports, all blocks of a guest that grew among them', async () => {
      const grown = { ...block('web1', 2000, 7), more: [{ first: 5000, last: 5099 }] };
      await registry.commit(change({ put: both, assignments: holding([web1, db1], [block('web1', 2000, 7)]) }));
      await registry.reassign({ at: noon + 100, kernelSince: noon + 90, assignments: holding([web1, db1], [grown]) });
      await registry.commit(change({ at: noon + 200, assignments: holding([db1]) }));
      assert.deepEqual(
        [await blockAt(1999, noon), await blockAt(2000, noon), await blockAt(2099, noon)],
        [[], ['web1'], ['web1']],
      );
      assert.deepEqual([await blockAt(5050, noon + 89), await blockAt(5050, noon + 90)], [[], ['web1']]);
      assert.deepEqual([await blockAt(5050, noon + 201), await blockAt(2050, noon + 201)], [[], []]);
      assert.deepEqual([...new Set((await at(noon).blocksOfShare(7)).map((held) => held.guest))], ['web1']);
      assert.deepEqual(await at(noon).blocksOfShare(8), []);
    });

    test('published ports, ports of same-address guests and the shared address are those of the revision of the time', async () => {
      const settings = (address: string): StoredObject => ({
        kind: 'settings',
        name: 'site',
        origin: 'file',
        body: { site: 'lab', uplink: { interface: 'eth0', shared: [address] } },
      });
      const to = (target: string) => forward('tcp/8080', { port: 8080, to: target });
      const range = forward('udp/30000-30099', { port: '30000-30099', protocol: 'udp', to: 'db1:30000' });
      const sip = guest('sip1', 'team-c', { share: 'same-address', ports: [5060] });
      await registry.commit(change({ put: [settings('203.0.113.10'), to('web1:80'), range, sip] }));
      await registry.commit(
        change({ at: noon + 100, kernelSince: noon + 90, put: [settings('203.0.113.20'), to('db1/1:80')] }),
      );
      await registry.commit(
        change({
          at: noon + 200,
          remove: [
            { kind: 'forward', name: 'tcp/8080' },
            { kind: 'guest', name: 'sip1' },
          ],
        }),
      );
      const published = async (port: number, moment: number) =>
        (await at(moment).publishedAt(port))
          .filter(({ since, until }) => since <= moment && (until === undefined || until >= moment))
          .map(({ kind, name, guest: to, nic }) => `${kind} ${name} ${to}/${nic}`);
      assert.deepEqual(await published(8080, noon + 50), ['forward tcp/8080 web1/0']);
      assert.deepEqual(await published(8080, noon + 150), ['forward tcp/8080 db1/1']);
      assert.deepEqual(await published(8080, noon + 250), []);
      assert.deepEqual(await published(30050, noon + 250), ['forward udp/30000-30099 db1/0']);
      assert.deepEqual(await published(30100, noon + 250), []);
      assert.deepEqual(await published(5060, noon + 150), ['same-address 5060 sip1/0']);
      assert.deepEqual(await published(5060, noon + 250), []);
      const shared = async (moment: number) => (await at(moment).shared()).map(({ ipv4 }) => ipv4);
      assert.deepEqual(
        [await shared(noon - 1), await shared(noon), await shared(noon + 150)],
        [[], ['203.0.113.10'], ['203.0.113.20']],
      );
      assert.deepEqual((await shared(noon + 95)).sort(), ['203.0.113.10', '203.0.113.20']);
    });

    test('ports that guests gave back are known, and to whom they may go back', async () => {
      await registry.commit(change({ assignments: holding([web1, db1], [block('web1', 2000), block('db1', 3000)]) }));
      await registry.commit(change({ at: noon + 100, assignments: holding([db1], [block('db1', 3000)]) }));
      await registry.commit(change({ at: noon + 200, assignments: holding([]) }));
      for (const reopened of [false, true]) {
        if (reopened) await reopen();
        const { restingPorts } = registry;
        assert.deepEqual(
          [restingPorts.since[2050], restingPorts.since[3050], restingPorts.since[4000]],
          [noon + 100, noon + 200, 0],
        );
        assert.deepEqual(restingPorts.lastOf('web1'), { first: 2000, last: 2099 });
      }
      await registry.commit(change({ at: noon + 300, assignments: holding([], [block('api1', 2050)]) }));
      await registry.commit(change({ at: noon + 400, assignments: holding([]) }));
      assert.equal(registry.restingPorts.lastOf('web1'), undefined);
      assert.deepEqual(registry.restingPorts.lastOf('db1'), { first: 3000, last: 3099 });
    });

    const privacy = { clear: 90, period: 30, keep: 0 };
    const retention = { sessions: 180, leases: 300, other: 300 };
    const never = async () => {};
    const eraser = { actor: { who: 'ada', from: 'a test' }, forget: never };

    test('after an erasure it is known that somebody held it, and not who', async () => {
      await registry.commit(
        change({ put: both, assignments: holding([web1, db1], [block('web1', 2000), block('db1', 3000)]) }),
      );
      const remove = [{ kind: 'guest', name: 'web1' }] as const;
      await registry.commit(change({ at: noon + 100, remove, assignments: holding([db1], [block('db1', 3000)]) }));
      const shown = [];
      for await (const record of registry.privacy.show('team-a')) if (record.record === 'holding') shown.push(record);
      assert.deepEqual(
        shown.map(({ nic, mac, ipv4, since, until }) => [nic, mac, ipv4, since, until]),
        [['web1/0', old, web1.ipv4, noon, noon + 100]],
      );
      const now = noon + 100 + 10 * halfHour;
      const erasure = await registry.privacy.erase('team-a', { privacy, now, ...eraser });
      assert.deepEqual([erasure.holdings, erasure.portBlocks, erasure.traces.left], [1, 1, []]);
      assert.deepEqual(await nicsAt(web1.ipv4, noon + 50), []);
      assert.deepEqual(await blockAt(2050, noon + 50), [undefined]);
      assert.deepEqual(await at(noon + 50).erased(), [{ segment: 'dev', since: noon, until: noon + 100 }]);
      assert.deepEqual(await at(noon + 150).erased(), []);
      assert.deepEqual(await nicsAt(db1.ipv4, noon + 50), [`db1/0 team-b ${db1.mac} active`]);
      assert.deepEqual(await blockAt(3050, noon + 50), ['db1']);
    });

    test('what ended long ago has a pseudonym, and goes when its time is over', async () => {
      await registry.commit(change({ put: both, assignments: holding([web1, db1], [block('web1', 2000)]) }));
      await registry.commit(change({ at: noon + 100, assignments: holding([db1]) }));
      await registry.privacy.upkeep({ privacy, retention, now: noon + 100 * day });
      const [nic] = await at(noon + 50).nicsWith(web1.ipv4);
      assert.deepEqual([nic?.guest, nic?.owner], ['web1', 'team-a']);
      assert.match(nic?.mac ?? '', /^mac-[0-9a-f]{16}$/);
      assert.deepEqual(await nicsAt(db1.ipv4, noon + 50), [`db1/0 team-b ${db1.mac} active`]);
      await registry.privacy.upkeep({ privacy, retention, now: noon + 301 * day });
      assert.deepEqual([await nicsAt(web1.ipv4, noon + 50), await blockAt(2050, noon + 50)], [[], []]);
      assert.deepEqual(await nicsAt(db1.ipv4, noon + 50), [`db1/0 team-b ${db1.mac} active`]);
    });

    test('what the log of sessions needs is kept as long as the log', async () => {
      await registry.commit(change({ put: both, assignments: holding([web1, db1], [block('web1', 2000)]) }));
      await registry.commit(change({ at: noon + 100, assignments: holding([db1]) }));
      const short = { sessions: 180, leases: 30, other: 30 };
      await registry.privacy.upkeep({ privacy, retention: short, now: noon + 170 * day });
      assert.deepEqual(await blockAt(2050, noon + 50), ['web1']);
      await registry.privacy.upkeep({ privacy, retention: short, now: noon + 181 * day });
      assert.deepEqual(await blockAt(2050, noon + 50), []);
    });
  });
}
