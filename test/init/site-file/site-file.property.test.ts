import { equal, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Findings, FoundGuest, FoundNic, Refusal, Translation } from '../../../src/init/findings.ts';
import { switchOn } from '../../../src/init/site-file/comment.ts';
import { planSiteFile } from '../../../src/init/site-file/plan-site-file.ts';
import { renderSiteFile } from '../../../src/init/site-file/render-site-file.ts';
import { ipv4FromInteger, parseIpv4, parseIpv6 } from '../../../src/model/ip-address.ts';
import { macFromInteger } from '../../../src/model/mac-address.ts';
import { parseInterfaceName } from '../../../src/model/names.ts';
import { parseSite } from '../../../src/model/parse-site.ts';
import { parseSubnet } from '../../../src/model/subnet.ts';

/** What other programs may call things: also what would end a comment, a line or a quoted value. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('web1', 'Web 1 (old)', 'host', 'world', 'guests', 'a\n  - {name: evil}', '\u2028b', '"', '#', ''),
);
const few = <T>(item: fc.Arbitrary<T>, maxLength = 6): fc.Arbitrary<T[]> => fc.array(item, { maxLength });
const deviceName = fc.constantFrom('tap0', 'tap1', 'vnet0', 'veth@x', 'bkp-web1.0', 'eth0', 'bk-guests', 'ä', 'lo');
/** Few values, so that the same one comes twice. */
const mac = fc.integer({ min: 0, max: 12 }).map((n) => macFromInteger(n % 4 === 0 ? n * 2 ** 40 : 0x525400000000 + n));
const innerIp = fc.nat(8).map((n) => ipv4FromInteger(0xc0a83200 + n));
const absent = { nil: undefined };

function without<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

const nic = fc
  .record({
    mac: fc.option(mac, absent),
    port: fc.option(deviceName, absent),
    network: fc.option(anyText, absent),
    addresses: few(innerIp, 2),
  })
  .map((found) => without(found) as FoundNic);
const guest: fc.Arbitrary<FoundGuest> = fc
  .record({ name: anyText, source: anyText, state: fc.option(anyText, absent), nics: few(nic, 3) })
  .map((found) => without(found) as FoundGuest);
const translation: fc.Arbitrary<Translation> = fc
  .tuple(fc.integer({ min: 1, max: 65_535 }), fc.constantFrom(0, 1, 99), fc.integer({ min: 1, max: 65_535 }), innerIp)
  .chain(([first, length, target, to]) =>
    fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      ports: fc.constant({ first, last: Math.min(first + length, 65_535) }),
      to: fc.constant(to),
      first: fc.constant(target),
      from: few(fc.constantFrom(parseSubnet('198.51.100.0/24'), parseSubnet('2001:db8:1::/48')), 2),
      seen: anyText,
    }),
  );
const refusal: fc.Arbitrary<Refusal> = fc.record({
  hook: fc.constantFrom('forward' as const, 'input' as const),
  family: fc.constantFrom('ip', 'ip6', 'inet', 'bridge'),
  table: anyText,
  chain: anyText,
  how: fc.constant('policy drop'),
  kept: fc.constantFrom('nftables' as const, 'iptables-nft' as const, 'iptables-legacy' as const),
});

const anyFindings: fc.Arbitrary<Findings> = fc.record({
  hostName: anyText,
  uplink: fc
    .record({
      ipv6: fc.option(fc.constant(parseIpv6('2001:db8::10')), absent),
      notPublic: fc.option(anyText, absent),
      gateway: fc.option(anyText, absent),
      dynamic: fc.boolean(),
      mtu: fc.constantFrom(576, 1280, 1450, 1500, 9000),
      ports: few(deviceName, 2),
    })
    .map((uplink) => ({
      ...without(uplink),
      interface: parseInterfaceName('eth0'),
      ipv4: parseIpv4('203.0.113.10'),
      others: [parseIpv4('203.0.113.11')],
    })) as fc.Arbitrary<Findings['uplink']>,
  bridges: few(
    fc
      .record({
        name: deviceName,
        maker: fc.option(anyText, absent),
        addresses: few(
          innerIp.map((ip) => `${ip}/24`),
          2,
        ),
        ports: few(deviceName),
      })
      .map((bridge) => without(bridge) as Findings['bridges'][number]),
  ),
  guests: few(guest),
  containers: few(
    fc.record({ engine: fc.constantFrom('Docker' as const, 'Podman' as const), name: anyText, ports: anyText }),
  ),
  firewalls: few(fc.record({ name: fc.constantFrom('Docker', 'ufw', 'firewalld'), seen: anyText })),
  refusals: few(refusal),
  translations: few(translation, 12),
  otherTranslations: few(anyText),
  listening: few(
    fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
      address: fc.constant(parseIpv4('0.0.0.0')),
      port: fc.constantFrom(22, 8080),
      process: anyText,
    }),
  ),
  networks: fc.constant([parseSubnet('203.0.113.0/24'), parseSubnet('192.168.50.0/24')]),
  interfaces: few(deviceName).map((names) => new Set(names)),
  macs: few(mac).map((macs) => new Set(macs)),
  neighbours: few(fc.tuple(innerIp, mac)).map((pairs) => new Map(pairs)) as fc.Arbitrary<Findings['neighbours']>,
  notes: few(anyText),
});

/** Names of interfaces are told once, as the kernel does. */
const findings = anyFindings.map((found): Findings => {
  const bridges = new Map(found.bridges.map((bridge) => [bridge.name, bridge]));
  bridges.delete('lo');
  bridges.delete(found.uplink.interface);
  return { ...found, bridges: [...bridges.values()], interfaces: new Set([...found.interfaces, ...bridges.keys()]) };
});

const about = { date: '2026-11-21', file: 'site.yaml' };

test('whatever is found, the file is a valid site that has one segment and nobody else’s words in it', () => {
  fc.assert(
    fc.property(findings, (found) => {
      const { site } = parseSite(renderSiteFile(planSiteFile(found, randomBytes), found, about));
      equal(site.segments.length, 1);
      equal(site.guests.length + site.forwards.length + site.policies.length, 0);
      equal(site.uplink?.ipv4, '203.0.113.10');
    }),
    { numRuns: 150 },
  );
});

test('with every entry switched on it is valid too, and has every guest and every forward that was suggested', () => {
  fc.assert(
    fc.property(findings, (found) => {
      const planned = planSiteFile(found, randomBytes);
      const { site } = parseSite(switchOn(renderSiteFile(planned, found, about)));
      equal(site.segments.length, 2 + planned.adoptable.length);
      equal(site.guests.length, Math.max(1, planned.guests.length));
      equal(site.forwards.length, Math.max(1, planned.forwards.forwards.length));
      ok(site.policies.length === 1);
    }),
    { numRuns: 150 },
  );
});

test('a host with hundreds of guests gets networks, port blocks and names for all of them', () => {
  const [found] = fc.sample(findings, 1) as [Findings];
  const guests = Array.from({ length: 400 }, (_, i) => ({
    name: `vm-${i % 10}`,
    source: 'libvirt',
    nics: [{ addresses: [] }, { addresses: [] }],
  }));
  const many = { ...found, guests, translations: [] };
  const { site } = parseSite(switchOn(renderSiteFile(planSiteFile(many, randomBytes), many, about)));
  equal(site.guests.length, 400);
  equal(new Set(site.guests.map(({ name }) => name)).size, 400);
});
