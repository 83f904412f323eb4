import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { AppError, type Mistake } from '../../src/errors/app-error.ts';
import { parseSite, placeMistakes } from '../../src/model/parse-site.ts';

const example = readFileSync(new URL('../../examples/devlab.yaml', import.meta.url), 'utf8');

function mistakesOf(run: () => unknown): Mistake[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'site-invalid');
    return error.mistakes;
  }
  return assert.fail('it was accepted');
}

describe('the example of a site file', () => {
  const { site, warnings, objects } = parseSite(example);

  test('is accepted without a warning', () => assert.deepEqual(warnings, []));

  test('gives name, uplink and limits', () => {
    assert.equal(site.name, 'devlab');
    assert.deepEqual(site.uplink, { interface: 'eth0', ipv4: '203.0.113.10', ipv6: '2001:db8::10' });
    assert.deepEqual(site.limits, {
      sessions: 5000,
      sessionsPerGuest: 1000,
      portBlock: 1000,
      portBlocks: 1,
      newSessionsPerGuest: { count: 200, per: 'second' },
      halfOpen: 120,
      established: 7440,
      udp: 300,
      udpUnanswered: 120,
      icmp: 60,
      timeWait: 20,
    });
  });

  test('gives pools', () => {
    assert.deepEqual(site.pools, [
      {
        name: 'default',
        range: { text: '02:1a:3f:00:00:00/24', first: 0x021a3f000000, last: 0x021a3fffffff },
        strategy: 'random',
        quarantine: 1800,
        reserved: [],
        warnings: [80, 95],
      },
    ]);
  });

  test('gives segments with their defaults', () => {
    const [dev, prod] = site.segments;
    assert.equal(dev?.subnet.text, '10.77.10.0/24');
    assert.equal(dev?.subnet6?.text, 'fd00:77:10::/64');
    assert.deepEqual(dev?.dhcp, { lease: 600 });
    assert.equal(dev?.domain, 'dev.example');
    assert.equal(dev?.mtu, 1500);
    assert.deepEqual(dev?.storm, { broadcast: { count: 200, per: 'second' } });
    assert.equal(dev?.bridge, 'bk-dev');
    assert.deepEqual(prod && { ...prod, subnet: prod.subnet.text }, {
      name: 'prod',
      subnet: '10.77.20.0/24',
      mtu: 1500,
      storm: { broadcast: { count: 500, per: 'second' } },
      bridge: 'bk-prod',
      pool: 'default',
      address6: 'opaque',
      probe: false,
    });
  });

  test('gives guests and NICs', () => {
    assert.deepEqual(site.guests, [
      { name: 'web1', owner: 'team-a', share: 'nat', ports: [], nics: [{ segment: 'dev' }] },
      {
        name: 'db1',
        owner: 'team-a',
        share: 'nat',
        ports: [],
        nics: [{ segment: 'dev', mac: '02:1a:3f:00:10:01', ip: '10.77.10.20' }],
      },
      { name: 'api1', owner: 'team-b', share: 'nat', ports: [], nics: [{ segment: 'prod' }] },
      {
        name: 'sip1',
        owner: 'team-c',
        share: 'same-address',
        ports: [
          { first: 5060, last: 5060 },
          { first: 16384, last: 16483 },
        ],
        nics: [{ segment: 'dev' }],
      },
    ]);
  });

  test('gives forwards', () => {
    const plain = site.forwards.map(({ from, ...rest }) => ({ ...rest, from: from.map((subnet) => subnet.text) }));
    assert.deepEqual(plain, [
      { protocol: 'tcp', ports: { first: 8080, last: 8080 }, to: { guest: 'web1', nic: 0, first: 80 }, from: [] },
      {
        protocol: 'tcp',
        ports: { first: 2222, last: 2222 },
        to: { guest: 'db1', nic: 0, first: 22 },
        from: ['198.51.100.0/24'],
        rate: { count: 10, per: 'minute' },
      },
      {
        protocol: 'udp',
        ports: { first: 30000, last: 30099 },
        to: { guest: 'web1', nic: 0, first: 30000 },
        from: [],
      },
    ]);
  });

  test('gives policies in both forms, named by their place', () => {
    const [first, second] = site.policies;
    assert.deepEqual(first, {
      name: 'policy-1',
      action: 'allow',
      from: { kind: 'guest', guest: 'api1' },
      to: { kind: 'guest', guest: 'db1' },
      ports: [{ protocol: 'tcp', ports: { first: 5432, last: 5432 } }],
      bothWays: false,
    });
    assert.equal(second?.name, 'policy-2');
    assert.deepEqual(second?.from, { kind: 'mac', mac: '02:1a:3f:00:10:01' });
    assert.equal(second?.to.kind === 'subnet' && second.to.subnet.text, '10.77.10.0/24');
    assert.deepEqual([second?.ports, second?.bothWays], [[], true]);
  });

  test('becomes objects of the registry, each with a name of its own', () => {
    assert.deepEqual(
      objects.map(({ kind, name, origin }) => `${kind} ${name} ${origin}`),
      [
        'settings site file',
        'pool default file',
        'segment dev file',
        'segment prod file',
        'guest web1 file',
        'guest db1 file',
        'guest api1 file',
        'guest sip1 file',
        'forward tcp/8080 file',
        'forward tcp/2222 file',
        'forward udp/30000-30099 file',
        'policy policy-1 file',
        'policy policy-2 file',
      ],
    );
  });

  test('reads the same through the full YAML parser, as JSON and with CRLF', () => {
    const quick = parseSite(example).site;
    // An anchor is beyond the quick reader.
    const full = parseSite(example.replace('site: devlab', 'site: &name devlab')).site;
    assert.deepEqual(full, quick);
    assert.deepEqual(parseSite(example.replaceAll('\n', '\r\n')).site, full);
    const input = Object.fromEntries(objectsToInput(objects));
    assert.deepEqual(parseSite(JSON.stringify(input)).site, full);
    assert.deepEqual(parseSite(JSON.stringify(input, null, 2)).site, full);
  });
});

/** Puts the bodies of objects back into the lists of a file. */
function objectsToInput(objects: readonly { kind: string; body: unknown }[]): [string, unknown][] {
  const settings = objects.find(({ kind }) => kind === 'settings')?.body as object;
  const list = (kind: string) => objects.filter((object) => object.kind === kind).map(({ body }) => body);
  const lists = { pools: 'pool', segments: 'segment', guests: 'guest', forwards: 'forward', policies: 'policy' };
  return [
    ...Object.entries(settings),
    ...Object.entries(lists).map(([key, kind]): [string, unknown] => [key, list(kind)]),
  ];
}

describe('a site file', () => {
  test('with pools only is the registry alone', () => {
    const { site } = parseSite('site: lab\npools:\n  - {name: p, range: 02:00:00:00:00:00/24}\n');
    assert.equal(site.uplink, undefined);
    assert.equal(site.pools[0]?.strategy, 'random');
    assert.deepEqual(site.segments, []);
  });

  test('may leave the entries of a list commented out', () => {
    assert.deepEqual(parseSite('site: lab\nforwards:\n  # - {port: 80}\npolicies: []\n').site.forwards, []);
  });

  test('may use a few aliases', () => {
    const { site } = parseSite(
      'site: lab\npools:\n  - {name: a, range: 02:00:00:00:00:00/24, quarantine: &q 2h}\n  - {name: b, range: 0a:00:00:00:00:00/24, quarantine: *q}\n',
    );
    assert.deepEqual(
      site.pools.map(({ quarantine }) => quarantine),
      [7200, 7200],
    );
  });

  test('reads words and numbers as YAML 1.2 does: no is text, 1:30 is text, MACs need no quotes', () => {
    const { site } = parseSite(
      'site: no\nuplink: {interface: on, shared: [203.0.113.10]}\npools:\n  - {name: y, range: 02:00:00:00:00:00/24}\nsegments:\n  - {name: off, subnet: 10.0.0.0/24}\nguests:\n  - {name: yes, nics: [{segment: off, mac: 02:00:00:00:00:59}]}\n',
    );
    assert.equal(site.name, 'no');
    assert.equal(site.guests[0]?.nics[0]?.mac, '02:00:00:00:00:59');
  });

  test('may name a NIC by its index, a target range, ports and pools', () => {
    const { site } = parseSite(`
site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools:
  - {name: p, range: 02:00:00:00:00:00/24}
  - {name: q, range: 0a:00:00:00:00:00/24, strategy: sequential}
segments:
  - {name: a, subnet: 10.0.0.0/24, pool: q, bridge: br0}
guests:
  - {name: w, nics: [{segment: a}, {segment: a, pool: p, port: tap7}]}
forwards:
  - {port: 100-109, to: w/1:200-209}
limits: {portBlock: 2000, timeWait: 1m}
`);
    assert.deepEqual(site.forwards[0]?.to, { guest: 'w', nic: 1, first: 200 });
    assert.deepEqual(site.guests[0]?.nics[1], { segment: 'a', pool: 'p', port: 'tap7' });
    assert.deepEqual([site.segments[0]?.bridge, site.segments[0]?.pool], ['br0', 'q']);
    assert.deepEqual([site.limits.portBlock, site.limits.timeWait], [2000, 60]);
  });

  test('answers where in it a path stands, for mistakes that were found elsewhere', () => {
    const warning = (path: string): Mistake => ({ path, message: 'x', severity: 'warning' });
    const placed = placeMistakes([warning('forwards[1].port'), warning('uplink.interface')], example);
    assert.deepEqual(
      placed.map(({ path, line, column }) => `${path} ${line}:${column}`),
      ['uplink.interface 3:14', 'forwards[1].port 19:12'],
    );
  });

  test('has its mistakes listed in the order of its lines', () => {
    const mistakes = mistakesOf(() => parseSite('limits: {udp: x}\npools:\n  - {name: A}\nsite: B\nzzz: 1\n'));
    assert.deepEqual(
      mistakes.map(({ line, column, path }) => `${line}:${column} ${path}`),
      ['1:15 limits.udp', '3:5 pools[0]', '3:12 pools[0].name', '4:7 site', '5:1 zzz'],
    );
  });
});
