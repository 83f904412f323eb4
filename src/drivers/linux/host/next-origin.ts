import { diesWithBridge } from './choose-sysctls.ts';
import { type HostItem, type HostOrigin, itemKey } from './host-item.ts';
import { residentsOf, type Targets } from './targets.ts';

/** A port of another index is another device of the same name: what its forerunner was says nothing about it. */
function isAbout(recorded: HostItem | null | undefined, seen: HostItem | undefined): boolean {
  if (recorded?.kind === 'port' && seen?.kind === 'port') return recorded.ifindex === seen.ifindex;
  return recorded !== undefined;
}

/** A setting goes back to its value only; what writing it would not bring back of other settings goes with it. */
function toRecord(seen: HostItem | undefined): HostItem | null {
  if (seen?.kind !== 'sysctl') return seen ?? null;
  const { writable: _writable, ...rest } = seen;
  return rest;
}

/**
 * The origin once a plan is about to run: what it touches for the first time is added as it is now, and what is back
 * as it was found is forgotten. `touched` are the keys that the plan changes.
 */
export function nextOrigin(targets: Targets, touched: ReadonlySet<string>): HostOrigin {
  const { origin, observed, wanted, stale, desired } = targets;
  const declared = new Set(desired.map(itemKey));
  const items: Record<string, HostItem | null> = {};
  for (const [key, recorded] of Object.entries(origin.items)) {
    if (stale.has(key)) continue;
    const parked = recorded?.kind === 'port' && desired.length > 0;
    const lowered = recorded?.kind === 'sysctl' && wanted.get(key)?.kind === 'sysctl' && desired.length > 0;
    if (declared.has(key) || touched.has(key) || parked || lowered) items[key] = recorded;
  }
  const foreignPorts: Record<string, readonly string[]> = {};
  for (const [bridge, ports] of Object.entries(origin.foreignPorts)) {
    if (`bridge ${bridge}` in items) foreignPorts[bridge] = ports;
  }
  const bridges = desired.flatMap((item) => (item.kind === 'bridge' ? itemKey(item) : []));
  for (const key of [...bridges, ...touched]) {
    const seen = observed.items.get(key);
    // Without a bridge there is no setting to go back to, and a bridge of ours takes its settings along.
    if (key.startsWith('sysctl ') && (seen?.kind !== 'sysctl' || diesWithBridge(targets, seen))) continue;
    if (isAbout(items[key], seen)) continue;
    items[key] = toRecord(seen);
    if (seen?.kind !== 'bridge') continue;
    foreignPorts[seen.name] = residentsOf(targets, seen.name);
  }
  return { ...origin, items, foreignPorts };
}
