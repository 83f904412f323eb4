import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { compile } from '../../src/compile/compile.ts';
import { isAppError } from '../../src/errors/app-error.ts';
import { explainFlow } from '../../src/explain/explain-flow.ts';
import type { FlowQuestion } from '../../src/explain/find-flow.ts';
import { headersOf } from '../../src/explain/flow-headers.ts';
import type { DesiredState } from '../../src/model/desired-state.ts';
import type { Explanation } from '../../src/model/explanation.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { siteText } from '../reconciler/sites.ts';
import { propose } from '../registry/site-builder.ts';

const site = siteText({
  guests: [
    'name: web1, nics: [{segment: dev, ip: 10.77.10.2}, {segment: prod, ip: 10.77.20.9}]',
    'name: db1, nics: [{segment: dev, ip: 10.77.10.20}]',
    'name: api1, limits: {sessions: 40, newSessions: 5/second}, nics: [{segment: prod, ip: 10.77.20.2}]',
    'name: sip1, share: same-address, ports: [5060, 16384-16483], nics: [{segment: dev}]',
  ],
  forwards: [
    'port: 8080, to: "web1:80"',
    'port: 2222, to: "db1:22", from: [198.51.100.0/24], rate: 10/minute',
    'port: 31000-31009, to: "web1/1:32000-32009"',
  ],
  policies: [
    'name: no-8000, from: api1, to: web1, ports: [tcp/8000], action: deny',
    'name: api-to-web, from: api1, to: web1, ports: [tcp/8000-8010], action: allow',
    'name: no-smtp, from: web1, to: world, ports: [tcp/25], action: deny',
    'name: metadata, from: db1, to: 169.254.169.254, ports: [tcp/80], action: allow',
  ],
});

let desired: DesiredState;
before(async () => {
  const parsed = parseSite(site).site;
  desired = compile(parsed, (await propose(parsed)).assignments) as DesiredState;
});
const ask = (from: string, to: string, more: Partial<FlowQuestion> = {}): Explanation =>
  explainFlow(desired, { from, to, ...more });
const placesOf = ({ steps }: Explanation): string[] => steps.map(({ place }) => place);
const blockOf = (guest: string): string => {
  const { first = 0, last = 0 } = desired.blocks.get(guest)?.ports ?? {};
  return `${first}-${last}`;
};

describe('the way out', () => {
  test('passes guard, gateway, policies, limits and port block', () => {
    const found = ask('web1', '198.51.100.7:443');
    assert.equal(found.verdict, 'delivered');
    assert.deepEqual(placesOf(found), [
      'port',
      'segment',
      'route',
      'policy',
      'policy',
      'limits',
      'source',
      'answer',
      'end',
    ]);
    assert.deepEqual(found.translation?.source, {
      from: { address: '10.77.10.2' },
      to: { address: '203.0.113.10', ports: blockOf('web1') },
    });
    assert.deepEqual(found.steps.filter(({ decided }) => decided).length, 1);
  });

  test('ends at a policy, which is named with what would let it pass', () => {
    const found = ask('web1', 'world:25');
    assert.equal(found.text, 'refused: policy "no-smtp" denies it');
    assert.deepEqual(found.steps.at(-1)?.object, { kind: 'policy', name: 'no-smtp' });
    assert.match(
      found.remedy ?? '',
      /take policy "no-smtp" away, or put before it .*\{from: web1, to: world, ports: \[tcp\/25\], action: allow\}/,
    );
    assert.equal(found.arrival, undefined);
  });

  test('of link-local addresses is refused unless a policy allows it', () => {
    assert.equal(ask('web1', '169.254.169.254:80').verdict, 'refused');
    assert.equal(ask('db1', '169.254.169.254:80').verdict, 'delivered');
  });

  test('of a same-address guest keeps its own ports and takes others from its block', () => {
    const own = ask('sip1:5060', 'world:80');
    assert.deepEqual(own.arrival?.source, { address: '203.0.113.10', ports: '5060' });
    assert.equal(ask('sip1:5061', 'world:80').arrival?.source.ports, blockOf('sip1'));
  });

  test('of a guest that plays DHCP server ends at its port', () => {
    const found = ask('web1:67', 'db1:68', { protocol: 'udp' });
    assert.deepEqual([found.verdict, found.steps.at(-1)?.place], ['refused', 'port']);
  });

  test("is counted by the guest's own limits where it has some", () => {
    const limits = (from: string) => ask(from, 'world:80').steps.find(({ place }) => place === 'limits')?.text;
    assert.match(limits('api1') ?? '', /^api1 may have 40 open sessions and begin 5\/second/);
    assert.match(limits('web1') ?? '', /^web1 may have 200 open sessions and begin 200\/second/);
  });
});

describe('the way in', () => {
  test('of a published port, asked by the guest that it leads to or by the shared address', () => {
    for (const to of ['web1:80', '203.0.113.10:8080', 'host:8080']) {
      const found = ask('198.51.100.7', to);
      assert.deepEqual(found.arrival?.destination, { address: '10.77.10.2', port: 80 }, to);
      assert.deepEqual(found.translation?.destination?.from, { address: '203.0.113.10', port: 8080 }, to);
      assert.equal(found.arrival?.source.address, '198.51.100.7');
    }
    assert.deepEqual(ask('world', 'web1/1:32004').translation?.destination, {
      from: { address: '203.0.113.10', port: 31004 },
      to: { address: '10.77.20.9', port: 32004 },
    });
  });

  test('of a forward with a source list and a rate', () => {
    const refused = ask('world', 'db1:22');
    assert.equal(refused.verdict, 'refused');
    assert.deepEqual(refused.steps.at(-1)?.object, { kind: 'forward', name: 'tcp/2222' });
    assert.match(ask('192.0.2.9', 'db1:22').remedy ?? '', /add "192\.0\.2\.9" to `from` of forward tcp\/2222/);
    assert.match(
      ask('198.51.100.7', 'db1:22')
        .steps.map(({ text }) => text)
        .join('\n'),
      /takes 10\/minute new connections/,
    );
  });

  test('to an inner address is refused, and says how to publish it', () => {
    const found = ask('world', 'web1:443');
    assert.equal(found.verdict, 'refused');
    assert.match(
      found.remedy ?? '',
      /- \{port: 443, to: "web1:443"\}; published of web1 are tcp\/8080, tcp\/31000-31009/,
    );
    assert.match(ask('world', 'web1').remedy ?? '', /published TCP and UDP ports/);
    assert.match(
      ask('world', 'web1/1:53', { protocol: 'udp' }).remedy ?? '',
      /\{port: 53, protocol: udp, to: "web1\/1:53"\}/,
    );
  });

  test("to a same-address guest's own port is not translated", () => {
    const found = ask('world', 'host:5060');
    assert.deepEqual(
      [found.arrival?.name, found.arrival?.destination],
      ['sip1/0', { address: '203.0.113.10', port: 5060 }],
    );
    assert.equal(found.translation, undefined);
  });

  test("to the host itself, also at a guest's source port", () => {
    assert.equal(ask('world', 'host:22').arrival?.name, 'host');
    const port = Number(blockOf('web1').split('-')[0]);
    const found = ask('world', `host:${port}`);
    assert.match(found.steps.map(({ text }) => text).join('\n'), new RegExp(`${port} is one of web1's source ports`));
  });
});

describe('the way between guests, and to the host', () => {
  test('is direct in one segment, and closed between two unless a policy opens it', () => {
    assert.deepEqual(placesOf(ask('web1', 'db1:5432')), ['port', 'segment', 'end']);
    assert.match(ask('api1', 'db1:80').remedy ?? '', /\{from: api1, to: db1, ports: \[tcp\/80\], action: allow\}/);
    assert.equal(ask('api1', 'web1:8000').text, 'refused: policy "no-8000" denies it');
    assert.equal(ask('api1', 'web1:8001').verdict, 'delivered');
    assert.equal(ask('api1', 'web1/1:9').verdict, 'delivered', 'the second NIC is in the segment of api1');
  });

  test('through the shared address translates both ends (hairpin)', () => {
    for (const from of ['api1', 'db1', 'web1']) {
      const { translation, arrival } = ask(from, 'host:8080');
      assert.deepEqual(arrival?.destination, { address: '10.77.10.2', port: 80 }, from);
      assert.deepEqual(translation?.source?.to, { address: '203.0.113.10', ports: blockOf(from) }, from);
    }
  });

  test('of a same-address guest ends between segments, and no policy would help', () => {
    const found = ask('sip1', 'api1:80');
    assert.deepEqual([found.verdict, found.remedy], ['refused', undefined]);
    assert.equal(ask('sip1', 'db1:80').arrival?.source.address, '203.0.113.10');
    assert.equal(ask('sip1', 'host:22').verdict, 'stays');
  });

  test('to the host: the shared address as the world, gateways for names and addresses', () => {
    assert.equal(ask('web1', 'host:22').verdict, 'delivered');
    assert.equal(ask('web1', '10.77.10.1:53').verdict, 'delivered');
    assert.equal(ask('web1', '10.77.20.1').verdict, 'delivered', 'ping');
    assert.match(
      ask('web1', '10.77.10.1:8443').remedy ?? '',
      /\{from: web1, to: host, ports: \[tcp\/8443\], action: allow\}/,
    );
  });

  test('from the host is not filtered, and a same-address guest sees the gateway', () => {
    assert.equal(ask('host', 'api1:80').arrival?.source.address, '10.77.20.1');
    assert.equal(ask('host', 'sip1:5060').arrival?.source.address, '169.254.1.1');
    assert.equal(ask('host', 'host:8080').arrival?.name, 'web1/0');
    assert.equal(ask('host', 'host:22').verdict, 'stays');
  });

  test('over IPv6 has its own addresses, and none where a segment has none', () => {
    const found = ask('web1', 'world:443', { family: 6 });
    assert.deepEqual(found.arrival?.source, { address: '2001:db8::10', ports: blockOf('web1') });
    assert.equal(ask('web1', '[2001:db8:1::7]:443').verdict, 'delivered');
    assert.throws(() => ask('api1', '2001:db8:1::7'), /NIC "api1\/0" has no IPv6 address/);
  });
});

test('what is said to let a refused flow pass does so', async () => {
  const refused: [string, string, Partial<FlowQuestion>?][] = [
    ['web1', 'world:25'],
    ['web1', '198.51.100.7:25'],
    ['web1', '[2001:db8:1::7]:25'],
    ['web1', '169.254.169.254:80'],
    ['api1', 'web1:8000'],
    ['api1', 'db1:53', { protocol: 'udp' }],
    ['db1', 'api1'],
    ['web1', '10.77.10.1:8443'],
    ['world', 'web1:443'],
    ['198.51.100.7', 'web1/1:53', { protocol: 'udp' }],
  ];
  for (const [from, to, more = {}] of refused) {
    const { verdict, remedy = '' } = ask(from, to, more);
    assert.equal(verdict, 'refused', `${from} → ${to}`);
    const [, list, item] = /under (policies|forwards): (- \{.*?\})(?:;|$)/.exec(remedy) ?? [];
    assert.ok(list && item, remedy);
    const changed = parseSite(site.replace(`${list}:\n`, `${list}:\n  ${item}\n`)).site;
    const after = compile(changed, (await propose(changed)).assignments) as DesiredState;
    assert.equal(explainFlow(after, { from, to, ...more }).verdict, 'delivered', `${from} → ${to}: ${item}`);
  }
});

test('headers of a live flow say where it comes in, and what of it is known', () => {
  assert.deepEqual(headersOf(desired, ask('web1', '198.51.100.7:443')), {
    forth: {
      entry: { kind: 'NIC', port: 'bkp-web1.0', bridge: 'bk-dev' },
      family: 4,
      protocol: 'tcp',
      source: '10.77.10.2',
      destination: '198.51.100.7',
      destinationPorts: [443, 443],
    },
    back: {
      entry: { kind: 'uplink', device: 'eth0' },
      family: 4,
      protocol: 'tcp',
      source: '198.51.100.7',
      sourcePorts: [443, 443],
      destination: '203.0.113.10',
      destinationPorts: blockOf('web1').split('-').map(Number),
    },
  });
  const refused = headersOf(desired, ask('world', 'web1:443'));
  assert.equal(refused.back, undefined);
  assert.equal(refused.forth.source, undefined, 'anybody');
});

test('what cannot be asked is refused in a sentence that names it', () => {
  const refusals: [string, string, Partial<FlowQuestion>, string, RegExp][] = [
    ['wep1', 'host:22', {}, 'not-found', /no guest "wep1" in this site; did you mean "web1"\?/],
    ['web1/7', 'host:22', {}, 'not-found', /guest "web1" has no NIC 7 .*"web1\/0", "web1\/1"/],
    ['web1', '10.77.10.99:80', {}, 'not-found', /"10\.77\.10\.99" is in segment "dev" and belongs to nobody/],
    ['web1', 'host:70000', {}, 'value-invalid', /port "70000"/],
    ['web1', 'host:0', {}, 'value-invalid', /port "0"/],
    ['web1', 'host:', {}, 'value-invalid', /port ""/],
    ['web1', 'host:22', { protocol: 'icmp' }, 'value-invalid', /names a port, and ICMP has none/],
    ['web1', 'host', { protocol: 'tcp' }, 'value-invalid', /names no port, and tcp needs one/],
    ['web1', '224.0.0.1:5353', {}, 'value-invalid', /is a group/],
    ['web1', '127.0.0.1:80', {}, 'value-invalid', /never leaves the machine/],
    ['world', '198.51.100.7:80', {}, 'value-invalid', /what the world says to itself/],
    ['10.77.10.2', '2001:db8:1::7', {}, 'value-invalid', /different families/],
    ['10.77.10.2', 'world', { family: 6 }, 'value-invalid', /IPv6 was asked for/],
    ['168.1.10', 'world', {}, 'value-invalid', /168\.1\.10/],
    ['web1;rm', 'world', {}, 'value-invalid', /label/],
    ['', 'world', {}, 'value-invalid', /""/],
  ];
  for (const [from, to, more, code, pattern] of refusals) {
    assert.throws(
      () => ask(from, to, more),
      (error) => {
        assert.ok(isAppError(error), String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, pattern);
        return true;
      },
      `${from} → ${to}`,
    );
  }
  const inner = desired.nics.get('sip1/0')?.ipv4;
  assert.throws(() => ask('web1', `${inner}:5060`), /only stands for NIC "sip1\/0"/);
});
