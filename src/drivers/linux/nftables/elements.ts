import type {
  DesiredBlock,
  DesiredForward,
  DesiredNic,
  DesiredSameAddress,
  DesiredSegment,
} from '../../../model/desired-state.ts';
import { type Ipv6Address, ipv6ToInteger } from '../../../model/ip-address.ts';
import { macToInteger } from '../../../model/mac-address.ts';
import { portCount, renderPortRange } from '../../../model/port-range.ts';
import { type Rate, renderRate } from '../../../model/quantity.ts';
import { markOf } from '../../../model/same-address.ts';
import type { GuestLimits, Limits, Uplink } from '../../../model/site.ts';
import { type Chain, type Declaration, type Element, type Family, type Fragment, quoted } from './fragment.ts';
import { classOf, hasOwnClass } from './limit-classes.ts';
import { classVerdicts } from './limit-rules.ts';
import { openSourceElements } from './open-ports.ts';
import { blockChains6, blockElements4, shareBlockElements } from './source-translation.ts';
import { udpChain } from './udp-times.ts';

const element = (family: Family, set: string, key: string, value?: string): Element =>
  value === undefined ? { family, set, key } : { family, set, key, value };
const fragment = (elements: Element[], declarations: Declaration[] = [], chains: Chain[] = []): Fragment => ({
  elements,
  declarations,
  chains,
});

export const stormName = (rate: Rate): string => `storm_${rate.count}_${rate.per}`;

export function uplinkFragment(uplink: Uplink): Fragment {
  return fragment([
    element('inet', 'shared4', uplink.ipv4),
    element('bridge', 'shared4', uplink.ipv4),
    ...(uplink.ipv6 ? [element('inet', 'shared6', uplink.ipv6)] : []),
  ]);
}

export function segmentFragment(segment: DesiredSegment, limits: Limits): Fragment {
  const bridge = quoted(segment.bridge);
  return fragment([
    element('bridge', 'bridges', bridge),
    element('inet', 'bridges', bridge),
    element('inet', 'same_segment', `${bridge} . ${bridge}`),
    element('inet', 'inner4', segment.subnet.text),
    ...(segment.subnet6 ? [element('inet', 'inner6', segment.subnet6.text)] : []),
    ...(segment.udp === undefined || segment.udp === limits.udp
      ? []
      : [element('inet', 'segment_udp', bridge, `jump ${udpChain(segment.udp)}`)]),
  ]);
}

/** 128-bit value as nft writes raw payload. */
const raw = (address: Ipv6Address): string => `0x${ipv6ToInteger(address).toString(16)}`;

/** What leads a guest with limits of its own to them. */
function ownLimits(
  suffix: '4' | '6' | '_shared',
  key: string | undefined,
  limits: Limits,
  own: GuestLimits | undefined,
): Element[] {
  if (key === undefined || !hasOwnClass(limits, own)) return [];
  return classVerdicts(suffix, classOf(limits, own)).map(({ map, verdict }) => element('inet', map, key, verdict));
}

/** What one NIC may send: its MAC, its addresses, as sender of ARP and ND too. During a rotation it has two MACs. */
export function nicFragment(nic: DesiredNic, { storm }: DesiredSegment, limits: Limits): Fragment {
  const port = quoted(nic.port);
  const macs = nic.also ? [nic.mac, nic.also] : [nic.mac];
  return fragment([
    element('bridge', 'ports', port),
    element('bridge', 'same_port', `${port} . ${port}`),
    element('bridge', 'storm_class', port, `jump ${stormName(storm)}`),
    ...ownLimits('4', nic.share === 'nat' ? nic.ipv4 : undefined, limits, nic.limits),
    ...ownLimits('6', nic.ipv6, limits, nic.limits),
    ...macs.flatMap((mac) => [
      element('bridge', 'nic_mac', `${port} . ${mac}`),
      element('bridge', 'nic_link', `${port} . 0x${macToInteger(mac).toString(16)}`),
      ...nic.sources4.map((address) => element('bridge', 'nic_ipv4', `${port} . ${mac} . ${address}`)),
      ...nic.sources6.flatMap((address) => [
        element('bridge', 'nic_ipv6', `${port} . ${mac} . ${address}`),
        element('bridge', 'nic_target', `${port} . ${mac} . ${raw(address)}`),
      ]),
      ...(nic.also ? [element('bridge', 'rotating', `${port} . ${mac}`)] : []),
    ]),
  ]);
}

/**
 * Source ports of one guest. IPv6 takes a chain per block behind one verdict map, because nft 1.0.6 compiles a map to
 * `interval ipv6_addr . inet_service` into registers that it never loads (the kernel answers ENODATA).
 */
export function blockFragment(block: DesiredBlock, uplink: Uplink, limits: Limits): Fragment {
  const elements = [...blockElements4(block, uplink, limits), ...openSourceElements(block)];
  if (!uplink.ipv6 || block.inner6.length === 0) return fragment(elements);
  const chains = blockChains6(block, uplink, limits);
  const [{ name }] = chains as [Chain];
  return fragment(
    [...elements, ...block.inner6.map((inner) => element('inet', 'block6', inner, `goto ${name}`))],
    [],
    chains,
  );
}

export function sameAddressFragment(share: DesiredSameAddress, uplink: Uplink, limits: Limits): Fragment {
  const mark = markOf(share.shareId);
  const macs = share.also ? [share.mac, share.also] : [share.mac];
  const own = share.ports.flatMap((ports) =>
    (['tcp', 'udp'] as const).flatMap((protocol) => [
      element('inet', 'share_port', `${protocol} . ${renderPortRange(ports)}`, String(mark)),
      // Always a range: nft 1.0.6 does not find an element of single values again whose first field is in the host's
      // byte order (mark), so it could not be deleted.
      element('inet', 'share_source', `${mark} . ${protocol} . ${ports.first}-${ports.last}`),
    ]),
  );
  return fragment([
    ...macs.flatMap((mac) => [
      element('inet', 'share_zone', `${quoted(share.bridge)} . ${mac}`, String(share.shareId)),
      element('inet', 'share_mark', `${quoted(share.bridge)} . ${mac}`, String(mark)),
    ]),
    ...shareBlockElements(mark, share, uplink, limits),
    ...own,
    ...ownLimits('_shared', String(mark), limits, share.limits),
  ]);
}

function translations(forward: DesiredForward, family: 4 | 6, to: string): Element[] {
  const { protocol, ports, toFirst } = forward;
  if (ports.first !== ports.last && toFirst === ports.first) {
    return [element('inet', `forward_range${family}`, `${protocol} . ${renderPortRange(ports)}`, to)];
  }
  // nft has no port offset for a range (NF_NAT_RANGE_PROTO_OFFSET), so a shifted range is one element a port.
  return Array.from({ length: portCount(ports) }, (_, i) =>
    element('inet', `forward${family}`, `${protocol} . ${ports.first + i}`, `${to} . ${toFirst + i}`),
  );
}

export function forwardFragment(forward: DesiredForward): Fragment {
  const ports = `${forward.protocol} . ${renderPortRange(forward.ports)}`;
  const elements = translations(forward, 4, forward.to4);
  if (forward.to6) elements.push(...translations(forward, 6, forward.to6));
  if (forward.restricted) elements.push(element('inet', 'restricted', ports));
  for (const subnet of forward.from4) elements.push(element('inet', 'allowed_source4', `${ports} . ${subnet.text}`));
  for (const subnet of forward.from6) elements.push(element('inet', 'allowed_source6', `${ports} . ${subnet.text}`));
  if (!forward.rate) return fragment(elements);
  // The rate is part of the name: a limit in use cannot be changed, so another rate is another limit.
  const name = `rate_${forward.protocol}_${forward.ports.first}_${forward.rate.count}_${forward.rate.per}`;
  elements.push(element('inet', 'forward_rate', ports, quoted(name)));
  const body = `rate over ${renderRate(forward.rate)} burst ${forward.rate.count} packets;`;
  return fragment(elements, [{ family: 'inet', kind: 'limit', name, body }]);
}
