import { AppError } from '../errors/app-error.ts';
import {
  type Ipv4Address,
  type Ipv6Address,
  ipv4FromInteger,
  ipv4ToInteger,
  ipv6FromInteger,
  ipv6ToInteger,
  parseIpv4,
  parseIpv6,
} from './ip-address.ts';
import { quoteValue } from './quote-value.ts';

/** An IPv4 network. `text` is canonical (`10.77.10.0/24`); first and last include network and broadcast address. */
export interface Ipv4Subnet {
  readonly family: 4;
  readonly text: string;
  readonly prefix: number;
  readonly first: number;
  readonly last: number;
}

/** An IPv6 network. `text` is canonical (`fd00:77:10::/64`). */
export interface Ipv6Subnet {
  readonly family: 6;
  readonly text: string;
  readonly prefix: number;
  readonly first: bigint;
  readonly last: bigint;
}

export type Subnet = Ipv4Subnet | Ipv6Subnet;

function splitPrefix(text: string, longest: number): [string, number] {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const prefix = Number(match?.[2]);
  if (!match || prefix > longest) {
    throw new AppError(
      'value-invalid',
      `subnet ${quoteValue(text)} is not an address and a prefix length from 0 to ${longest}, such as "${longest === 32 ? '10.77.10.0/24' : 'fd00:77:10::/64'}"`,
    );
  }
  return [match[1] as string, prefix];
}

/** Throws `value-invalid` when host bits are set, and says what the network would be. */
export function parseIpv4Subnet(text: string): Ipv4Subnet {
  const [address, prefix] = splitPrefix(text, 32);
  const value = ipv4ToInteger(parseIpv4(address));
  const size = 2 ** (32 - prefix);
  const first = value - (value % size);
  if (first !== value) {
    throw new AppError(
      'value-invalid',
      `subnet ${quoteValue(text)} has host bits set; the network of that address is "${ipv4FromInteger(first)}/${prefix}"`,
    );
  }
  return { family: 4, text: `${address}/${prefix}`, prefix, first, last: first + size - 1 };
}

export function parseIpv6Subnet(text: string): Ipv6Subnet {
  const [address, prefix] = splitPrefix(text, 128);
  const value = ipv6ToInteger(parseIpv6(address));
  const size = 1n << BigInt(128 - prefix);
  const first = value - (value % size);
  if (first !== value) {
    throw new AppError(
      'value-invalid',
      `subnet ${quoteValue(text)} has host bits set; the network of that address is "${ipv6FromInteger(first)}/${prefix}"`,
    );
  }
  return { family: 6, text: `${ipv6FromInteger(first)}/${prefix}`, prefix, first, last: first + size - 1n };
}

/** A subnet of either family; a bare address is a subnet of one address. */
export function parseSubnet(text: string): Subnet {
  if (text.includes(':')) return parseIpv6Subnet(text.includes('/') ? text : `${text}/128`);
  return parseIpv4Subnet(text.includes('/') ? text : `${text}/32`);
}

export function subnetHolds(subnet: Subnet, address: Ipv4Address | Ipv6Address): boolean {
  if (subnet.family === 4) {
    if (address.includes(':')) return false;
    const value = ipv4ToInteger(address as Ipv4Address);
    return value >= subnet.first && value <= subnet.last;
  }
  if (!address.includes(':')) return false;
  const value = ipv6ToInteger(address as Ipv6Address);
  return value >= subnet.first && value <= subnet.last;
}

export function subnetsOverlap(a: Subnet, b: Subnet): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** The gateway of a segment: the first usable address. */
export function gatewayOf(subnet: Ipv4Subnet): Ipv4Address {
  return ipv4FromInteger(subnet.first + 1);
}

export function gateway6Of(subnet: Ipv6Subnet): Ipv6Address {
  return ipv6FromInteger(subnet.first + 1n);
}
