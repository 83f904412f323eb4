import type { PortItem } from './host-item.ts';
import { isAdopted, ownBridges, residentsOf, type Targets } from './targets.ts';

/** Ports that one bridge takes: BR_MAX_PORTS of the kernel, whose number 0 is never given. */
const maxPorts = 1023;

function portTarget(targets: Targets, port: PortItem, bridges: ReadonlySet<string>): void {
  const device = targets.observed.devices.get(port.device);
  if (device === undefined) {
    targets.waiting.push(port.device);
    return;
  }
  if (device.master !== undefined && !bridges.has(device.master)) {
    targets.conflicts.push(
      `port "${port.device}" is plugged into "${device.master}", which is not the bridge "${port.bridge}" of its segment; take it out first (ip link set dev ${port.device} nomaster)`,
    );
    return;
  }
  targets.wanted.set(`port ${port.device}`, port);
}

/** What a port was before us, without the bridges that are ours: those it shall not go back to. */
function asFound(targets: Targets, found: PortItem): PortItem {
  if (found.bridge !== undefined && isAdopted(targets, found.bridge)) return found;
  const { bridge: _bridge, flags: _flags, ...bare } = found;
  return bare;
}

/**
 * A port that the site had, or that somebody plugged in, and that no NIC declares now. While the site stands it is
 * unplugged and down: its guest must not talk to the host through the bare device either. Afterwards it is as found.
 */
function strayTarget(targets: Targets, port: PortItem, bridges: ReadonlySet<string>): void {
  const key = `port ${port.device}`;
  const recorded = targets.origin.items[key];
  const found = recorded?.kind === 'port' && recorded.ifindex === port.ifindex ? recorded : undefined;
  const plugged = port.bridge !== undefined && bridges.has(port.bridge);
  const residents = port.bridge === undefined ? [] : residentsOf(targets, port.bridge);
  if (residents.includes(port.device) || targets.desired.length === 0) {
    if (found && (plugged || port.bridge === undefined)) targets.wanted.set(key, asFound(targets, found));
    return;
  }
  if (plugged) {
    const { bridge: _bridge, flags: _flags, ...bare } = found ?? port;
    targets.wanted.set(key, { ...bare, up: false });
  } else if (found && (port.up || port.bridge !== undefined)) {
    // Somebody uses it for something else by now.
    targets.stale.add(key);
  }
}

/** Plugs in what NICs declare, and puts out of our bridges what no NIC declares. */
export function choosePorts(targets: Targets): void {
  const bridges = ownBridges(targets);
  const declared = targets.desired.filter((item) => item.kind === 'port');
  const count = new Map<string, number>();
  for (const port of declared) {
    portTarget(targets, port, bridges);
    count.set(port.bridge ?? '', (count.get(port.bridge ?? '') ?? 0) + 1);
  }
  for (const [bridge, ports] of count) {
    if (ports <= maxPorts) continue;
    targets.conflicts.push(
      `bridge "${bridge}" would have ${ports} ports, and the kernel gives a bridge at most ${maxPorts}; spread the NICs over more segments`,
    );
  }
  const names = new Set(declared.map((port) => port.device));
  for (const item of targets.observed.items.values()) {
    if (item.kind === 'port' && !names.has(item.device)) strayTarget(targets, item, bridges);
  }
}
