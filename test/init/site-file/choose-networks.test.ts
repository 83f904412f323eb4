import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { networkOf } from '../../../src/init/network/parse-network.ts';
import { chooseSubnets, chooseSubnets6 } from '../../../src/init/site-file/choose-networks.ts';
import { ipv4FromInteger } from '../../../src/model/ip-address.ts';
import { parseIpv4Subnet, parseSubnet, subnetsOverlap } from '../../../src/model/subnet.ts';

const texts = (subnets: readonly { text: string }[]): string[] => subnets.map(({ text }) => text);

test('on a host without private networks the first choice is taken', () => {
  deepEqual(texts(chooseSubnets(2, 24, [parseSubnet('203.0.113.0/24')]).subnets), ['10.77.10.0/24', '10.77.20.0/24']);
});

test('a network that the host has a route to is passed over', () => {
  const used = [parseSubnet('10.77.0.0/20'), parseSubnet('10.77.20.5/32')];
  deepEqual(texts(chooseSubnets(2, 24, used).subnets), ['10.77.30.0/24', '10.77.40.0/24']);
  deepEqual(texts(chooseSubnets(1, 24, [parseSubnet('10.0.0.0/8')]).subnets), ['172.31.10.0/24']);
});

test('where routes cover every private network, a narrower one is taken and the route is named', () => {
  const used = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '10.77.10.0/24'].map(parseSubnet);
  const { subnets, covered } = chooseSubnets(1, 24, used);
  deepEqual(texts(subnets), ['10.77.20.0/24']);
  equal(covered, '10.0.0.0/8');
});

test('a host with addresses in every private network is told so', () => {
  const used = Array.from({ length: 65_536 >> 8 }, (_, i) => parseSubnet(`10.${i}.0.0/17`)).flatMap((low) => [
    low,
    parseSubnet(low.text.replace('.0.0/17', '.128.0/17')),
  ]);
  const rest = Array.from({ length: 16 }, (_, i) => `172.${16 + i}`).flatMap((start) => [
    `${start}.0.0/17`,
    `${start}.128.0/17`,
  ]);
  const all = [...used, ...[...rest, '192.168.0.0/17', '192.168.128.0/17'].map(parseSubnet)];
  throws(() => chooseSubnets(1, 24, all), /No private \/24 network is free/);
});

test('what is chosen never overlaps what is in use', () => {
  const network = fc
    .tuple(fc.nat(0xffffffff), fc.integer({ min: 17, max: 32 }))
    .map(([address, prefix]) => networkOf(ipv4FromInteger(address), prefix));
  const inTen = fc
    .tuple(fc.integer({ min: 77 << 16, max: 79 << 16 }), fc.integer({ min: 9, max: 28 }))
    .map(([address, prefix]) => networkOf(ipv4FromInteger((10 << 24) + address), prefix));
  fc.assert(
    fc.property(fc.array(fc.oneof(network, inTen), { maxLength: 40 }), fc.constantFrom(24, 20), (used, prefix) => {
      const { subnets, covered } = chooseSubnets(2, prefix, used);
      equal(covered, undefined);
      equal(new Set(texts(subnets)).size, 2);
      for (const subnet of subnets) {
        parseIpv4Subnet(subnet.text);
        ok(!used.some((other) => subnetsOverlap(other, subnet)), subnet.text);
      }
    }),
  );
});

test('an IPv6 network that is in use is drawn again', () => {
  const draws = [Uint8Array.of(1, 2, 3, 4, 5), Uint8Array.of(9, 8, 7, 6, 5)];
  const subnets = chooseSubnets6(2, [parseSubnet('fd01:203:405::/48')], () => draws.shift() ?? new Uint8Array(5));
  deepEqual(texts(subnets), ['fd09:807:605:10::/64', 'fd09:807:605:20::/64']);
});
