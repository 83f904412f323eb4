import { AppError } from '../../errors/app-error.ts';
import { type Ipv4Address, type Ipv6Address, parseIpv4, parseIpv6 } from '../../model/ip-address.ts';
import { type InterfaceName, parseInterfaceName } from '../../model/names.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { parseIpv4Subnet, parseIpv6Subnet, subnetHolds } from '../../model/subnet.ts';
import type { FoundUplink } from '../findings.ts';
import { macOf, type ShownAddress, type ShownLink, type ShownRoute } from './parse-network.ts';

/** Networks whose addresses the world cannot reach (RFC 6890). */
const notPublic = [
  [parseIpv4Subnet('10.0.0.0/8'), 'private (RFC 1918)'],
  [parseIpv4Subnet('172.16.0.0/12'), 'private (RFC 1918)'],
  [parseIpv4Subnet('192.168.0.0/16'), 'private (RFC 1918)'],
  [parseIpv4Subnet('100.64.0.0/10'), "a carrier's, behind its NAT (RFC 6598)"],
] as const;
const globalUnicast6 = parseIpv6Subnet('2000::/3');

interface DefaultRoute {
  readonly device: string;
  readonly gateway?: string;
  readonly source?: string;
  readonly metric: number;
}

/** Unicast default routes of the main table, best first. */
function defaultRoutes(routes: readonly ShownRoute[]): DefaultRoute[] {
  return routes
    .filter((route) => route.dst === 'default' && (route.type ?? 'unicast') === 'unicast')
    .filter((route) => route.table === undefined || route.table === 'main')
    .flatMap((route): DefaultRoute[] => {
      const [hop] = route.nexthops ?? [];
      const device = route.dev ?? hop?.dev;
      if (device === undefined) return [];
      const gateway = route.gateway ?? route.via?.host ?? hop?.gateway;
      return [
        {
          device,
          metric: route.metric ?? 0,
          ...(gateway === undefined ? {} : { gateway }),
          ...(route.prefsrc === undefined ? {} : { source: route.prefsrc }),
        },
      ];
    })
    .sort((a, b) => a.metric - b.metric);
}

const refuse = (message: string): never => {
  throw new AppError('uplink-unsuitable', message);
};

function linkOf(links: readonly ShownLink[], name: string): ShownLink {
  return (
    links.find((link) => link.ifname === name) ??
    refuse(`Interface ${quoteValue(name)} is not on this host; it has ${links.map((link) => link.ifname).join(', ')}.`)
  );
}

const usable = (address: ShownAddress): boolean =>
  address.scope === 'global' && !address.temporary && !address.deprecated && address.local !== undefined;

function chooseIpv4(link: ShownLink, source: string | undefined): { ipv4: Ipv4Address; shown: ShownAddress } {
  const found = (link.addr_info ?? []).filter((address) => address.family === 'inet' && usable(address));
  const shown = found.find((address) => address.local === source) ?? found[0];
  if (!shown) {
    return refuse(
      `The uplink ${quoteValue(link.ifname)} has no IPv4 address that could be shared; expected one of global scope, such as 203.0.113.10/24.`,
    );
  }
  return { ipv4: parseIpv4(shown.local as string), shown };
}

/** An address of the world first, then one of a site (RFC 4193). None without a default route of IPv6. */
function chooseIpv6(link: ShownLink, routes: readonly ShownRoute[]): Ipv6Address | undefined {
  if (!defaultRoutes(routes).some((route) => route.device === link.ifname)) return undefined;
  const found = (link.addr_info ?? [])
    .filter((address) => address.family === 'inet6' && usable(address))
    .map((address) => parseIpv6(address.local as string));
  return found.find((address) => subnetHolds(globalUnicast6, address)) ?? found[0];
}

/**
 * The interface that the default route leaves by (or `wanted`), and the addresses on it that can be shared. Throws
 * `uplink-unsuitable` when there is none, it has no IPv4 address, or it is no Ethernet device.
 */
export function chooseUplink(
  links: readonly ShownLink[],
  routes4: readonly ShownRoute[],
  routes6: readonly ShownRoute[],
  wanted?: InterfaceName,
): FoundUplink {
  const defaults = defaultRoutes(routes4);
  const route = wanted === undefined ? defaults[0] : defaults.find(({ device }) => device === wanted);
  const name = wanted ?? route?.device ?? refuse('This host has no IPv4 default route, so its uplink is not known.');
  const link = linkOf(links, name);
  if (link.link_type !== 'ether' || macOf(link.address) === undefined) {
    refuse(
      `The uplink ${quoteValue(name)} is of link type ${quoteValue(link.link_type)} and has no MAC address; expected an Ethernet device.`,
    );
  }
  const { ipv4, shown } = chooseIpv4(link, route?.source);
  const ipv6 = chooseIpv6(link, routes6);
  const kind = notPublic.find(([network]) => subnetHolds(network, ipv4))?.[1];
  return {
    interface: parseInterfaceName(name),
    ipv4,
    ...(ipv6 === undefined ? {} : { ipv6 }),
    ...(kind === undefined ? {} : { notPublic: kind }),
    dynamic: shown.dynamic === true,
    ...(route?.gateway === undefined ? {} : { gateway: route.gateway }),
    others: (link.addr_info ?? []).flatMap((address) =>
      address.family === 'inet' && usable(address) && address.local !== ipv4
        ? [parseIpv4(address.local as string)]
        : [],
    ),
    mtu: link.mtu,
    ports: links.flatMap((other) => (other.master === name ? other.ifname : [])),
  };
}
