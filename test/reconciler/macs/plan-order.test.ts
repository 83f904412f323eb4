import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isAppError } from '../../../src/errors/app-error.ts';
import { parseSite } from '../../../src/model/parse-site.ts';
import type { LeaseRequest } from '../../../src/reconciler/macs/contract.ts';
import { planOrder } from '../../../src/reconciler/macs/plan-order.ts';
import type { LeaseWish } from '../../../src/registry/leases/leases.ts';

const { site } = parseSite(
  `site: devlab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools:
  - {name: default, range: 02:1a:3f:00:00:00/24}
  - {name: team-a, range: 02:1a:3f:10:00:00/36, parent: default, owner: team-a}
  - {name: lab, range: 02:77:00:00:00:00/32}
segments:
  - {name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64"}
  - {name: lab, subnet: 10.77.30.0/24, pool: lab}
guests:
  - {name: web1, owner: team-a, uuid: 6a1f9c1e-7f0b-4c51-9d0e-2b7f3a1c9d10, nics: [{segment: dev}]}
`,
);

function wishesOf(request: LeaseRequest): readonly LeaseWish[] {
  const { wishes } = planOrder(site, request);
  assert.ok(typeof wishes !== 'number');
  return wishes;
}

const one = (request: LeaseRequest): LeaseWish => wishesOf(request)[0] as LeaseWish;

describe('what a request for addresses becomes', () => {
  test('a NIC of nobody leases from the first pool', () => {
    assert.equal(one({ items: [{ guest: 'new', nic: 3 }] }).pool?.name, 'default');
    assert.equal(one({ items: [{ guest: 'new', nic: 3 }] }).nic, 3);
  });

  test("an owner's NIC leases from the owner's sub-pool, a segment's from the pool of the segment", () => {
    assert.equal(one({ items: [{ guest: 'new', owner: 'team-a' }] }).pool?.name, 'team-a');
    assert.equal(one({ owner: 'team-a', items: [{ guest: 'new' }] }).pool?.name, 'team-a');
    assert.equal(one({ items: [{ guest: 'new', segment: 'lab' }] }).pool?.name, 'lab');
  });

  test('sub-pools are holes of the pool above them', () => {
    const { holes } = one({ items: [{}] }).pool ?? { holes: [] };
    assert.deepEqual(holes, [{ first: 0x021a3f100000, last: 0x021a3f100fff }]);
  });

  test('a NIC of the site is wished for as the site has it', () => {
    const wish = one({ items: [{ guest: 'web1' }] });
    assert.equal(wish.owner, 'team-a');
    assert.equal(wish.segment, 'dev');
    assert.equal(wish.uuid, '6a1f9c1e-7f0b-4c51-9d0e-2b7f3a1c9d10');
  });

  test('NICs of one request may come from several pools', () => {
    const wishes = wishesOf({
      items: [
        { guest: 'a', segment: 'dev' },
        { guest: 'a', nic: 1, segment: 'lab' },
      ],
    });
    assert.deepEqual(
      wishes.map(({ pool }) => pool?.name),
      ['default', 'lab'],
    );
  });

  test('a count in a segment asks for so many IP addresses, too', () => {
    assert.equal(wishesOf({ count: 3, segment: 'dev' }).length, 3);
    assert.equal(planOrder(site, { count: 3 }).wishes, 3);
  });

  test('a named address needs no pool', () => {
    const { mac, pool } = one({ items: [{ mac: '52-54-00-12-34-56' }] });
    assert.equal(mac, '52:54:00:12:34:56');
    assert.equal(pool, undefined);
  });
});

describe('a request for addresses that cannot be', () => {
  const refused: [string, LeaseRequest, string, RegExp][] = [
    ['an unknown pool', { items: [{ pool: 'defualt' }] }, 'not-found', /pool "defualt"; did you mean "default"\?/],
    ['an unknown segment', { count: 2, segment: 'dve' }, 'not-found', /segment "dve"; did you mean "dev"\?/],
    [
      'a multicast address',
      { items: [{ mac: 'a1:b2:c3:00:00:01' }] },
      'value-invalid',
      /"a1:b2:c3:00:00:01" is a group address/,
    ],
    ['the null address', { items: [{ mac: '00:00:00:00:00:00' }] }, 'value-invalid', /null address/],
    ['no MAC address', { items: [{ mac: '02:1a' }] }, 'value-invalid', /"02:1a" is not six pairs/],
    ['no address', { count: 0 }, 'value-invalid', /is 0; expected a whole number from 1 to 100000/],
    ['a thousand million addresses', { count: 1e9 }, 'value-invalid', /is 1000000000; expected/],
    ['half an address', { count: 1.5 }, 'value-invalid', /is 1\.5; expected/],
    ['an owner that is no label', { count: 1, owner: 'Team A' }, 'value-invalid', /owner "Team A" is no label/],
    ['a guest that is no label', { items: [{ guest: 'web_1' }] }, 'value-invalid', /guest "web_1" is no label/],
    [
      'an address outside of the subnet',
      { items: [{ guest: 'a', segment: 'dev', ip4: '10.99.0.1' }] },
      'value-invalid',
      /"10\.99\.0\.1" is outside the subnet 10\.77\.10\.0\/24/,
    ],
    [
      'the address of the gateway',
      { items: [{ guest: 'a', segment: 'dev', ip4: '10.77.10.1' }] },
      'value-invalid',
      /is the gateway/,
    ],
    [
      'an IPv6 address where there are none',
      { items: [{ guest: 'a', segment: 'lab', ip6: 'fd00::2' }] },
      'value-invalid',
      /needs a "subnet6"/,
    ],
    [
      'an IP address in no segment',
      { items: [{ guest: 'a', ip4: '10.77.10.9' }] },
      'value-invalid',
      /belongs to no segment/,
    ],
    ['an index of no guest', { items: [{ nic: 1 }] }, 'value-invalid', /index 1 belongs to no guest/],
    [
      "a site's NIC in another segment",
      { items: [{ guest: 'web1', segment: 'lab' }] },
      'conflict',
      /"web1\/0" is in segment "dev" by the site/,
    ],
    ['items and a count', { count: 1, items: [{}] }, 'value-invalid', /neither or both of "items" and "count"/],
    ['nothing', {}, 'value-invalid', /neither or both/],
    ['no item', { items: [] }, 'value-invalid', /number of items is 0/],
  ];
  for (const [what, request, code, sentence] of refused) {
    test(`is refused for ${what}`, () => {
      assert.throws(
        () => planOrder(site, request),
        (error) => {
          assert.ok(isAppError(error), String(error));
          assert.equal(error.code, code);
          assert.match(error.message, sentence);
          return true;
        },
      );
    });
  }

  test('says which item is wrong', () => {
    assert.throws(
      () => planOrder(site, { items: [{ guest: 'a' }, { guest: 'b', segment: 'nowhere' }] }),
      /^AppError: Item 2 of 2: There is no segment "nowhere"/,
    );
  });

  test('says how to make a pool when there is none', () => {
    assert.throws(
      () => planOrder(undefined, { count: 1 }),
      /no pool to lease from; make one with `bridgekeeper mac pool add/,
    );
  });
});
