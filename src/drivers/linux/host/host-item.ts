/**
 * One thing on the host that Bridgekeeper wants, finds or found. `itemKey` is its identity: two items with one key are
 * two states of the same thing. All text in it is from branded values, so it holds no white space or option syntax.
 */
export type HostItem =
  | BridgeItem
  | LinkUpItem
  | AddressItem
  | PortItem
  | FdbItem
  | NeighbourItem
  | RouteItem
  | RuleItem
  | SysctlItem;

/** How the kernel makes IPv6 link-local addresses for a device; the index is its addr_gen_mode (ip-sysctl). */
export const addressGenerations = ['eui64', 'none', 'stable_secret', 'random'] as const;
export type AddressGeneration = (typeof addressGenerations)[number];

export interface BridgeItem {
  readonly kind: 'bridge';
  readonly name: string;
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
  readonly stp: boolean;
  /** Hundredths of a second, as the kernel counts it. */
  readonly forwardDelay: number;
  /** Reserved group addresses (01:80:c2:00:00:0x) that are forwarded; 0 = none. */
  readonly groupForwardMask: number;
  /**
   * Wanted of a bridge that is not ours: its MAC is set to what it is. Otherwise the kernel gives a bridge the lowest
   * MAC of its ports, and forgets every neighbour when that changes.
   */
  readonly pinned?: boolean;
  readonly addressGeneration: AddressGeneration;
}

/** A bridge that is administratively up. On its own, because the settings of a bridge must stand before it is up. */
export interface LinkUpItem {
  readonly kind: 'link-up';
  readonly device: string;
}

export interface AddressItem {
  readonly kind: 'address';
  readonly device: string;
  /** With prefix length, canonical. */
  readonly address: string;
  readonly family: 4 | 6;
  readonly scope: 'global' | 'link';
}

/** Bridge-port flags of one port (ip-link(8), bridge_slave). */
export interface PortFlags {
  readonly learning: boolean;
  readonly flood: boolean;
  readonly mcastFlood: boolean;
  readonly bcastFlood: boolean;
  readonly hairpin: boolean;
  /** BPDU guard. */
  readonly guard: boolean;
  readonly rootBlock: boolean;
  /** Frames whose source MAC is not pinned to this port are dropped by the bridge itself (Linux 5.18). */
  readonly locked: boolean;
  /** Groups of IEEE 802.1D table 7-10 (by last digit, a bit each) whose frames take the way of all others. */
  readonly groupForwardMask: number;
}

export interface PortItem {
  readonly kind: 'port';
  readonly device: string;
  /** Undefined: plugged into nothing. */
  readonly bridge?: string;
  readonly flags?: PortFlags;
  readonly mtu: number;
  readonly addressGeneration: AddressGeneration;
  readonly up: boolean;
  /** Only in what was observed: tells a device from a later one of the same name. */
  readonly ifindex?: number;
}

/** A MAC pinned to a port. */
export interface FdbItem {
  readonly kind: 'fdb';
  readonly port: string;
  readonly mac: string;
}

export interface NeighbourItem {
  readonly kind: 'neighbour';
  readonly device: string;
  readonly ip: string;
  readonly mac: string;
}

export interface RouteItem {
  readonly kind: 'route';
  readonly table: number;
  readonly destination: string;
  readonly via: string;
  readonly device: string;
}

export interface RuleItem {
  readonly kind: 'rule';
  readonly preference: number;
  readonly mark?: number;
  readonly mask?: number;
  /** The rule holds for packets whose mark does NOT match. */
  readonly not?: boolean;
  readonly action: { readonly table: string } | { readonly goto: number };
  /** Set when what is wanted is that this rule is not there (the kernel's own rule 0). */
  readonly absent?: boolean;
}

export interface SysctlItem {
  readonly kind: 'sysctl';
  /** Path below /proc/sys, with slashes (interface names may hold dots). */
  readonly key: string;
  readonly value: string;
  /** Set for `…/conf/<device>/…`: the key comes and goes with the device. */
  readonly device?: string;
  /** The gateway cannot work without it. */
  readonly essential?: boolean;
  /** Wanted only when the value found was this one. */
  readonly onlyFrom?: string;
  /** `value` is the least: a larger one, found first or set by somebody else, stays. */
  readonly atLeast?: boolean;
  /** Only in what was observed: false when this process may not write it. */
  readonly writable?: boolean;
  /** Only in what was observed: keys that writing this one back would not set back, with their values. */
  readonly effects?: Readonly<Record<string, string>>;
}

export function itemKey(item: HostItem): string {
  switch (item.kind) {
    case 'bridge':
      return `bridge ${item.name}`;
    case 'link-up':
      return `link-up ${item.device}`;
    case 'address':
      return `address ${item.device} ${item.address}`;
    case 'port':
      return `port ${item.device}`;
    case 'fdb':
      return `fdb ${item.port} ${item.mac}`;
    case 'neighbour':
      return `neighbour ${item.device} ${item.ip}`;
    case 'route':
      return `route ${item.table} ${item.destination}`;
    case 'rule':
      return `rule ${item.preference} ${item.not ? 'not ' : ''}${item.mark ?? 0}/${item.mask ?? 0} ${'table' in item.action ? item.action.table : `goto ${item.action.goto}`}`;
    case 'sysctl':
      return `sysctl ${item.key}`;
  }
}

/** What the host showed. */
export interface HostObservation {
  /** By `itemKey`. Holds what the interest asked for, and every port of every bridge asked for. */
  readonly items: ReadonlyMap<string, HostItem>;
  /** Every network device of the namespace. */
  readonly devices: ReadonlyMap<string, HostDevice>;
}

export interface HostDevice {
  readonly ifindex: number;
  /** `bridge`, `veth`, `tun`, …; empty for hardware. */
  readonly kind: string;
  readonly master?: string;
  /** It has IPv6 routes learned from router advertisements. */
  readonly routerAdvertisements: boolean;
}

/** Runs by `ip -batch`, `bridge -batch`, or a write below /proc/sys (words: key, value). */
export interface HostAction {
  readonly tool: 'ip' | 'bridge' | 'sysctl';
  readonly words: readonly string[];
}

export interface HostCommand extends HostAction {
  /** Takes the command back; runs in this order. */
  readonly undo: readonly HostAction[];
}

/** One step of a plan; runs whole or is undone. */
export interface HostStep {
  readonly change: 'add' | 'remove' | 'change';
  readonly object: HostItem['kind'];
  /** One sentence in the user's words. */
  readonly text: string;
  readonly commands: readonly HostCommand[];
}

export interface HostPlan {
  readonly steps: readonly HostStep[];
  /** What was found before the first change. Must be stored (`writeOrigin`) before the steps run. */
  readonly origin: HostOrigin;
  /** NIC ports whose device does not exist yet; they are plugged in when it appears. */
  readonly waiting: readonly string[];
  /** Sentences: settings that this host does not have or does not let us write, and that are not essential. */
  readonly unavailable: readonly string[];
  /** Sentences: why the plan must not be applied. */
  readonly conflicts: readonly string[];
}

/** What was there before Bridgekeeper's first touch, by `itemKey`; null = nothing. */
export interface HostOrigin {
  readonly version: 1;
  /** Boot and network namespace that it is about; the origin of another world says nothing about this one. */
  readonly world: string;
  readonly items: Readonly<Record<string, HostItem | null>>;
  /** Ports that were plugged into a bridge that existed before us; they are never put out. */
  readonly foreignPorts: Readonly<Record<string, readonly string[]>>;
}
