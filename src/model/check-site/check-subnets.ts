import { quoteValue } from '../quote-value.ts';
import { parseIpv4Subnet, parseIpv6Subnet, type Subnet, subnetHolds, subnetsOverlap } from '../subnet.ts';
import type { Report } from './report.ts';
import type { SiteIndex } from './site-index.ts';

/** Networks that no host may have addresses in, and what they are for (RFC 6890). */
const reserved: readonly (readonly [Subnet, string])[] = [
  [parseIpv4Subnet('0.0.0.0/8'), 'stands for "this network" (RFC 791)'],
  [parseIpv4Subnet('127.0.0.0/8'), 'is loopback (RFC 1122)'],
  [parseIpv4Subnet('169.254.0.0/16'), 'is link-local (RFC 3927)'],
  [parseIpv4Subnet('224.0.0.0/4'), 'is multicast (RFC 5771)'],
  [parseIpv4Subnet('240.0.0.0/4'), 'is reserved (RFC 1112)'],
  [parseIpv6Subnet('::/8'), 'is reserved (RFC 4291)'],
  [parseIpv6Subnet('fe80::/10'), 'is link-local (RFC 4291)'],
  [parseIpv6Subnet('ff00::/8'), 'is multicast (RFC 4291)'],
];

interface PlacedSubnet {
  readonly subnet: Subnet;
  readonly segment: string;
  readonly path: string;
  readonly order: number;
}

/** Sorted by first address, a network can only overlap the one before it that reaches farthest. */
function checkOverlaps(subnets: PlacedSubnet[], report: Report): void {
  subnets.sort((a, b) =>
    a.subnet.first < b.subnet.first ? -1 : a.subnet.first > b.subnet.first ? 1 : a.order - b.order,
  );
  let farthest: PlacedSubnet | undefined;
  for (const here of subnets) {
    if (farthest && subnetsOverlap(farthest.subnet, here.subnet)) {
      const [earlier, later] = farthest.order < here.order ? [farthest, here] : [here, farthest];
      report.error(
        later.path,
        `subnet ${later.subnet.text} of segment ${quoteValue(later.segment)} overlaps ${earlier.subnet.text} of segment ${quoteValue(earlier.segment)}`,
        later.subnet.text,
        'a network that no other segment uses',
      );
    }
    if (!farthest || here.subnet.last > farthest.subnet.last) farthest = here;
  }
}

function checkSubnet({ subnet, path }: PlacedSubnet, { site, report }: SiteIndex): void {
  const holder = reserved.find(([network]) => subnetsOverlap(network, subnet));
  if (holder) {
    const message = `subnet ${subnet.text} cannot be used: ${holder[0].text} ${holder[1]}`;
    report.error(path, message, subnet.text, 'a network for hosts, such as "10.77.10.0/24" or "fd00:77:10::/64"');
  }
  const longest = subnet.family === 4 ? 30 : 126;
  if (subnet.prefix > longest) {
    const message = `subnet ${subnet.text} is too small: it has no room for a gateway and a NIC`;
    report.error(path, message, `/${subnet.prefix}`, `a prefix length of at most ${longest}`);
  }
  const shared = subnet.family === 4 ? site.uplink?.ipv4 : site.uplink?.ipv6;
  if (shared && subnetHolds(subnet, shared)) {
    const message = `subnet ${subnet.text} holds the shared address ${shared}`;
    report.error(path, message, subnet.text, 'a network without the shared address');
  }
}

function checkShared({ site, report }: SiteIndex): void {
  const { uplink } = site;
  if (!uplink) return;
  for (const address of [uplink.ipv4, ...(uplink.ipv6 ? [uplink.ipv6] : [])]) {
    const holder = reserved.find(([network]) => subnetHolds(network, address));
    if (!holder) continue;
    const message = `address ${address} cannot be shared: ${holder[0].text} ${holder[1]}`;
    report.error('uplink.shared', message, address, 'an address of the uplink, such as "203.0.113.10"');
  }
}

/** Networks of segments are usable, apart from each other, and apart from the shared address. */
export function checkSubnets(index: SiteIndex): void {
  const { site, report } = index;
  checkShared(index);
  const all: PlacedSubnet[] = [];
  site.segments.forEach(({ name, subnet, subnet6, dhcp, mtu }, i) => {
    all.push({ subnet, segment: name, path: `segments[${i}].subnet`, order: i });
    if (!subnet6) return;
    all.push({ subnet: subnet6, segment: name, path: `segments[${i}].subnet6`, order: i });
    if (dhcp && subnet6.prefix !== 64) {
      const message = `subnet ${subnet6.text} cannot be advertised: autoconfiguration needs a /64 (RFC 4862), and DHCP is on`;
      report.error(`segments[${i}].subnet6`, message, `/${subnet6.prefix}`, 'a prefix length of 64');
    }
    if (mtu < 1280) {
      const message = `MTU ${mtu} is too small for the IPv6 network ${subnet6.text} (RFC 8200)`;
      report.error(`segments[${i}].mtu`, message, String(mtu), 'at least 1280');
    }
  });
  for (const subnet of all) checkSubnet(subnet, index);
  checkOverlaps(
    all.filter(({ subnet }) => subnet.family === 4),
    report,
  );
  checkOverlaps(
    all.filter(({ subnet }) => subnet.family === 6),
    report,
  );
}
