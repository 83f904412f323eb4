import { type IpAddress, ipv4FromInteger, ipv6FromInteger, parseIp } from '../../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../model/mac-address.ts';
import { parseSubnet, type Subnet } from '../../model/subnet.ts';

/** The part of `ip -d -j address show` (iproute2 6.1) that is read here. */
export interface ShownLink {
  readonly ifname: string;
  readonly link_type: string;
  readonly mtu: number;
  readonly address?: string;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly ShownAddress[];
}

export interface ShownAddress {
  readonly family: 'inet' | 'inet6';
  readonly local?: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly dynamic?: boolean;
  readonly temporary?: boolean;
  readonly deprecated?: boolean;
  readonly tentative?: boolean;
}

/** The part of `ip -j route show table all` that is read here. */
export interface ShownRoute {
  readonly dst: string;
  readonly type?: string;
  readonly gateway?: string;
  readonly via?: { readonly host?: string };
  readonly dev?: string;
  readonly prefsrc?: string;
  readonly metric?: number;
  readonly table?: string;
  readonly nexthops?: readonly { readonly dev?: string; readonly gateway?: string }[];
}

/** iproute2 prints nothing for an empty answer, and `{}` for what a filter leaves out. */
export function parseList<T extends object>(text: string, key: keyof T): T[] {
  return (JSON.parse(text.trim() || '[]') as Partial<T>[]).filter((entry): entry is T => entry[key] !== undefined);
}

/** A MAC address, or undefined for what is none: a tunnel's address, twenty octets of InfiniBand, text. */
export function macOf(text: string | undefined): MacAddress | undefined {
  if (text === undefined || !/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) return undefined;
  return parseMacAddress(text);
}

/** The network of an address with its prefix length; host bits do not matter. */
export function networkOf(address: string, prefix: number): Subnet {
  const whole = parseIp(address).includes(':') ? 128 : 32;
  const subnet = parseSubnet(`${address}/${whole}`);
  if (subnet.family === 4) {
    const size = 2 ** (32 - prefix);
    const first = subnet.first - (subnet.first % size);
    return { family: 4, text: `${ipv4FromInteger(first)}/${prefix}`, prefix, first, last: first + size - 1 };
  }
  const size = 1n << BigInt(128 - prefix);
  const first = subnet.first - (subnet.first % size);
  return { family: 6, text: `${ipv6FromInteger(first)}/${prefix}`, prefix, first, last: first + size - 1n };
}

/** Networks that the host has addresses in or routes to, in any table; default routes lead everywhere and do not count. */
export function networksInUse(links: readonly ShownLink[], routes: readonly ShownRoute[]): Subnet[] {
  const own = links.flatMap((link) =>
    (link.addr_info ?? []).flatMap(({ local, prefixlen }) =>
      local === undefined ? [] : [networkOf(local, prefixlen)],
    ),
  );
  const routed = routes.flatMap(({ dst, type }) => {
    if (dst === 'default' || type === 'broadcast' || type === 'multicast' || type === 'anycast') return [];
    const [address = '', prefix] = dst.split('/');
    return [networkOf(address, prefix === undefined ? (address.includes(':') ? 128 : 32) : Number(prefix))];
  });
  return [...own, ...routed];
}

/** Reads `ip -j neighbour show`. */
export function parseNeighbours(text: string): Map<IpAddress, MacAddress> {
  const found = new Map<IpAddress, MacAddress>();
  for (const { dst, lladdr } of parseList<{ dst: string; lladdr?: string }>(text, 'dst')) {
    const mac = macOf(lladdr);
    if (mac) found.set(parseIp(dst), mac);
  }
  return found;
}

/** Reads `bridge -j fdb show`: MAC addresses that were learned on a port of a bridge. */
export function parseLearned(text: string): Map<string, MacAddress[]> {
  const learned = new Map<string, MacAddress[]>();
  type Entry = { mac: string; ifname: string; master?: string; state?: string };
  for (const { mac, ifname, master, state } of parseList<Entry>(text, 'mac')) {
    const read = macOf(mac);
    // `permanent` are the port's own address and group addresses; what has no master is not the bridge's.
    if (!read || master === undefined || state === 'permanent' || state === 'static') continue;
    const list = learned.get(ifname) ?? [];
    if (!list.includes(read)) list.push(read);
    learned.set(ifname, list);
  }
  return learned;
}
