import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { holesOf, mergeSpans } from '../../src/model/mac-spans.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { choosePool, type PoolWish } from '../../src/model/pool-choice.ts';
import type { Pool } from '../../src/model/site.ts';

const { site } = parseSite(`site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools:
  - {name: spare, parent: default, range: 02:1a:3f:70:00:00/28}
  - {name: default, range: 02:1a:3f:00:00:00/24}
  - {name: team-a, parent: default, owner: team-a, range: 02:1a:3f:10:00:00/28}
  - {name: team-a-dev, parent: team-a, segment: dev, range: 02:1a:3f:11:00:00/32}
  - {name: dev, parent: default, segment: dev, range: 02:1a:3f:20:00:00/28}
  - {name: node-1, parent: default, host: node-1, range: 02:1a:3f:30:00:00/28}
  - {name: other, range: 02:1a:40:00:00:00/24}
  - {name: other-a, parent: other, owner: team-a, range: 02:1a:40:10:00:00/28}
segments: [{name: dev, subnet: 10.77.10.0/24}, {name: prod, subnet: 10.77.20.0/24}]
`);
const chosen = (wish: PoolWish): string | undefined => choosePool(site.pools, wish)?.name;

describe('a NIC leases', () => {
  test('from the first pool that is no sub-pool, unless another is named', () => {
    assert.equal(chosen({}), 'default');
    assert.equal(chosen({ pool: 'other' }), 'other');
    assert.equal(chosen({ pool: 'spare' }), 'spare');
    assert.equal(chosen({ pool: 'nowhere' }), undefined);
    assert.equal(choosePool([], {}), undefined);
  });

  test('from the sub-pool for its owner, else for its segment, else for its host', () => {
    assert.equal(chosen({ owner: 'team-a', segment: 'prod', host: 'node-1' }), 'team-a');
    assert.equal(chosen({ owner: 'team-b', segment: 'dev', host: 'node-1' }), 'dev');
    assert.equal(chosen({ owner: 'team-b', segment: 'prod', host: 'node-1' }), 'node-1');
    assert.equal(chosen({ owner: 'team-b', segment: 'prod', host: 'node-2' }), 'default');
    assert.equal(chosen({ pool: 'other', owner: 'team-a', segment: 'dev' }), 'other-a');
  });

  test('from a part of that sub-pool where there is one for it', () => {
    assert.equal(chosen({ owner: 'team-a', segment: 'dev' }), 'team-a-dev');
    assert.equal(chosen({ pool: 'team-a', segment: 'dev' }), 'team-a-dev');
  });

  test('from some pool even where pools are parts of each other by mistake', () => {
    const pool = (name: string, parent: string) => ({ name, parent, owner: 'team-a' }) as unknown as Pool;
    const pools = [pool('a', 'b'), pool('b', 'a')];
    assert.ok(choosePool(pools, { pool: 'a', owner: 'team-a' }));
  });
});

test('holes are the reserved addresses and the sub-pools of a pool, each address once', () => {
  const [, whole] = site.pools;
  assert.deepEqual(
    holesOf({ reserved: [{ text: '', first: 5, last: 5 }] }, [{ range: whole?.range as Pool['range'] }]).length,
    2,
  );
  const span = fc.tuple(fc.nat(60), fc.nat(8)).map(([first, more]) => ({ first, last: first + more }));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 10 }), (spans) => {
      const inside = (value: number, of: readonly { first: number; last: number }[]): boolean =>
        of.some(({ first, last }) => first <= value && value <= last);
      const merged = mergeSpans(spans);
      for (let value = 0; value < 80; value++) assert.equal(inside(value, merged), inside(value, spans));
      for (let i = 1; i < merged.length; i++) {
        assert.ok((merged[i]?.first as number) > (merged[i - 1]?.last as number) + 1, 'ascending and apart');
      }
    }),
  );
});
