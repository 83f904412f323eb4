import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Lease } from '../../src/registry/leases/leases.ts';
import { guest, noon, pool, propose, refusal, segment, site } from './site-builder.ts';

describe('a lease that was made by request', () => {
  const asked = (rest: Partial<Lease>): Lease => ({
    id: 7,
    mac: '02:1a:3f:00:00:77',
    state: 'reserved',
    guest: 'web1',
    nic: 0,
    source: 'request',
    since: noon - 1000,
    ...rest,
  });
  const wanting = (nics?: Parameters<typeof guest>[1]) => site({ guests: [guest('web1', nics), guest('db1')] });

  test('for a NIC becomes its lease, with the addresses of its segment', async () => {
    const leases = [asked({ segment: 'dev', ipv4: '10.77.10.50' })];
    const { nics } = (await propose(wanting(), undefined, { leases })).assignments;
    assert.deepEqual([nics.get('web1/0')?.mac, nics.get('web1/0')?.ipv4], ['02:1a:3f:00:00:77', '10.77.10.50']);
    assert.notEqual(nics.get('db1/0')?.mac, '02:1a:3f:00:00:77');
    const named = await propose(wanting([{ mac: '02:1a:3f:00:00:77', ip: '10.77.10.50' }]), undefined, { leases });
    assert.equal(named.assignments.nics.get('web1/0')?.ipv4, '10.77.10.50');
  });

  test('keeps its MAC address but not its IP addresses on another segment', async () => {
    const leases = [asked({ state: 'active', segment: 'prod', ipv4: '10.77.20.50' })];
    const { nics } = (await propose(wanting(), undefined, { leases })).assignments;
    assert.deepEqual([nics.get('web1/0')?.mac, nics.get('web1/0')?.ipv4], ['02:1a:3f:00:00:77', '10.77.10.2']);
  });

  test('is refused by name when the site gives the NIC another address', async () => {
    const other = wanting([{ mac: '52:54:00:00:00:01' }]);
    await assert.rejects(
      propose(other, undefined, { leases: [asked({})] }),
      refusal(
        'conflict',
        /NIC "web1\/0" shall have MAC address "52:.*", and "02:.*77" was leased for it already \(lease 7\)/,
      ),
    );
  });

  test('for nobody in particular goes to a NIC of its owner that names the address, and to no other', async () => {
    const { guest: _, nic: __, ...nobodys } = asked({ owner: 'team-a' });
    const wanted = (owner?: string) =>
      site({ guests: [{ ...guest('web1', [{ mac: nobodys.mac }]), ...(owner && { owner: owner as never }) }] });
    const { nics } = (await propose(wanted('team-a'), undefined, { leases: [nobodys] })).assignments;
    assert.equal(nics.get('web1/0')?.mac, nobodys.mac);
    for (const owner of [undefined, 'team-b']) {
      await assert.rejects(
        propose(wanted(owner), undefined, { leases: [nobodys] }),
        refusal('conflict', /is already held by lease 7 of owner "team-a" since/),
      );
    }
  });

  test('bars its addresses from everybody else, and says whose it is', async () => {
    const leases = [asked({ guest: 'vpn', owner: 'team-a', segment: 'dev', ipv4: '10.77.10.2' })];
    const { nics } = (await propose(wanting(), undefined, { leases })).assignments;
    assert.equal(nics.get('web1/0')?.ipv4, '10.77.10.3');
    for (const wish of [{ mac: '02:1a:3f:00:00:77' }, { ip: '10.77.10.2' }]) {
      await assert.rejects(
        propose(wanting([wish]), undefined, { leases }),
        refusal(
          'conflict',
          /of NIC "web1\/0" is already held by NIC "vpn\/0" of owner "team-a" since .* \(reserved\); expected/,
        ),
      );
    }
  });
});

describe('IPv6 addresses that are made of MAC addresses', () => {
  const segments = [segment('dev', '10.77.10.0/24', 'fd00:77:10::/64', { address6: 'eui64' })];
  const named = (mac: string) => site({ segments, guests: [guest('web1', [{ mac }])] });

  test('follow them', async () => {
    const before = (await propose(named('02:1a:3f:00:10:01'))).assignments;
    assert.equal(before.nics.get('web1/0')?.ipv6, 'fd00:77:10:0:1a:3fff:fe00:1001');
    const after = (await propose(named('02:1a:3f:00:10:02'), before)).assignments.nics.get('web1/0');
    assert.deepEqual([after?.ipv4, after?.ipv6], [before.nics.get('web1/0')?.ipv4, 'fd00:77:10:0:1a:3fff:fe00:1002']);
  });

  test('take the place of opaque ones when the segment changes its mind, and the other way round', async () => {
    const guests = [guest('web1')];
    const opaque = (await propose(site({ guests }))).assignments;
    const derived = (await propose(site({ segments, guests }), opaque)).assignments;
    assert.match(derived.nics.get('web1/0')?.ipv6 as string, /ff:fe/);
    assert.equal((await propose(site({ segments, guests }), derived)).assignments, derived);
    const back = (await propose(site({ guests }), derived)).assignments;
    assert.equal(back.nics.get('web1/0')?.ipv6, opaque.nics.get('web1/0')?.ipv6);
  });

  test('change hands with their MAC addresses in one change', async () => {
    const [a, b] = ['02:1a:3f:00:10:01', '02:1a:3f:00:10:02'];
    const both = (first: string, second: string) =>
      site({ segments, guests: [guest('x', [{ mac: first }]), guest('y', [{ mac: second }])] });
    const before = (await propose(both(a, b))).assignments;
    const swapped = (await propose(both(b, a), before)).assignments;
    assert.equal(swapped.nics.get('x/0')?.ipv6, before.nics.get('y/0')?.ipv6);
  });

  test('are refused with the name of who has them', async () => {
    const guests = [
      guest('db1', [{ ip6: 'fd00:77:10:0:1a:3fff:fe00:1001' }]),
      guest('web1', [{ mac: '02:1a:3f:00:10:01' }]),
    ];
    await assert.rejects(
      propose(site({ segments, guests })),
      refusal('conflict', /IPv6 address "fd00:.*" of NIC "web1\/0" is already held by NIC "db1\/0"/),
    );
  });
});

describe('sub-pools', () => {
  const pools = [
    pool('default', '02:00:00:00:00:00/32'),
    pool('team', '02:00:00:00:01:00/40', { parent: 'default' as never, owner: 'team-a' as never }),
    pool('prod', '02:00:00:00:02:00/40', { parent: 'default' as never, segment: 'prod' as never }),
    pool('node', '02:00:00:00:03:00/40', { parent: 'default' as never, host: 'node-1' as never }),
  ];

  test('are for the owner first, then for the segment, then for the host; the rest stays clear of them', async () => {
    const guests = [
      { ...guest('a', [{ segment: 'prod' }]), owner: 'team-a' as never },
      guest('b', [{ segment: 'prod' }]),
      guest('c'),
    ];
    const fifth = (mac: string | undefined) => mac?.slice(12, 14);
    const here = (await propose(site({ pools, guests }), undefined, { host: 'node-1' })).assignments.nics;
    assert.deepEqual(
      [...here.values()].map(({ mac }) => fifth(mac)),
      ['01', '02', '03'],
    );
    const many = Array.from({ length: 500 }, (_, n) => guest(`g${n}`));
    const segments = [segment('dev', '10.77.0.0/16')];
    const elsewhere = await propose(site({ pools, segments, guests: many, limits: { portBlock: 20 } }));
    for (const { mac } of elsewhere.assignments.nics.values())
      assert.ok(!['01', '02', '03'].includes(fifth(mac) as string));
  });
});

describe('hashed pools', () => {
  const pools = [pool('default', '02:1a:3f:00:00:00/24', { strategy: 'hashed' })];
  const uuid = '6f1c1d52-7c2f-4a3b-9c55-0d9a6c3f1b11' as never;

  test('give a guest the same addresses on every host: by its UUID, else by its name', async () => {
    const one = (await propose(site({ pools, guests: [{ ...guest('web1'), uuid }, guest('db1')] }))).assignments.nics;
    const two = (await propose(site({ pools, guests: [guest('x'), guest('db1'), { ...guest('renamed'), uuid }] })))
      .assignments.nics;
    assert.equal(two.get('renamed/0')?.mac, one.get('web1/0')?.mac);
    assert.equal(two.get('db1/0')?.mac, one.get('db1/0')?.mac);
  });
});

describe('a NIC in rotation', () => {
  const rotating = async (state: 'reserved' | 'retiring') => {
    const before = (await propose(site({ guests: [guest('web1')] }))).assignments;
    const had = before.nics.get('web1/0') ?? assert.fail('web1 has a NIC');
    const also = { mac: '02:1a:3f:00:00:99' as typeof had.mac, state };
    return { nics: new Map([['web1/0', { ...had, also }]]), guests: before.guests };
  };

  test('keeps both MAC addresses, also when its IP address changes', async () => {
    const held = await rotating('reserved');
    assert.equal((await propose(site({ guests: [guest('web1')] }), held)).assignments, held);
    const moved = site({ guests: [guest('web1', [{ ip: '10.77.10.99' }])] });
    const after = (await propose(moved, held)).assignments.nics.get('web1/0');
    assert.deepEqual(after, { ...held.nics.get('web1/0'), ipv4: '10.77.10.99' });
  });

  test('has both of them for itself', async () => {
    const guests = [guest('web1'), guest('db1', [{ mac: '02:1a:3f:00:00:99' }])];
    await assert.rejects(
      propose(site({ guests }), await rotating('retiring')),
      refusal('conflict', /"02:1a:3f:00:00:99" of NIC "db1\/0" is already held by NIC "web1\/0"/),
    );
  });

  test('gives both up when it goes', async () => {
    const { assignments, released } = await propose(site(), await rotating('retiring'));
    assert.equal(assignments.nics.size, 0);
    assert.equal(released.nics[0]?.also?.mac, '02:1a:3f:00:00:99');
  });
});
