import { readFile } from 'node:fs/promises';
import { type Ipv4Address, type Ipv6Address, ipOfBytes } from '../../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../../model/mac-address.ts';

/** RTF_GATEWAY of linux/route.h. */
const throughGateway = 0x2;

/** Gateways of IPv4 default routes at an interface, from the text of /proc/net/route: addresses in host byte order. */
export function parseGateways4(text: string, device: string): Ipv4Address[] {
  return text.split('\n').flatMap((line) => {
    const [name, destination, gateway = '', flags = ''] = line.split(/\s+/);
    if (name !== device || destination !== '00000000' || !(Number.parseInt(flags, 16) & throughGateway)) return [];
    return [ipOfBytes(Buffer.from(gateway, 'hex').reverse()) as Ipv4Address];
  });
}

/** The same of IPv6, from the text of /proc/net/ipv6_route. */
export function parseGateways6(text: string, device: string): Ipv6Address[] {
  return text.split('\n').flatMap((line) => {
    const [destination, length, , , gateway = '', , , , flags = '', name] = line.trim().split(/\s+/);
    const isDefault = /^0+$/.test(destination ?? '') && length === '00';
    if (name !== device || !isDefault || !(Number.parseInt(flags, 16) & throughGateway)) return [];
    return [ipOfBytes(Buffer.from(gateway, 'hex')) as Ipv6Address];
  });
}

/** ATF_COM of linux/if_arp.h: the neighbour has answered. */
const complete = 0x2;

/** MAC addresses that the kernel knows of neighbours at an interface, by IPv4 address, from the text of /proc/net/arp. */
export function parseNeighbours4(text: string, device: string): Map<string, MacAddress> {
  const known = new Map<string, MacAddress>();
  for (const line of text.split('\n')) {
    const [address, type, flags = '', mac, , name] = line.trim().split(/\s+/);
    if (address === undefined || mac === undefined || name !== device || type !== '0x1') continue;
    if (Number.parseInt(flags, 16) & complete) known.set(address, parseMacAddress(mac));
  }
  return known;
}

/** Neighbours of this namespace at an interface. */
export async function readNeighbours4(device: string): Promise<Map<string, MacAddress>> {
  return parseNeighbours4(await readFile('/proc/self/net/arp', 'utf8').catch(() => ''), device);
}

/** Where this namespace's default routes at an interface lead. Empty where there are none, or no IPv6. */
export async function readGateways(device: string): Promise<(Ipv4Address | Ipv6Address)[]> {
  const [four, six] = await Promise.all(
    ['route', 'ipv6_route'].map((file) => readFile(`/proc/self/net/${file}`, 'utf8').catch(() => '')),
  );
  return [...new Set([...parseGateways4(four ?? '', device), ...parseGateways6(six ?? '', device)])];
}
