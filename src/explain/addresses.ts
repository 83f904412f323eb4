import { AppError } from '../errors/app-error.ts';
import type { DesiredState } from '../model/desired-state.ts';
import { type IpAddress, parseIp } from '../model/ip-address.ts';
import { quoteValue } from '../model/quote-value.ts';
import { sameAddressGateway } from '../model/same-address.ts';
import { parseSubnet, type Subnet, subnetHolds } from '../model/subnet.ts';
import { boxRange, holds } from './match-policy.ts';
import type { EndText } from './parse-end.ts';

/** What no packet of a flow between two hosts has as its source or destination. */
const special = [
  ['0.0.0.0/8', 'is no address of anybody (RFC 1122)'],
  ['127.0.0.0/8', 'never leaves the machine that uses it'],
  ['224.0.0.0/4', 'is a group, and groups are not routed'],
  ['240.0.0.0/4', 'is reserved'],
  ['::/127', 'never leaves the machine that uses it'],
  ['ff00::/8', 'is a group, and groups are not routed'],
  ['fe80::/10', 'is of the link alone and is not routed'],
] as const;
const subnets = special.map(([text, why]) => ({ subnet: parseSubnet(text), why }));
const linkLocal4 = parseSubnet('169.254.0.0/16');

/** Throws `value-invalid` for addresses that cannot be an end of a flow. */
export function refuseSpecial(seen: string, end: EndText, side: 'from' | 'to'): void {
  if (end.kind !== 'address') return;
  const { address } = end;
  const found = subnets.find(({ subnet }) => subnetHolds(subnet, address));
  if (found) throw new AppError('value-invalid', `address ${quoteValue(seen)} ${found.why}`);
  // As a destination it is worth asking: in a cloud it is where the host's own identity can be had.
  if (side === 'from' && subnetHolds(linkLocal4, address)) {
    throw new AppError('value-invalid', `address ${quoteValue(seen)} is of the link alone; nobody here sends from it`);
  }
  if (side === 'to' && address === sameAddressGateway) {
    throw new AppError(
      'value-invalid',
      `address ${quoteValue(seen)} is the host's towards same-address guests only; ask for "host"`,
    );
  }
}

/** Of blocks for documentation and benchmarks (RFC 5737, 2544, 3849): nobody's, so they stand for anybody. */
const candidates = {
  4: ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '198.19.255.1', '192.0.2.254'],
  6: ['2001:db8:ffff::1', '2001:db8:fffe::1', '2001:2::1', '2001:db8::1'],
} as const;

/** An address of the world that no source list and no policy names; the last candidate when each is named. */
export function anyWorldAddress(desired: DesiredState, family: 4 | 6): IpAddress {
  const lists = [...desired.forwards.values()].flatMap(({ from4, from6 }): Subnet[] => [...from4, ...from6]);
  const ranges = Object.values(desired.policies)
    .flat(2)
    .filter((box) => box.family === family)
    .flatMap((box) => [box.source, box.destination].map(boxRange))
    // `world` itself.
    .filter(({ first, last }) => BigInt(last) - BigInt(first) < (family === 4 ? 2n ** 32n : 2n ** 128n) - 1n);
  const inner = [...desired.segments.values()].flatMap(({ subnet, subnet6 }) => [
    subnet,
    ...(subnet6 ? [subnet6] : []),
  ]);
  const free = candidates[family].find((text) => {
    const address = parseIp(text);
    const shared = address === desired.uplink.ipv4 || address === desired.uplink.ipv6;
    const listed = [...lists, ...inner].some((subnet) => subnetHolds(subnet, address));
    return !shared && !listed && !ranges.some((range) => holds(range, address));
  });
  return parseIp(free ?? (candidates[family].at(-1) as string));
}
