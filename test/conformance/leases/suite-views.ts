import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { LeaseQuery } from '../../../src/registry/leases/leases.ts';
import { ada, begin, halfHour, mac, macs, nic, noon, order, pool } from './samples.ts';
import type { Bench } from './suite.ts';

const hour = 3_600_000;

/** Lists, counts and fill. */
export function testViews(bench: Bench): void {
  describe('views', () => {
    const list = async (query: Omit<LeaseQuery, 'limit'>): Promise<string[]> =>
      macs((await bench.leases.list({ ...query, limit: 1000 })).leases);

    test('a list is filtered by everything that was said, and counted likewise', async () => {
      await bench.leases.lease(order([nic('a', { owner: 'x' }), nic('b', { owner: 'y' })], { now: noon }));
      const late = await bench.leases.lease(order([nic('c', { owner: 'x' })], { now: noon + hour, state: 'reserved' }));
      await bench.leases.lease(
        order([nic('d', { owner: 'x' })], {
          now: noon,
          pool: pool({ name: 'other', first: begin + 0x1000, last: begin + 0x10ff }),
        }),
      );
      await bench.leases.release({ ids: late.map(({ id }) => id), quarantine: () => 60, actor: ada, now: noon + hour });
      const cases: [Omit<LeaseQuery, 'limit'>, string[]][] = [
        [{}, [mac(0), mac(1), mac(2), mac(0x1000)]],
        [{ owner: 'x' }, [mac(0), mac(2), mac(0x1000)]],
        [{ guest: 'b' }, [mac(1)]],
        [{ states: ['active'] }, [mac(0), mac(1), mac(0x1000)]],
        [{ states: ['quarantined'] }, [mac(2)]],
        [{ range: { first: begin, last: begin + 255 } }, [mac(0), mac(1), mac(2)]],
        [{ after: noon + hour }, [mac(2)]],
        [{ before: noon + hour }, [mac(0), mac(1), mac(0x1000)]],
        [{ owner: 'x', states: ['active'], range: { first: begin, last: begin + 255 } }, [mac(0)]],
        [{ owner: 'nobody' }, []],
        [{ segment: 'dev' }, []],
      ];
      for (const [query, expected] of cases) {
        assert.deepEqual(await list(query), expected, JSON.stringify(query));
        assert.equal(await bench.leases.count(query), expected.length, JSON.stringify(query));
      }
    });

    test('a long list comes in pages', async () => {
      const all = macs(await bench.leases.lease(order(25, { now: noon })));
      const seen: string[] = [];
      let from: number | undefined;
      for (let pages = 0; pages < 10; pages++) {
        const page = await bench.leases.list({ limit: 10, ...(from === undefined ? {} : { from }) });
        seen.push(...macs(page.leases));
        from = page.next;
        if (from === undefined) break;
      }
      assert.deepEqual(seen, all);
    });

    test('fill counts what is held and what rests, now and hour by hour', async () => {
      const leases = await bench.leases.lease(order(10, { now: noon }));
      await bench.leases.release({
        ids: leases.slice(0, 4).map(({ id }) => id),
        quarantine: () => 1800,
        actor: ada,
        now: noon + hour,
      });
      const range = { first: begin, last: begin + 255 };
      assert.deepEqual(await bench.leases.fill(range, noon + hour), { at: noon + hour, held: 6, quarantined: 4 });
      const later = noon + hour + halfHour;
      assert.deepEqual(await bench.leases.fill(range, later), { at: later, held: 6, quarantined: 0 });
      await bench.leases.lease(order(1, { now: noon + 3 * hour }));
      const history = await bench.leases.fillHistory('default', 0);
      assert.deepEqual(
        history.map(({ at, held }) => [at, held]),
        [
          [noon, 10],
          [noon + hour, 6],
          [noon + 3 * hour, 7],
        ],
      );
      assert.equal((await bench.leases.fillHistory('default', noon + hour)).length, 2);
      assert.deepEqual(await bench.leases.fillHistory('unknown', 0), []);
    });
  });
}
