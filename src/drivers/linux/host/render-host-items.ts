import type { DesiredNic, DesiredSegment, DesiredState } from '../../../model/desired-state.ts';
import { linkLocal } from '../../../model/ip-address.ts';
import { markFamily, markFamilyMask, markMask, markOf, sameAddressGateway } from '../../../model/same-address.ts';
import { rulePreferences, tableOf } from '../marks.ts';
import { bridgeMac } from './bridge-mac.ts';
import type { HostItem, PortFlags, RuleItem } from './host-item.ts';
import { renderSysctls } from './render-sysctls.ts';

/** Nothing is learned and nothing unknown is flooded: where a MAC lives is what the site says, and only that. */
export const guardedPort: PortFlags = {
  learning: false,
  flood: false,
  mcastFlood: true,
  bcastFlood: true,
  // With br_netfilter loaded a guest that uses its own published port is sent back out of the port it came in by.
  // What else would come back (its own broadcasts) the guard drops: chain `reflected`.
  hairpin: true,
  guard: true,
  rootBlock: true,
  locked: true,
  // All but pause frames, which the kernel drops. Otherwise such frames get to the host past every hook of the bridge,
  // as if they came by the bare port: an IP packet in one would have any source.
  groupForwardMask: 0xfffd,
};

function renderSegment(site: string, segment: DesiredSegment, sharing: boolean): HostItem[] {
  const { bridge, gateway, gateway6, subnet, subnet6 } = segment;
  const items: HostItem[] = [
    {
      kind: 'bridge',
      name: bridge,
      mac: bridgeMac(site, segment.name),
      mtu: segment.mtu,
      stp: false,
      forwardDelay: 0,
      groupForwardMask: 0,
      addressGeneration: gateway6 === undefined ? 'none' : 'eui64',
    },
    { kind: 'link-up', device: bridge },
    { kind: 'address', device: bridge, address: `${gateway}/${subnet.prefix}`, family: 4, scope: 'global' },
  ];
  if (gateway6 !== undefined && subnet6 !== undefined) {
    items.push({
      kind: 'address',
      device: bridge,
      address: `${gateway6}/${subnet6.prefix}`,
      family: 6,
      scope: 'global',
    });
  }
  if (sharing) {
    items.push({ kind: 'address', device: bridge, address: `${sameAddressGateway}/32`, family: 4, scope: 'link' });
  }
  return items;
}

function renderNic(nic: DesiredNic, mtu: number): HostItem[] {
  const { bridge, port, mac, also, ipv4, ipv6 } = nic;
  return [
    { kind: 'port', device: port, bridge, flags: guardedPort, mtu, addressGeneration: 'none', up: true },
    { kind: 'fdb', port, mac },
    ...(also === undefined ? [] : [{ kind: 'fdb', port, mac: also } as const]),
    { kind: 'neighbour', device: bridge, ip: ipv4, mac },
    ...(ipv6 === undefined ? [] : [{ kind: 'neighbour', device: bridge, ip: ipv6, mac } as const]),
    // The kernel would go on sending to the old MAC address for some seconds.
    ...(ipv6 === undefined || also === undefined
      ? []
      : [mac, also].map((own) => ({ kind: 'neighbour', device: bridge, ip: linkLocal(own), mac }) as const)),
  ];
}

/**
 * A same-address guest's packets are told by their mark and routed by a table of their own, which must come before the
 * `local` table; that table moves behind them. Packets without such a mark skip the per-guest rules.
 */
function renderSameAddress(desired: DesiredState): HostItem[] {
  const guests = [...desired.sameAddress.values()];
  if (guests.length === 0) return [];
  const local: RuleItem = { kind: 'rule', preference: rulePreferences.local, action: { table: 'local' } };
  return [
    ...guests.map(
      (guest): HostItem => ({
        kind: 'route',
        table: tableOf(guest.shareId),
        destination: desired.uplink.ipv4,
        via: guest.nextHop,
        device: guest.bridge,
      }),
    ),
    local,
    {
      kind: 'rule',
      preference: rulePreferences.skip,
      not: true,
      mark: markFamily,
      mask: markFamilyMask,
      action: { goto: rulePreferences.local },
    },
    ...guests.map(
      (guest): HostItem => ({
        kind: 'rule',
        preference: rulePreferences.guest,
        mark: markOf(guest.shareId),
        mask: markMask,
        action: { table: String(tableOf(guest.shareId)) },
      }),
    ),
    { ...local, preference: 0, absent: true },
  ];
}

/** Everything of a site that is neither nftables nor a service, in the order in which a fresh host takes it. Pure. */
export function renderHostItems(desired: DesiredState): HostItem[] {
  const sharing = new Set([...desired.sameAddress.values()].map((guest) => guest.bridge));
  const mtus = new Map([...desired.segments.values()].map((segment) => [segment.bridge, segment.mtu]));
  return [
    ...[...desired.segments.values()].flatMap((segment) =>
      renderSegment(desired.site, segment, sharing.has(segment.bridge)),
    ),
    ...renderSysctls(desired),
    ...[...desired.nics.values()].flatMap((nic) => renderNic(nic, mtus.get(nic.bridge) ?? 1500)),
    ...renderSameAddress(desired),
  ];
}
