import { type IpAddress, ipv4ToInteger, ipv6ToInteger } from '../ip-address.ts';
import { isMulticast, type MacAddress } from '../mac-address.ts';
import { quoteValue } from '../quote-value.ts';
import { type Nic, nicId, type Segment } from '../site.ts';
import { gateway6Of, gatewayOf, subnetHolds } from '../subnet.ts';
import type { Report } from './report.ts';
import type { SiteIndex } from './site-index.ts';

/** Why no NIC can have a MAC address. */
export function reasonAgainstMac(mac: MacAddress): string | undefined {
  if (mac === '00:00:00:00:00:00') return 'is the null address';
  return isMulticast(mac) ? 'is a group address (bit 0 of the first octet is set)' : undefined;
}

function checkMac(path: string, mac: MacAddress, report: Report): void {
  const broken = reasonAgainstMac(mac);
  if (broken)
    report.error(path, `MAC address "${mac}" ${broken}; a NIC needs a unicast address`, mac, 'a unicast address');
}

/** Why a NIC of the segment cannot have the IPv4 address. */
export function reasonAgainst4(address: Nic['ip'] & {}, { subnet }: Segment): string | undefined {
  if (!subnetHolds(subnet, address)) return `is outside the subnet ${subnet.text}`;
  if (address === gatewayOf(subnet)) return `is the gateway of ${subnet.text}`;
  const value = ipv4ToInteger(address);
  if (value === subnet.first) return `is the network address of ${subnet.text}`;
  return value === subnet.last ? `is the broadcast address of ${subnet.text}` : undefined;
}

/** The same for IPv6. */
export function reasonAgainst6(address: Nic['ip6'] & {}, { name, subnet6 }: Segment): string | undefined {
  if (!subnet6) return `needs a "subnet6" in segment ${quoteValue(name)}`;
  if (!subnetHolds(subnet6, address)) return `is outside the subnet ${subnet6.text}`;
  if (address === gateway6Of(subnet6)) return `is the gateway of ${subnet6.text}`;
  return ipv6ToInteger(address) === subnet6.first
    ? `is the router anycast address of ${subnet6.text} (RFC 4291)`
    : undefined;
}

function checkAddress(
  path: string,
  address: IpAddress,
  reason: string | undefined,
  expected: string,
  report: Report,
): void {
  if (reason) report.error(path, `address ${address} ${reason}`, address, expected);
}

/** Explicit MAC and IP addresses of NICs can be theirs, and no two NICs have the same. */
export function checkNicAddresses({ site, segments, unread, report }: SiteIndex): void {
  const holders = new Map<string, string>();
  const hold = (path: string, kind: string, address: string, nic: string): void => {
    const holder = holders.get(address);
    if (holder === undefined) holders.set(address, nic);
    else
      report.error(
        path,
        `${kind} ${address} is already that of NIC "${holder}"`,
        address,
        'an address that no other NIC has',
      );
  };
  for (let g = 0; g < site.guests.length; g++) {
    const { name, nics } = site.guests[g] as (typeof site.guests)[number];
    for (let n = 0; n < nics.length; n++) {
      const { mac, ip, ip6, segment: segmentName } = nics[n] as Nic;
      if (mac === undefined && ip === undefined && ip6 === undefined) continue;
      const path = `guests[${g}].nics[${n}]`;
      const segment = segments.get(segmentName);
      const nic = nicId(name, n);
      if (mac !== undefined) {
        checkMac(`${path}.mac`, mac, report);
        hold(`${path}.mac`, 'MAC address', mac, nic);
      }
      if (ip !== undefined) {
        if (segment)
          checkAddress(
            `${path}.ip`,
            ip,
            reasonAgainst4(ip, segment),
            `a free address of ${segment.subnet.text}`,
            report,
          );
        hold(`${path}.ip`, 'IP address', ip, nic);
      }
      if (ip6 !== undefined) {
        const expected = segment?.subnet6 ? `a free address of ${segment.subnet6.text}` : 'no IPv6 address';
        const known = segment && (segment.subnet6 || !unread.gapsOf(segment)?.has('subnet6'));
        if (known) checkAddress(`${path}.ip6`, ip6, reasonAgainst6(ip6, segment), expected, report);
        hold(`${path}.ip6`, 'IP address', ip6, nic);
      }
    }
  }
}
