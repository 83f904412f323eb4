import type { SysctlItem } from './host-item.ts';
import { advertisementSetting, forwarding6, largerOfAll, sysctlDevice } from './observe-sysctls.ts';
import { foundFirst, ownBridges, type Targets } from './targets.ts';

function valueFoundFirst(targets: Targets, key: string): string | undefined {
  const item = foundFirst(targets, key);
  return item?.kind === 'sysctl' ? item.value : undefined;
}

/** Whether a setting needs no change. */
export function isSettingAsWanted(seen: SysctlItem, wanted: SysctlItem): boolean {
  return wanted.atLeast ? Number(seen.value) >= Number(wanted.value) : seen.value === wanted.value;
}

function sysctlTarget(targets: Targets, item: SysctlItem): void {
  const { observed } = targets;
  const key = `sysctl ${item.key}`;
  const seen = observed.items.get(key);
  if (item.device !== undefined && !observed.devices.has(item.device)) {
    // The settings of a bridge that is still to be made; a missing uplink has none.
    if (targets.wanted.get(`bridge ${item.device}`)) targets.wanted.set(key, item);
    return;
  }
  if (item.onlyFrom !== undefined) {
    const { routerAdvertisements = false } = observed.devices.get(item.device ?? '') ?? {};
    if (valueFoundFirst(targets, key) !== item.onlyFrom && !routerAdvertisements) return;
  }
  // What was large enough before us goes back to what it was, if we ever raised it.
  const found = valueFoundFirst(targets, key);
  if (item.atLeast && found !== undefined && Number(found) >= Number(item.value)) return;
  if (seen?.kind === 'sysctl' && (isSettingAsWanted(seen, item) || seen.writable !== false)) {
    targets.wanted.set(key, item);
    return;
  }
  const why = seen?.kind === 'sysctl' ? `is ${seen.value} and may not be written here` : 'does not exist on this host';
  const should = item.atLeast
    ? `at least ${item.value}; set it in the host's first network namespace (\`sysctl -w ${item.key.replaceAll('/', '.')}=${item.value}\`)`
    : item.value;
  const sentence = `kernel setting "${item.key}" ${why}, and should be ${should}`;
  (item.essential ? targets.conflicts : targets.unavailable).push(sentence);
}

/**
 * The kernel takes the larger of `all` and a device's own value. When `all` is lowered for the sake of our bridges,
 * every other device gets what `all` gave it before, so that nothing changes for it.
 */
function keepOthers(targets: Targets): void {
  const others = [...targets.observed.devices.keys()].filter((device) => !targets.wanted.get(`port ${device}`));
  for (const name of largerOfAll) {
    const all = `sysctl net/ipv4/conf/all/${name}`;
    const lowered = targets.wanted.get(all);
    if (lowered?.kind !== 'sysctl') continue;
    const before = Number(valueFoundFirst(targets, all) ?? 0);
    for (const device of ['default', ...others]) {
      const key = `sysctl net/ipv4/conf/${device}/${name}`;
      const own = valueFoundFirst(targets, key);
      if (own === undefined || targets.wanted.has(key)) continue;
      const value = String(Math.max(before, Number(own)));
      const item: SysctlItem = { kind: 'sysctl', key: key.slice('sysctl '.length), value };
      targets.wanted.set(key, device === 'default' ? item : { ...item, device });
    }
  }
}

/** Kinds of devices that a host has its own address on; hardware has no kind. */
const ownKinds = new Set(['', 'bond', 'team', 'vlan', 'macvlan', 'ipvlan']);

/**
 * A host that begins to forward drops the routes that it has from router advertisements and ignores further ones: by
 * any other interface than the uplink, its user would be locked out. 2 keeps these interfaces as they were.
 */
function keepAdvertisements(targets: Targets): void {
  const { desired, observed, origin } = targets;
  const forwards = desired.some((item) => item.kind === 'sysctl' && item.key === forwarding6);
  if (!forwards || valueFoundFirst(targets, `sysctl ${forwarding6}`) !== '0') return;
  const bridges = ownBridges(targets);
  for (const [device, { kind, master, routerAdvertisements }] of observed.devices) {
    const setting = advertisementSetting(device);
    const key = `sysctl ${setting}`;
    const concerned = ownKinds.has(kind) || routerAdvertisements || key in origin.items;
    if (!concerned || device === 'lo' || master !== undefined || bridges.has(device)) continue;
    if (targets.wanted.has(`port ${device}`) || valueFoundFirst(targets, key) !== '1') continue;
    const seen = observed.items.get(key);
    if (seen?.kind !== 'sysctl' || seen.writable === false) continue;
    targets.wanted.set(key, { kind: 'sysctl', key: setting, value: '2', device });
  }
}

/** Chooses what every kernel setting shall be. Comes after bridges and ports. */
export function chooseSysctls(targets: Targets): void {
  // First, so that it is written before the host begins to forward.
  keepAdvertisements(targets);
  for (const item of targets.desired) {
    if (item.kind === 'sysctl') sysctlTarget(targets, item);
  }
  keepOthers(targets);
}

/** A setting that comes and goes with a bridge of ours has nothing to go back to. */
export function diesWithBridge(targets: Targets, item: SysctlItem): boolean {
  const device = sysctlDevice(item.key);
  return device !== undefined && targets.origin.items[`bridge ${device}`] === null;
}
