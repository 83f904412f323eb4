import { AppError } from '../../errors/app-error.ts';
import { ipv6FromInteger } from '../../model/ip-address.ts';
import {
  type Ipv4Subnet,
  type Ipv6Subnet,
  parseIpv4Subnet,
  parseIpv6Subnet,
  type Subnet,
  subnetsOverlap,
} from '../../model/subnet.ts';

/** Private networks of RFC 1918, first those that few others pick. */
function* candidates(prefix: 24 | 20): Generator<Ipv4Subnet> {
  const thirds =
    prefix === 24
      ? Array.from({ length: 24 }, (_, i) => 10 * (i + 1))
      : Array.from({ length: 15 }, (_, i) => 16 * (i + 1));
  const seconds = Array.from({ length: 50 }, (_, i) => `10.${77 + i}`);
  const others = Array.from({ length: 16 }, (_, i) => `172.${31 - i}`);
  for (const start of [...seconds, ...others, '192.168']) {
    for (const third of thirds) yield parseIpv4Subnet(`${start}.${third}.0/${prefix}`);
  }
}

export interface ChosenNetworks {
  readonly subnets: readonly Ipv4Subnet[];
  /** A route that covers what was chosen, when nothing private is free of routes. */
  readonly covered?: string;
}

function choose(count: number, prefix: 24 | 20, used: readonly Subnet[]): Ipv4Subnet[] {
  const chosen: Ipv4Subnet[] = [];
  for (const subnet of candidates(prefix)) {
    if (chosen.length === count) break;
    if (![...used, ...chosen].some((other) => subnetsOverlap(other, subnet))) chosen.push(subnet);
  }
  return chosen;
}

/**
 * Networks that clash with none of `used`. Some hosts have routes to all of 10.0.0.0/8 and its like (a VPN): then wide
 * routes are passed over, because the segment's own route is narrower and wins. Throws `conflict` when nothing is free.
 */
export function chooseSubnets(count: number, prefix: 24 | 20, used: readonly Subnet[]): ChosenNetworks {
  const free = choose(count, prefix, used);
  if (free.length === count) return { subnets: free };
  const narrow = used.filter((network) => network.family === 6 || network.prefix > 16);
  const subnets = choose(count, prefix, narrow);
  const wide = used.find((network) => subnets.some((subnet) => subnetsOverlap(network, subnet)));
  if (subnets.length < count || !wide) {
    throw new AppError(
      'conflict',
      `No private /${prefix} network is free: this host has addresses in or routes to all of them.`,
    );
  }
  return { subnets, covered: wide.text };
}

/** `count` networks of a unique local /48 (RFC 4193) made of 40 random bits. `random` gives five octets. */
export function chooseSubnets6(count: number, used: readonly Subnet[], random: () => Uint8Array): Ipv6Subnet[] {
  for (;;) {
    const bits = random().reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
    const site = (0xfdn << 120n) | (bits << 80n);
    const subnets = Array.from({ length: count }, (_, i) =>
      parseIpv6Subnet(`${ipv6FromInteger(site | (BigInt(i + 1) << 68n))}/64`),
    );
    if (!subnets.some((subnet) => used.some((other) => subnetsOverlap(other, subnet)))) return subnets;
  }
}
