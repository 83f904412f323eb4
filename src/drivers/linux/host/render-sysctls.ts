import type { DesiredState } from '../../../model/desired-state.ts';
import type { Limits } from '../../../model/site.ts';
import type { HostItem, SysctlItem } from './host-item.ts';

const ipv4 = (device: string, name: string, value: number): SysctlItem => ({
  kind: 'sysctl',
  key: `net/ipv4/conf/${device}/${name}`,
  value: String(value),
  ...(device === 'all' ? {} : { device }),
});

const ipv6 = (device: string, name: string, value: number): SysctlItem => ({
  kind: 'sysctl',
  key: `net/ipv6/conf/${device}/${name}`,
  value: String(value),
  ...(device === 'all' ? {} : { device }),
});

/** Settings of one segment's bridge. All are named, so that a bridge whose last same-address guest goes falls back. */
function renderBridgeSysctls(bridge: string, sameAddress: boolean): SysctlItem[] {
  return [
    // A same-address guest's packets come from an address of our own: the source check takes them for martians.
    ipv4(bridge, 'accept_local', sameAddress ? 1 : 0),
    ipv4(bridge, 'rp_filter', sameAddress ? 0 : 1),
    // Answer ARP for addresses of this bridge only, not for the shared address or other segments' gateways ...
    ipv4(bridge, 'arp_ignore', 1),
    // ... and never ask with the shared address as sender: a same-address guest would see a conflict (RFC 5227).
    ipv4(bridge, 'arp_announce', 2),
    // Hairpin flows leave where they came in; a redirect would tell the guest to go around the translation.
    ipv4(bridge, 'send_redirects', 0),
    ipv4(bridge, 'accept_redirects', 0),
    ipv4(bridge, 'proxy_arp', 0),
    // A guest that plays router must not give the host a default route.
    ipv6(bridge, 'accept_ra', 0),
    ipv6(bridge, 'autoconf', 0),
    ipv6(bridge, 'accept_redirects', 0),
  ];
}

/** Keys of the settings that a segment's bridge gets. */
export function bridgeSysctlKeys(bridge: string): string[] {
  return renderBridgeSysctls(bridge, false).map((item) => item.key);
}

/** Entries for what the host itself has open, and what guests ask of it. */
const hostRoom = 32_768;

/** Entries that the kernel's table needs: closed sessions stay in it for a while, and count against no limit. */
const tableSize = ({ sessions }: Limits): number => 2 * sessions + hostRoom;

/** The kernel looks through four entries for one, at worst. It rounds up to pages of 512 buckets. */
const bucketsFor = (entries: number): number => Math.ceil(entries / 4 / 512) * 512;

/** Every kernel setting that the site needs, in the order in which they are to be written. */
export function renderSysctls(desired: DesiredState): HostItem[] {
  const bridges = [...new Set([...desired.segments.values()].map((segment) => segment.bridge))];
  const sharing = new Set([...desired.sameAddress.values()].map((guest) => guest.bridge));
  const routesIpv6 = [...desired.segments.values()].some((segment) => segment.gateway6 !== undefined);
  const { limits, uplink } = desired;
  const conntrack = (name: string, value: number): SysctlItem => ({
    kind: 'sysctl',
    key: `net/netfilter/nf_conntrack_${name}`,
    value: String(value),
  });
  return [
    ...bridges.flatMap((bridge) => renderBridgeSysctls(bridge, sharing.has(bridge))),
    // The kernel takes the larger of `all` and the device's own value; planHost keeps the other devices as they were.
    ...(sharing.size > 0 ? [ipv4('all', 'rp_filter', 0)] : []),
    ipv4('all', 'send_redirects', 0),
    conntrack('tcp_timeout_syn_sent', limits.halfOpen),
    conntrack('tcp_timeout_syn_recv', limits.halfOpen),
    conntrack('tcp_timeout_time_wait', limits.timeWait),
    conntrack('tcp_timeout_established', limits.established),
    conntrack('udp_timeout', limits.udpUnanswered),
    conntrack('udp_timeout_stream', limits.udp),
    conntrack('icmp_timeout', limits.icmp),
    conntrack('icmpv6_timeout', limits.icmp),
    { ...conntrack('buckets', bucketsFor(tableSize(limits))), atLeast: true },
    { ...conntrack('max', tableSize(limits)), atLeast: true },
    // What the log and `sessions` tell: bytes and packets, begin and end. They hold for sessions that begin from now on.
    conntrack('acct', 1),
    conntrack('timestamp', 1),
    // With 2, the kernel's default, a session that began while nobody listened never tells of its end.
    conntrack('events', 1),
    ...(routesIpv6
      ? [
          // A forwarding host ignores router advertisements (and drops the routes it has from them) unless this is 2.
          { ...ipv6(uplink.interface, 'accept_ra', 2), onlyFrom: '1' },
          { ...ipv6('all', 'forwarding', 1), essential: true },
        ]
      : []),
    { kind: 'sysctl', key: 'net/ipv4/ip_forward', value: '1', essential: true },
  ];
}
