import { dirname } from 'node:path';
import type { DesiredNic, DesiredSegment, DesiredState } from '../../../model/desired-state.ts';
import { sameAddressGateway } from '../../../model/same-address.ts';
import { type ServiceFiles, serviceFiles } from './service-files.ts';

/** Tag of the guests that are told the shared address itself. */
const sharing = 'same-address';

/**
 * Static ranges only: an address is given to a MAC of the site and to nobody else. Listens on the segment's bridge alone
 * and binds as addresses come and go, so that it lives beside systemd-resolved, libvirt's and the host's own dnsmasq.
 */
function renderConfiguration(desired: DesiredState, segment: DesiredSegment, files: ServiceFiles): string {
  const { bridge, gateway, gateway6, subnet, subnet6, dhcp, domain } = segment;
  const netmask = [24, 16, 8, 0].map((shift) => ((2 ** 32 - 2 ** (32 - subnet.prefix)) >>> shift) & 255).join('.');
  const lines = [
    `interface=${bridge}`,
    'except-interface=lo',
    'bind-dynamic',
    // Names: ours first; everything else goes to the host's own resolvers, never back to ourselves.
    'no-hosts',
    `hostsdir=${dirname(files.names)}`,
    'resolv-file=/etc/resolv.conf',
    'dns-loop-detect',
    'domain-needed',
    'bogus-priv',
    'cache-size=2000',
    ...(domain === undefined ? [] : [`domain=${domain}`, `local=/${domain}/`]),
  ];
  if (dhcp !== undefined) {
    lines.push(
      'dhcp-authoritative',
      'dhcp-ignore=tag:!known',
      // A guest does not choose the name under which others find it.
      'dhcp-ignore-names',
      // The shared address answers the probe that asks whether it is free.
      'no-ping',
      // A guest that asks all day must not fill the disk.
      'quiet-dhcp',
      'quiet-dhcp6',
      'quiet-ra',
      `dhcp-lease-max=${Math.min(2 * 2 ** (32 - subnet.prefix), 131_072)}`,
      `dhcp-leasefile=${files.leases}`,
      `dhcp-hostsdir=${dirname(files.reservations)}`,
      `dhcp-range=${subnet.text.split('/')[0]},static,${netmask},${dhcp.lease}`,
      `dhcp-option=tag:!${sharing},option:router,${gateway}`,
      `dhcp-option=option:dns-server,${gateway}`,
      `dhcp-option=option:mtu,${segment.mtu}`,
    );
    // Always there, so that the first guest that shares the address needs no new process.
    lines.push(
      // By address: the form with an interface is refused by --test where the bridge does not exist.
      `shared-network=${sameAddressGateway},${desired.uplink.ipv4}`,
      `dhcp-range=${desired.uplink.ipv4},static,255.255.255.255,${dhcp.lease}`,
      `dhcp-option=tag:${sharing},option:router,${sameAddressGateway}`,
      // RFC 3442: the gateway is on the link, though outside of the /32.
      `dhcp-option=tag:${sharing},option:classless-static-route,${sameAddressGateway}/32,0.0.0.0,0.0.0.0/0,${sameAddressGateway}`,
    );
    if (subnet6 !== undefined && gateway6 !== undefined) {
      lines.push(
        'enable-ra',
        `dhcp-range=${subnet6.text.split('/')[0]},static,${subnet6.prefix},${dhcp.lease}`,
        `dhcp-option=option6:dns-server,[${gateway6}]`,
        ...(domain === undefined ? [] : [`dhcp-option=option6:domain-search,${domain}`]),
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** dnsmasq would read such a name as a lease time or an order (option.c, dhcp-host). */
const notAName = /^(?:\d+[smhdw]?|infinite|ignore)$/;

function renderReservations(desired: DesiredState, segment: DesiredSegment, nics: readonly DesiredNic[]): string {
  const translated = nics.filter((nic) => nic.share === 'nat');
  const lines = translated.map(({ mac, also, ipv4, ipv6, guest }) => {
    const name = segment.domain === undefined ? guest : `${guest}.${segment.domain}`;
    // One reservation of two MACs: the lease goes to whichever asks, and the other loses it (dnsmasq(8), dhcp-host).
    return [
      mac,
      ...(also ? [also] : []),
      ipv4,
      ...(ipv6 ? [`[${ipv6}]`] : []),
      ...(notAName.test(name) ? [] : [name]),
    ].join(',');
  });
  const sharers = nics
    .filter((nic) => nic.share === 'same-address')
    .flatMap((nic) => (nic.also ? [nic.mac, nic.also] : [nic.mac]));
  if (sharers.length > 0) {
    // One line for all, or dnsmasq refuses the second as a duplicate. For ever: a renewal would be answered to the
    // shared address, which is the host's as well.
    lines.push([...sharers, `set:${sharing}`, desired.uplink.ipv4, 'infinite'].join(','));
  }
  return lines.map((line) => `${line}\n`).join('');
}

function renderNames(desired: DesiredState, segment: DesiredSegment, nics: readonly DesiredNic[]): string {
  const lines = nics.flatMap(({ guest, share, ipv4, ipv6 }) => {
    const names = segment.domain === undefined ? guest : `${guest}.${segment.domain} ${guest}`;
    const address = share === 'same-address' ? desired.uplink.ipv4 : ipv4;
    return [`${address} ${names}\n`, ...(ipv6 ? [`${ipv6} ${names}\n`] : [])];
  });
  return [...new Set(lines)].join('');
}

/** Segments that have a service: those with DHCP or a domain. */
export function servedSegments(desired: DesiredState): DesiredSegment[] {
  return [...desired.segments.values()].filter((segment) => segment.dhcp !== undefined || segment.domain !== undefined);
}

/**
 * Every file of the services of a site: path → text. DHCP (v4 and v6, router advertisements) where the segment has
 * `dhcp`, names of the segment's guests for all of them. Pure. Throws `value-invalid` for a directory that a dnsmasq
 * configuration cannot name.
 */
export function renderDnsmasq(desired: DesiredState, directory: string): Map<string, string> {
  const bySegment = new Map<string, DesiredNic[]>();
  for (const nic of desired.nics.values()) {
    const others = bySegment.get(nic.segment);
    if (others === undefined) bySegment.set(nic.segment, [nic]);
    else others.push(nic);
  }
  const texts = new Map<string, string>();
  for (const segment of servedSegments(desired)) {
    const files = serviceFiles(directory, segment.name);
    const nics = bySegment.get(segment.name) ?? [];
    texts.set(files.configuration, renderConfiguration(desired, segment, files));
    if (segment.dhcp !== undefined) texts.set(files.reservations, renderReservations(desired, segment, nics));
    texts.set(files.names, renderNames(desired, segment, nics));
  }
  return texts;
}
