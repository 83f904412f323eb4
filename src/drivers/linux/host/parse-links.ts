import { isIpv4, parseIpv6 } from '../../../model/ip-address.ts';
import type { AddressItem, BridgeItem, HostDevice, PortItem } from './host-item.ts';

/** The part of `ip -d -j address show` (iproute2 6.1) that is read here. */
interface ShownLink {
  readonly ifindex: number;
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly address?: string;
  readonly master?: string;
  readonly linkinfo?: {
    readonly info_kind?: string;
    readonly info_data?: { stp_state?: number; forward_delay?: number; group_fwd_mask?: string };
    readonly info_slave_kind?: string;
    readonly info_slave_data?: Readonly<Record<string, unknown>>;
  };
  readonly addr_info?: readonly { family: string; local?: string; prefixlen: number; scope: string }[];
}

/** One device with everything that the items of a device need. */
export interface SeenLink {
  readonly name: string;
  readonly device: Omit<HostDevice, 'routerAdvertisements'>;
  readonly bridge?: Omit<BridgeItem, 'addressGeneration'>;
  readonly port: Omit<PortItem, 'addressGeneration'>;
  readonly up: boolean;
  readonly addresses: readonly AddressItem[];
}

function readPort(link: ShownLink): Omit<PortItem, 'addressGeneration'> {
  const slave = link.linkinfo?.info_slave_kind === 'bridge' ? link.linkinfo.info_slave_data : undefined;
  const flag = (name: string): boolean => slave?.[name] === true;
  return {
    kind: 'port',
    device: link.ifname,
    ifindex: link.ifindex,
    mtu: link.mtu,
    up: link.flags.includes('UP'),
    ...(link.master === undefined ? {} : { bridge: link.master }),
    ...(slave === undefined
      ? {}
      : {
          flags: {
            learning: flag('learning'),
            flood: flag('flood'),
            mcastFlood: flag('mcast_flood'),
            bcastFlood: flag('bcast_flood'),
            hairpin: flag('hairpin'),
            guard: flag('guard'),
            rootBlock: flag('root_block'),
            locked: flag('locked'),
            groupForwardMask: Number(slave.group_fwd_mask ?? 0),
          },
        }),
  };
}

function readBridge(link: ShownLink): Omit<BridgeItem, 'addressGeneration'> {
  const data = link.linkinfo?.info_data ?? {};
  return {
    kind: 'bridge',
    name: link.ifname,
    mac: link.address ?? '',
    mtu: link.mtu,
    stp: data.stp_state !== 0,
    forwardDelay: data.forward_delay ?? 0,
    groupForwardMask: Number.parseInt(data.group_fwd_mask ?? '0', 16),
  };
}

function readAddresses(link: ShownLink): AddressItem[] {
  return (link.addr_info ?? []).flatMap((shown): AddressItem[] => {
    if (shown.local === undefined) return [];
    const local = isIpv4(shown.local) ? shown.local : parseIpv6(shown.local);
    return [
      {
        kind: 'address',
        device: link.ifname,
        address: `${local}/${shown.prefixlen}`,
        family: shown.family === 'inet' ? 4 : 6,
        scope: shown.scope === 'link' ? 'link' : 'global',
      },
    ];
  });
}

/** Reads `ip -d -j address show`. */
export function parseLinks(text: string): SeenLink[] {
  // iproute2 prints `{}` for what a filter leaves out, and nothing at all for an empty answer.
  const shown = (JSON.parse(text || '[]') as Partial<ShownLink>[]).filter(
    (link): link is ShownLink => link.ifname !== undefined,
  );
  return shown.map((link) => {
    const kind = link.linkinfo?.info_kind ?? '';
    return {
      name: link.ifname,
      device: { ifindex: link.ifindex, kind, ...(link.master === undefined ? {} : { master: link.master }) },
      ...(kind === 'bridge' ? { bridge: readBridge(link) } : {}),
      port: readPort(link),
      up: link.flags.includes('UP'),
      addresses: readAddresses(link),
    };
  });
}
