import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { macRangeHolds } from '../../src/model/mac-range.ts';
import type { Lease } from '../../src/registry/leases/leases.ts';
import { MemoryAddresses } from '../../src/registry/leases/memory-addresses.ts';
import { proposeAssignments } from '../../src/registry/propose.ts';
import { forward, guest, nobody, noon, pool, propose, refusal, segment, site } from './site-builder.ts';

let lastId = 1000;

const gone = (name: string, mac: string, ipv4: string, freeAt: number): Lease => ({
  id: ++lastId,
  guest: name,
  nic: 0,
  segment: 'dev',
  mac,
  ipv4,
  state: 'quarantined',
  source: 'site',
  since: noon - 1000,
  releasedAt: noon - 500,
  freeAt,
});

describe('a first proposal', async () => {
  const devlab = site({
    guests: [guest('web1', [{}, { segment: 'prod' }]), guest('db1'), guest('sip1', [{}], ['5060'])],
  });
  const { assignments, added, released } = await propose(devlab);

  test('gives every NIC a MAC of the pool, the first free IPv4 after the gateway, and IPv6 where there is a subnet', async () => {
    assert.deepEqual([...assignments.nics.keys()], ['web1/0', 'web1/1', 'db1/0', 'sip1/0']);
    assert.deepEqual(
      [...assignments.nics.values()].map(({ ipv4 }) => ipv4),
      ['10.77.10.2', '10.77.20.2', '10.77.10.3', '10.77.10.4'],
    );
    for (const { mac, ipv6, segment: name } of assignments.nics.values()) {
      assert.ok(macRangeHolds(devlab.pools[0]?.range as never, mac));
      assert.equal(ipv6?.startsWith('fd00:77:10:0:'), name === 'dev' ? true : undefined);
    }
    assert.equal(new Set([...assignments.nics.values()].map(({ mac }) => mac)).size, 4);
  });

  test('gives every guest a port block and the same-address guest a share id', async () => {
    assert.deepEqual(
      [...assignments.guests.values()],
      [
        { guest: 'web1', first: 1024, last: 2023 },
        { guest: 'db1', first: 2024, last: 3023 },
        { guest: 'sip1', first: 3024, last: 4023, shareId: 1 },
      ],
    );
  });

  test('says what is new', async () => {
    assert.equal(added.nics.length, 4);
    assert.equal(added.guests.length, 3);
    assert.deepEqual(released, { nics: [], guests: [] });
  });

  test('answers the very same objects when asked again with nothing to change', async () => {
    const again = await propose(devlab, assignments, { random: () => assert.fail('nothing to draw') });
    assert.equal(again.assignments, assignments);
    assert.deepEqual(again.added, { nics: [], guests: [] });
  });

  test('keeps the objects of those who stay when another guest comes or goes', async () => {
    const more = await propose({ ...devlab, guests: [...devlab.guests, guest('new1')] }, assignments);
    for (const [id, held] of assignments.nics) assert.equal(more.assignments.nics.get(id), held);
    for (const [id, held] of assignments.guests) assert.equal(more.assignments.guests.get(id), held);
    const fewer = await propose({ ...devlab, guests: devlab.guests.slice(1) }, assignments);
    assert.deepEqual(
      fewer.released.nics.map(({ guest: name, nic }) => `${name}/${nic}`),
      ['web1/0', 'web1/1'],
    );
    assert.equal(fewer.assignments.nics.get('db1/0'), assignments.nics.get('db1/0'));
  });
});

test('a site without an uplink gets addresses but no port blocks', async () => {
  const { uplink: _, ...alone } = site({ guests: [guest('web1')] });
  const { assignments } = await propose(alone);
  assert.equal(assignments.nics.size, 1);
  assert.equal(assignments.guests.size, 0);
});

describe('explicit addresses', () => {
  test('are taken, inside or outside of the pool, and nobody else draws them', async () => {
    const guests = [
      guest('first'),
      guest('db1', [{ mac: '52:54:00:00:00:01', ip: '10.77.10.2', ip6: 'fd00:77:10::20' }]),
      guest('db2', [{ mac: '02:1a:3f:00:00:00' }]),
    ];
    const sequential = pool('default', '02:1a:3f:00:00:00/24', { strategy: 'sequential' });
    const { nics } = (await propose(site({ pools: [sequential], guests }))).assignments;
    assert.equal(nics.get('first/0')?.ipv4, '10.77.10.3');
    assert.equal(nics.get('first/0')?.mac, '02:1a:3f:00:00:01');
    assert.deepEqual(
      { ...nics.get('db1/0') },
      { guest: 'db1', nic: 0, segment: 'dev', mac: '52:54:00:00:00:01', ipv4: '10.77.10.2', ipv6: 'fd00:77:10::20' },
    );
  });

  test('that somebody holds are refused with the name of the holder', async () => {
    const before = (await propose(site({ guests: [guest('web1')] }))).assignments;
    const { mac, ipv4, ipv6 } = before.nics.get('web1/0') ?? assert.fail('web1 has a NIC');
    for (const [wish, kind] of [
      [{ mac }, 'MAC address'],
      [{ ip: ipv4 }, 'IPv4 address'],
      [{ ip6: ipv6 as string }, 'IPv6 address'],
    ] as const) {
      await assert.rejects(
        propose(site({ guests: [guest('web1'), guest('db1', [wish])] }), before),
        refusal('conflict', new RegExp(`^${kind} ".*" of NIC "db1/0" is already held by NIC "web1/0"`)),
      );
    }
  });

  test('that are the gateway are refused', async () => {
    const guests = [guest('web1', [{ ip: '10.77.10.1' }])];
    await assert.rejects(propose(site({ guests })), refusal('conflict', /is the gateway of segment "dev"/));
  });

  test('that are in quarantine are refused with the time of its end, and given after it', async () => {
    const leases = [gone('old', '02:1a:3f:00:10:01', '10.77.10.20', noon + 1000)];
    const asking = site({ guests: [guest('new', [{ mac: '02:1a:3f:00:10:01' }])] });
    await assert.rejects(
      propose(asking, undefined, { leases }),
      refusal('conflict', /was released by NIC "old\/0" and is in quarantine until 2026-11-21T12:00:01.000Z/),
    );
    const later = await propose(asking, undefined, { leases, now: noon + 1000 });
    assert.equal(later.assignments.nics.get('new/0')?.mac, '02:1a:3f:00:10:01');
  });

  test('can be swapped between two guests in one change, and follow a guest that gets another name', async () => {
    const [a, b] = [
      { mac: '02:1a:3f:00:10:01', ip: '10.77.10.20' },
      { mac: '02:1a:3f:00:10:02', ip: '10.77.10.21' },
    ];
    const before = (await propose(site({ guests: [guest('x', [a]), guest('y', [b])] }))).assignments;
    const swapped = (await propose(site({ guests: [guest('x', [b]), guest('y', [a])] }), before)).assignments;
    assert.equal(swapped.nics.get('x/0')?.ipv4, '10.77.10.21');
    assert.equal(swapped.nics.get('y/0')?.mac, '02:1a:3f:00:10:01');
    const renamed = (await propose(site({ guests: [guest('z', [a]), guest('y', [b])] }), before)).assignments;
    assert.equal(renamed.nics.get('z/0')?.mac, '02:1a:3f:00:10:01');
  });

  test('replace only what they contradict', async () => {
    const before = (await propose(site({ guests: [guest('web1')] }))).assignments;
    const had = before.nics.get('web1/0');
    const wanting = site({ guests: [guest('web1', [{ ip: '10.77.10.99' }])] });
    const { assignments, added, released } = await propose(wanting, before);
    assert.deepEqual(assignments.nics.get('web1/0'), { ...had, ipv4: '10.77.10.99' });
    assert.deepEqual([added.nics.length, released.nics.length], [1, 1]);
    const unasked = await propose(site({ guests: [guest('web1')] }), assignments);
    assert.equal(unasked.assignments, assignments, 'who no longer asks for an address keeps it');
  });
});

describe('a NIC whose surroundings change', () => {
  test('keeps its MAC when the subnet of its segment is another one', async () => {
    const guests = [guest('web1')];
    const before = (await propose(site({ guests }))).assignments;
    const moved = site({ guests, segments: [segment('dev', '10.88.0.0/24')] });
    const after = (await propose(moved, before)).assignments.nics.get('web1/0');
    assert.equal(after?.mac, before.nics.get('web1/0')?.mac);
    assert.equal(after?.ipv4, '10.88.0.2');
    assert.equal(after?.ipv6, undefined);
  });

  test('gets other addresses on another segment, and its old ones when it comes back to the first', async () => {
    const before = (await propose(site({ guests: [guest('web1')] }))).assignments;
    const had = before.nics.get('web1/0') ?? assert.fail('web1 has a NIC');
    const moved = site({ guests: [guest('web1', [{ segment: 'prod' }])] });
    const away = await propose(moved, before, { random: () => 5 });
    assert.notEqual(away.assignments.nics.get('web1/0')?.mac, had.mac);
    const leases = [{ ...gone('web1', had.mac, had.ipv4, noon + 1_800_000), ipv6: had.ipv6 as string }];
    const back = await propose(site({ guests: [guest('web1')] }), away.assignments, { leases });
    assert.deepEqual(back.assignments.nics.get('web1/0'), had);
  });
});

describe('guests that are gone', () => {
  const leases = [gone('old', '02:1a:3f:00:00:00', '10.77.10.2', noon + 60_000)];
  const sequential = [pool('default', '02:1a:3f:00:00:00-02:1a:3f:00:00:01', { strategy: 'sequential' })];

  test('get the same addresses again when they come back', async () => {
    const parts = { pools: sequential, guests: [guest('new'), guest('old')] };
    for (const now of [noon, noon + 120_000]) {
      const { nics } = (await propose(site(parts), undefined, { leases, now })).assignments;
      assert.equal(nics.get('old/0')?.mac, '02:1a:3f:00:00:00');
      assert.equal(nics.get('old/0')?.ipv4, '10.77.10.2');
      assert.equal(nics.get('new/0')?.mac, '02:1a:3f:00:00:01');
      assert.equal(nics.get('new/0')?.ipv4, '10.77.10.3');
    }
  });

  test('keep their addresses from others until the quarantine is over', async () => {
    const parts = { pools: sequential, guests: [guest('a'), guest('b')] };
    await assert.rejects(
      propose(site(parts), undefined, { leases }),
      refusal(
        'pool-exhausted',
        /^pool "default" .* has too few free MAC addresses: 2 are wanted, the last one for NIC "b\/0", and 1 are free: of 2, 0 are held and 1 are in quarantine, the next one is free at 2026-11-21T12:01:00.000Z$/,
      ),
    );
    const { nics } = (await propose(site(parts), undefined, { leases, now: noon + 60_000 })).assignments;
    assert.equal(nics.get('a/0')?.mac, '02:1a:3f:00:00:00');
    assert.equal(nics.get('a/0')?.ipv4, '10.77.10.2', 'after the quarantine addresses are as free as any others');
  });

  test('in this very change hold their addresses until it is made', async () => {
    const pools = [pool('default', '02:1a:3f:00:00:00-02:1a:3f:00:00:00')];
    const before = (await propose(site({ pools, guests: [guest('a')] }))).assignments;
    await assert.rejects(
      propose(site({ pools, guests: [guest('b')] }), before),
      refusal('pool-exhausted', /of 1, 1 are held/),
    );
  });
});

describe('pools', () => {
  test('of the NIC come before that of the segment, and that before the first', async () => {
    const pools = [
      pool('one', '02:00:00:00:01:00/40'),
      pool('two', '02:00:00:00:02:00/40'),
      pool('three', '02:00:00:00:03:00/40'),
    ];
    const segments = [
      segment('dev', '10.77.10.0/24'),
      segment('prod', '10.77.20.0/24', undefined, { pool: 'two' as never }),
    ];
    const guests = [guest('g', [{}, { segment: 'prod' }, { segment: 'prod', pool: 'three' }])];
    const { nics } = (await propose(site({ pools, segments, guests }))).assignments;
    assert.deepEqual(
      [...nics.values()].map(({ mac }) => mac.slice(12, 14)),
      ['01', '02', '03'],
    );
  });

  test('that are missing are named', async () => {
    await assert.rejects(
      propose(site({ pools: [], guests: [guest('g')] })),
      refusal('not-found', /has no MAC address and the site has no pool/),
    );
  });

  for (const strategy of ['random', 'sequential'] as const) {
    test(`give every address once up to the last one (${strategy})`, async () => {
      const pools = [pool('default', '02:1a:3f:00:00:00/38', { strategy })];
      const segments = [segment('dev', '10.77.0.0/16')];
      const guests = Array.from({ length: 1024 }, (_, n) => guest(`g${n}`));
      const full = site({ pools, segments, guests, limits: { portBlock: 10 } });
      const { nics } = (await propose(full)).assignments;
      assert.equal(new Set([...nics.values()].map(({ mac }) => mac)).size, 1024);
      await assert.rejects(
        propose({ ...full, guests: [...guests, guest('last')] }, { nics, guests: new Map() }),
        refusal('pool-exhausted', /of 1024, 1024 are held and 0 are in quarantine$/),
      );
    });
  }

  test('find the last free address of a pool that is 99.9 % full at the first try', async () => {
    const pools = [pool('default', '02:1a:3f:00:00:00/38')];
    const segments = [segment('dev', '10.77.0.0/16')];
    const guests = Array.from({ length: 1023 }, (_, n) => guest(`g${n}`));
    const full = site({ pools, segments, guests, limits: { portBlock: 10 } });
    const before = (await propose(full)).assignments;
    let draws = 0;
    const random = (max: number): number => {
      draws++;
      return max - 1;
    };
    const after = await propose({ ...full, guests: [...guests, guest('last')] }, before, { random });
    const mac = after.assignments.nics.get('last/0')?.mac as string;
    assert.ok(![...before.nics.values()].some((held) => held.mac === mac));
    assert.ok(draws <= 17, `${draws} draws`);
  });

  test('that overlap never give one address twice', async () => {
    const pools = [pool('one', '02:00:00:00:00:00/44'), pool('two', '02:00:00:00:00:00/44')];
    const guests = Array.from({ length: 16 }, (_, n) => guest(`g${n}`, [{ pool: n % 2 ? 'one' : 'two' }]));
    const { nics } = (await propose(site({ pools, guests }))).assignments;
    assert.equal(new Set([...nics.values()].map(({ mac }) => mac)).size, 16);
  });
});

test('a subnet that is full says so', async () => {
  const segments = [segment('dev', '10.77.10.0/29')];
  const guests = Array.from({ length: 6 }, (_, n) => guest(`g${n}`));
  await assert.rejects(
    propose(site({ segments, guests })),
    refusal(
      'pool-exhausted',
      /^segment "dev" \(10.77.10.0\/29\) has too few free IPv4 addresses: 6 are wanted, the last one for NIC "g5\/0", and 5 are free/,
    ),
  );
});

test('a subnet of one address has no room for a guest', async () => {
  const parts = { segments: [segment('dev', '10.77.10.0/32')], guests: [guest('g')] };
  await assert.rejects(propose(site(parts)), refusal('pool-exhausted', /of 0, 0 are held/));
});

test('a forward that is new makes the block that it stands in move, and no other', async () => {
  const guests = [guest('a'), guest('b'), guest('c')];
  const before = (await propose(site({ guests }))).assignments;
  const { assignments } = await propose(site({ guests, forwards: [forward('2100', 'a')] }), before);
  assert.equal(assignments.guests.get('a'), before.guests.get('a'));
  assert.equal(assignments.guests.get('c'), before.guests.get('c'));
  assert.deepEqual(assignments.guests.get('b'), { guest: 'b', first: 4024, last: 5023 });
  assert.equal(assignments.nics, before.nics);
});

test('what was drawn for a proposal that fails is given back', async () => {
  const pools = [pool('default', '02:1a:3f:00:00:00-02:1a:3f:00:00:01')];
  const addresses = new MemoryAddresses([], { siteKey: 'k' });
  const context = { addresses, now: noon, avoidPorts: [], siteKey: 'k' };
  const small = [segment('dev', '10.77.10.0/30')];
  for (let round = 0; round < 3; round++) {
    const guests = [guest('a'), guest('b')];
    await assert.rejects(
      proposeAssignments(site({ pools, segments: small, guests }), nobody, context),
      refusal('pool-exhausted', /IPv4/),
    );
  }
  const { drawn } = await proposeAssignments(site({ pools, guests: [guest('a'), guest('b')] }), nobody, context);
  assert.equal(drawn.length, 2);
});
