import type { LeaseView } from '../../client/client.ts';

/** Addresses by the name that they have in the site. */
type AddressNames = ReadonlyMap<string, string>;

/** Names of NICs and of the host; what two of them have (the shared address of same-address guests) stays an address. */
export function namesOf(leases: readonly LeaseView[]): AddressNames {
  const names = new Map<string, string>();
  for (const { guest, nic, mac, ipv4, ipv6 } of leases) {
    for (const address of [mac, ipv4, ipv6])
      if (address !== undefined) names.set(address.toLowerCase(), `${guest}/${nic}`);
  }
  return names;
}

const mac = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/g;
/** tcpdump writes a port as one more part: `10.77.10.5.40000`. */
const ipv4 = /\b(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?:\.(\d{1,5}))?\b/g;
const ipv6 = /(?<![\w:.])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?:\.(\d{1,5}))?(?![\w:])/g;

/** One line of tcpdump with guests' names in place of their addresses; a port follows a colon. */
export function nameLine(line: string, names: AddressNames): string {
  const withPort = (whole: string, address: string, port?: string): string => {
    const name = names.get(address);
    if (name === undefined) return whole;
    return port === undefined ? name : `${name}:${port}`;
  };
  return line
    .replace(mac, (address) => names.get(address) ?? address)
    .replace(ipv4, withPort)
    .replace(ipv6, withPort);
}
