import { type HostItem, type HostObservation, type HostOrigin, itemKey } from './host-item.ts';

/** What a plan aims at, while it is being worked out. */
export interface Targets {
  readonly desired: readonly HostItem[];
  readonly observed: HostObservation;
  readonly origin: HostOrigin;
  /** By `itemKey`: what each thing shall be, null for "not there". Things without an entry are left alone. */
  readonly wanted: Map<string, HostItem | null>;
  /** Keys of the origin that say nothing any more. */
  readonly stale: Set<string>;
  readonly waiting: string[];
  readonly unavailable: string[];
  readonly conflicts: string[];
}

/** What was there before us: null = nothing, undefined = never touched and not there now. */
export function foundFirst(targets: Targets, key: string): HostItem | null | undefined {
  const recorded = targets.origin.items[key];
  return recorded === undefined ? targets.observed.items.get(key) : recorded;
}

/** Bridges that the site has or had. */
export function ownBridges({ desired, origin }: Targets): Set<string> {
  const keys = [...desired.map(itemKey), ...Object.keys(origin.items)];
  return new Set(keys.flatMap((key) => (key.startsWith('bridge ') ? key.slice('bridge '.length) : [])));
}

/** The bridge stood before Bridgekeeper came; it keeps what it is, and is never deleted. */
export function isAdopted(targets: Targets, bridge: string): boolean {
  return (foundFirst(targets, `bridge ${bridge}`) ?? null) !== null;
}

/** Ports that were in a bridge before us. They stay in it, whatever the site declares. */
export function residentsOf(targets: Targets, bridge: string): readonly string[] {
  const { origin, observed } = targets;
  if (`bridge ${bridge}` in origin.items) return origin.foreignPorts[bridge] ?? [];
  return [...observed.devices].flatMap(([name, device]) => (device.master === bridge ? name : []));
}
