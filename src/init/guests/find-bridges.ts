import type { MacAddress } from '../../model/mac-address.ts';
import type { FoundBridge, FoundGuest } from '../findings.ts';
import type { ShownLink } from '../network/parse-network.ts';

/** Names that makers of bridges give them. */
const makers: readonly (readonly [RegExp, string])[] = [
  [/^virbr\d+$/, 'libvirt'],
  [/^(docker\d+|br-[0-9a-f]{12})$/, 'Docker'],
  [/^(podman\d+|cni-podman\d+)$/, 'Podman'],
  [/^(incusbr\d+)$/, 'Incus'],
  [/^(lxdbr\d+)$/, 'LXD'],
  [/^(lxcbr\d+)$/, 'LXC'],
  [/^(vmbr\d+|fwbr\d+i\d+)$/, 'Proxmox'],
  [/^(cni\d+|cbr\d+|kube-bridge)$/, 'Kubernetes'],
  [/^bk-/, 'Bridgekeeper'],
];

/** Makers whose bridges hold what they plug in themselves; their ports are nobody's to take. */
const closed = new Set(['Docker', 'Podman', 'Kubernetes', 'Bridgekeeper']);

/** Bridges of the host, without the one that is the uplink. */
export function findBridges(links: readonly ShownLink[], uplink: string): FoundBridge[] {
  return links
    .filter((link) => link.linkinfo?.info_kind === 'bridge' && link.ifname !== uplink)
    .map((link) => {
      const maker = makers.find(([pattern]) => pattern.test(link.ifname))?.[1];
      return {
        name: link.ifname,
        ...(maker === undefined ? {} : { maker }),
        addresses: (link.addr_info ?? []).flatMap(({ family, local, prefixlen }) =>
          family === 'inet' && local !== undefined ? [`${local}/${prefixlen}`] : [],
        ),
        ports: links.flatMap((other) => (other.master === link.ifname ? other.ifname : [])),
      };
    });
}

/**
 * Taps and veths on bridges that no known guest has: each is somebody's NIC. Its MAC address is known when exactly one
 * was learned there; several mean a bridge or a switch inside.
 */
export function findBarePorts(
  links: readonly ShownLink[],
  bridges: readonly FoundBridge[],
  learned: ReadonlyMap<string, readonly MacAddress[]>,
  guests: readonly FoundGuest[],
): FoundGuest[] {
  const known = new Set(guests.flatMap(({ nics }) => nics.flatMap(({ port }) => port ?? [])));
  const shut = new Set(bridges.flatMap(({ name, maker }) => (maker !== undefined && closed.has(maker) ? name : [])));
  return links.flatMap((link): FoundGuest[] => {
    const kind = link.linkinfo?.info_kind ?? '';
    if (link.master === undefined || shut.has(link.master) || known.has(link.ifname)) return [];
    if (kind !== 'tun' && kind !== 'veth') return [];
    const macs = learned.get(link.ifname) ?? [];
    const nic = {
      ...(macs.length === 1 ? { mac: macs[0] as MacAddress } : {}),
      port: link.ifname,
      network: link.master,
    };
    return [{ name: link.ifname, source: kind === 'tun' ? 'tap' : 'veth', nics: [{ ...nic, addresses: [] }] }];
  });
}
