import { choosePorts } from './choose-ports.ts';
import { chooseSysctls, diesWithBridge } from './choose-sysctls.ts';
import { type BridgeItem, type HostItem, type HostObservation, type HostOrigin, itemKey } from './host-item.ts';
import { foundFirst, type Targets } from './targets.ts';

function chooseBridge(targets: Targets, bridge: BridgeItem): void {
  const key = itemKey(bridge);
  const device = targets.observed.devices.get(bridge.name);
  if (device !== undefined && device.kind !== 'bridge') {
    targets.conflicts.push(
      `"${bridge.name}" is to be the bridge of a segment, but a device of that name exists and is ${device.kind === '' ? 'hardware' : `of kind "${device.kind}"`}`,
    );
    return;
  }
  const found = foundFirst(targets, key);
  // A bridge that stood before us keeps its MAC and its protocol settings: others rely on them.
  const pinned = !(key in targets.origin.items);
  targets.wanted.set(key, found?.kind === 'bridge' ? { ...found, mtu: bridge.mtu, pinned } : bridge);
}

/** Things that are no longer declared go back to what they were. */
function chooseLeftover(targets: Targets, key: string, recorded: HostItem | null): void {
  const { devices } = targets.observed;
  if (recorded === null) {
    targets.wanted.set(key, null);
    return;
  }
  switch (recorded.kind) {
    case 'port':
      if (!devices.has(recorded.device)) targets.stale.add(key);
      return;
    case 'bridge':
      if (devices.get(recorded.name)?.kind !== 'bridge') targets.stale.add(key);
      else targets.wanted.set(key, recorded);
      return;
    case 'sysctl': {
      const missing = recorded.device !== undefined && !devices.has(recorded.device);
      if (missing || diesWithBridge(targets, recorded)) targets.stale.add(key);
      else targets.wanted.set(key, recorded);
      return;
    }
    case 'fdb':
      if (!devices.has(recorded.port)) targets.stale.add(key);
      else targets.wanted.set(key, recorded);
      return;
    case 'rule':
      targets.wanted.set(key, recorded);
      return;
    default:
      if (!devices.has(recorded.device)) targets.stale.add(key);
      else targets.wanted.set(key, recorded);
  }
}

/** What everything that the site names, named or touched shall be. Pure. */
export function chooseTargets(desired: readonly HostItem[], observed: HostObservation, origin: HostOrigin): Targets {
  const targets: Targets = {
    desired,
    observed,
    origin,
    wanted: new Map(),
    stale: new Set(),
    waiting: [],
    unavailable: [],
    conflicts: [],
  };
  for (const item of desired) if (item.kind === 'bridge') chooseBridge(targets, item);
  choosePorts(targets);
  chooseSysctls(targets);
  for (const item of desired) {
    if (item.kind === 'bridge' || item.kind === 'port' || item.kind === 'sysctl') continue;
    if (item.kind === 'fdb' && !targets.wanted.has(`port ${item.port}`)) continue;
    targets.wanted.set(itemKey(item), item.kind === 'rule' && item.absent ? null : item);
  }
  for (const [key, recorded] of Object.entries(origin.items)) {
    if (!targets.wanted.has(key) && !targets.stale.has(key)) chooseLeftover(targets, key, recorded);
  }
  return targets;
}
