import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Assignments } from '../../../src/model/assignments.ts';
import type { Commit, Registry, StoredObject } from '../../../src/registry/registry.ts';
import {
  block,
  change,
  code,
  forward,
  halfHour,
  holding,
  lease,
  noon,
  type RegistryStore,
  resting,
} from './samples.ts';

/** Promises about who holds what: nothing twice, and what becomes of what was released. */
export function testLeases(make: () => Promise<RegistryStore>): void {
  describe('leases', () => {
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

    describe('duplicates', () => {
      const a = lease('a', 1, 1, { ipv6: 'fd00::1' as never });
      const cases: [string, Assignments, RegExp][] = [
        [
          'a MAC',
          holding([a, lease('b', 1, 2)]),
          /MAC address "02:00:00:00:00:01" of NIC "b\/0" is already held by NIC "a\/0"/,
        ],
        ['an IPv4 address', holding([a, lease('b', 2, 1)]), /"10.0.0.1" of NIC "b\/0" is already held by NIC "a\/0"/],
        ['an IPv6 address', holding([a, lease('b', 2, 2, { ipv6: 'fd00::1' as never })]), /"fd00::1" of NIC "b\/0"/],
        ['a port', holding([], [block('a', 1024), block('b', 1123)]), /port block 1123-1222 of guest "b" overlaps/],
        ['a share id', holding([], [block('a', 1024, 3), block('b', 2000, 3)]), /share id 3 of guest "b"/],
      ];
      for (const [what, assignments, message] of cases) {
        test(`${what} given twice is refused and nothing is changed`, async () => {
          const held = holding([a], [block('a', 1024, 3)]);
          await registry.commit(change({ assignments: held }));
          await assert.rejects(
            registry.commit(change({ assignments, put: [forward('x', 1)] })),
            code('conflict', message),
          );
          for (let round = 0; round < 2; round++) {
            assert.equal((await registry.head())?.number, 1);
            assert.deepEqual(await registry.objects(), []);
            assert.deepEqual(await registry.assignments(), held);
            assert.deepEqual(await resting(registry), []);
            await reopen();
          }
          assert.equal((await registry.commit(change({ assignments: held }))).number, 2);
        });
      }

      test('a MAC is unique in the site, an IP address in its segment', async () => {
        await registry.commit(change({ assignments: holding([a, lease('b', 2, 1, { segment: 'prod' })]) }));
        assert.equal((await registry.assignments()).nics.size, 2);
        const twice = holding([a, lease('b', 1, 1, { segment: 'prod' })]);
        await assert.rejects(
          registry.commit(change({ assignments: twice })),
          code('conflict', /MAC address "02:00:00:00:00:01" of NIC "b\/0" is already held by NIC "a\/0" since/),
        );
      });

      test('two NICs may swap their addresses and two guests their blocks in one commit', async () => {
        await registry.commit(
          change({ assignments: holding([a, lease('b', 2, 2)], [block('a', 1024, 1), block('b', 2000, 2)]) }),
        );
        const swapped = holding([lease('a', 2, 2), { ...a, guest: 'b' }], [block('a', 2000, 2), block('b', 1024, 1)]);
        await registry.commit(change({ assignments: swapped }));
        await reopen();
        const { nics, guests } = await registry.assignments();
        assert.deepEqual([nics.get('a/0'), nics.get('b/0')], [lease('a', 2, 2), { ...a, guest: 'b' }]);
        assert.deepEqual(guests.get('b'), block('b', 1024, 1));
      });
    });

    describe('released leases', () => {
      const pool = (quarantine?: string): StoredObject => ({
        kind: 'pool',
        name: 'default',
        origin: 'file',
        body: { name: 'default', range: '02:00:00:00:00:00/40', ...(quarantine === undefined ? {} : { quarantine }) },
      });
      const a = lease('a', 1, 1, { ipv6: 'fd00::1' as never });
      const emptied = (at: number, parts: Partial<Commit> = {}): Commit => change({ at, ...parts });

      test('rest for the quarantine of their pool, half an hour unless it says otherwise', async () => {
        await registry.commit(change({ put: [pool('10m')], assignments: holding([a, lease('b', 2, 2)]) }));
        await registry.commit(emptied(noon + 1000, { assignments: holding([lease('b', 2, 2)]) }));
        await registry.commit(emptied(noon + 2000, { put: [pool()] }));
        const expected = [
          { ...a, freeAt: noon + 1000 + 600_000 },
          { ...lease('b', 2, 2), freeAt: noon + 2000 + halfHour },
        ];
        assert.deepEqual(await resting(registry), expected);
        await reopen();
        assert.deepEqual(await resting(registry), expected);
      });

      test('rest as long as their sub-pool says, not its parent', async () => {
        const part: StoredObject = {
          kind: 'pool',
          name: 'part',
          origin: 'file',
          body: { name: 'part', range: '02:00:00:00:00:00/46', quarantine: '5m', parent: 'default' },
        };
        await registry.commit(change({ put: [pool('1h'), part], assignments: holding([a, lease('b', 9, 2)]) }));
        await registry.commit(emptied(noon));
        assert.deepEqual(await resting(registry), [
          { ...a, freeAt: noon + 300_000 },
          { ...lease('b', 9, 2), freeAt: noon + 3_600_000 },
        ]);
      });

      test('rest as long as their pool said, even if it goes with them', async () => {
        await registry.commit(change({ put: [pool('1h')], assignments: holding([a]) }));
        await registry.commit(emptied(noon, { remove: [{ kind: 'pool', name: 'default' }] }));
        assert.deepEqual(await resting(registry), [{ ...a, freeAt: noon + 3_600_000 }]);
      });

      test('are history when their NIC has all of them again, but not while it has others', async () => {
        await registry.commit(change({ assignments: holding([a]) }));
        await registry.commit(change({ assignments: holding([lease('a', 9, 1)]) }));
        assert.deepEqual(await resting(registry), [{ ...a, freeAt: noon + halfHour }]);
        await registry.commit(change({ assignments: holding([a]) }));
        assert.deepEqual(await resting(registry), [{ ...lease('a', 9, 1), freeAt: noon + halfHour }]);
      });

      test('rest as a whole while the same guest uses one of the addresses for another NIC', async () => {
        await registry.commit(change({ assignments: holding([a]) }));
        await registry.commit(change());
        await registry.commit(change({ assignments: holding([lease('a', 1, 7, { nic: 1 })]) }));
        assert.deepEqual(await resting(registry), [{ ...a, freeAt: noon + halfHour }]);
      });

      test('are found when their NIC comes back, also after the quarantine, with what it had on that segment', async () => {
        await registry.commit(change({ assignments: holding([a, lease('b', 2, 2)]) }));
        await registry.commit(emptied(noon));
        await registry.commit(change({ assignments: holding([lease('a', 3, 3, { segment: 'prod' })]) }));
        await reopen();
        const latest = async (segment?: string) =>
          (await registry.leases.latest([{ guest: 'a', nic: 0, ...(segment && { segment }) }])).get('a/0')?.mac;
        assert.deepEqual(
          [await latest('dev'), await latest('prod'), await latest()],
          ['02:00:00:00:00:01', '02:00:00:00:00:03', '02:00:00:00:00:03'],
        );
      });

      test('bar their addresses until the quarantine ends, from everybody', async () => {
        await registry.commit(change({ assignments: holding([a]) }));
        await registry.commit(emptied(noon));
        const keys = [a.mac, 'dev 10.0.0.1', 'dev fd00::1', 'prod 10.0.0.1'];
        const barring = async (now: number) => [...(await registry.leases.barring(keys, now)).keys()];
        assert.deepEqual(await barring(noon + halfHour - 1), keys.slice(0, 3));
        assert.deepEqual(await barring(noon + halfHour), []);
      });

      test('rest no shorter when the clock goes back, and revisions stay in order', async () => {
        await registry.commit(change({ assignments: holding([a]) }));
        const { number, at } = await registry.commit(emptied(noon - 3_600_000));
        assert.deepEqual([number, at], [2, noon - 3_600_000]);
        assert.deepEqual(await resting(registry), [{ ...a, freeAt: noon + halfHour }]);
        await reopen();
        assert.equal((await registry.head())?.number, 2);
        assert.equal((await registry.commit(change())).number, 3);
      });
    });

    test('a revision can wait to be confirmed and says what it goes back to', async () => {
      await assert.rejects(registry.confirm(), code('nothing-to-confirm'));
      const first = await registry.commit(change({ confirmBy: noon + 60_000 }));
      assert.deepEqual([first.confirmBy, first.fallback], [noon + 60_000, 0]);
      await registry.commit(change());
      await assert.rejects(registry.confirm(), code('nothing-to-confirm', /revision 2/));
      const waiting = await registry.commit(change({ confirmBy: noon + 60_000 }));
      assert.equal(waiting.fallback, 2);
      await reopen();
      assert.deepEqual(await registry.head(), waiting);
      const confirmed = await registry.confirm();
      assert.deepEqual(confirmed, { ...(await registry.revision(2)), number: 3 });
      await assert.rejects(registry.confirm(), code('nothing-to-confirm'));
      await reopen();
      assert.deepEqual(await registry.head(), confirmed);
    });

    test('the journal is kept, newest first', async () => {
      await registry.note('apply', 'revision 1', noon);
      await registry.note('drift', 'the table "bridgekeeper" was gone', noon - 5);
      await reopen();
      await registry.note('repair', 'it is back', noon);
      const journal = await registry.journal(2);
      assert.deepEqual(
        journal.map(({ id, at, kind, text }) => ({ id, at, kind, text })),
        [
          { id: 3, at: noon, kind: 'repair', text: 'it is back' },
          { id: 2, at: noon - 5, kind: 'drift', text: 'the table "bridgekeeper" was gone' },
        ],
      );
      assert.equal((await registry.journal(10)).length, 3);
    });

    test('changes asked for at once are made one after the other', async () => {
      const commits = Array.from({ length: 20 }, (_, n) => registry.commit(change({ put: [forward(`f${n}`, n)] })));
      commits.push(registry.commit(change({ put: [forward('bad', undefined)] })));
      const notes = Array.from({ length: 20 }, (_, n) => registry.note('note', String(n), noon));
      const results = await Promise.allSettled(commits);
      await Promise.all(notes);
      assert.deepEqual(
        results.map((result) => (result.status === 'fulfilled' ? result.value.number : 'refused')),
        [...Array.from({ length: 20 }, (_, n) => n + 1), 'refused'],
      );
      assert.equal((await registry.objects()).length, 20);
      assert.equal((await registry.journal(100)).length, 40, 'a commit writes its entry');
    });

    test('closing waits for what is under way, and a closed registry refuses everything', async () => {
      const [commit, read] = [registry.commit(change({ put: [forward('a', 1)] })), registry.revisions(5)];
      await registry.close();
      await registry.close();
      assert.equal((await commit).number, 1);
      await read;
      await assert.rejects(registry.head(), code('registry-failed', /closed/));
      await assert.rejects(registry.commit(change()), code('registry-failed', /closed/));
      await assert.rejects(registry.note('a', 'b', noon), code('registry-failed', /closed/));
      registry = await store.open();
      assert.equal((await registry.head())?.number, 1);
    });

    test('10,000 forwards are one commit that lets the event loop go, and one more is one more row', async () => {
      const put = Array.from({ length: 10_000 }, (_, n) => forward(`tcp/${n}`, { port: n, to: 'web1:80' }));
      let turns = 0;
      const clock = setInterval(() => turns++, 1);
      try {
        await registry.commit(change({ put }));
      } finally {
        clearInterval(clock);
      }
      assert.ok(turns >= 1, `the event loop was let go ${turns} times`);
      await registry.commit(change({ put: [forward('tcp/one-more', { port: 1, to: 'web1:80' })] }));
      assert.equal((await registry.objects(1)).length, 10_000);
      assert.equal((await registry.objects()).length, 10_001);
    });
  });
}
