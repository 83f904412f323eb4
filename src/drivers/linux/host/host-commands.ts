import { routeProtocol } from '../marks.ts';
import type {
  AddressItem,
  BridgeItem,
  FdbItem,
  HostAction,
  HostCommand,
  HostItem,
  NeighbourItem,
  PortFlags,
  PortItem,
  RouteItem,
  RuleItem,
  SysctlItem,
} from './host-item.ts';

const ip = (...words: (string | number)[]): HostAction => ({ tool: 'ip', words: words.map(String) });
const withUndo = (action: HostAction, ...undo: HostAction[]): HostCommand => ({ ...action, undo });

const bridgeSettings = (bridge: BridgeItem): (string | number)[] => [
  'forward_delay',
  bridge.forwardDelay,
  'group_fwd_mask',
  bridge.groupForwardMask,
];

function addBridge(bridge: BridgeItem): HostAction[] {
  const { name, mac, mtu, addressGeneration } = bridge;
  return [
    ip('link', 'add', 'name', name, 'address', mac, 'type', 'bridge', 'stp_state', 0, ...bridgeSettings(bridge)),
    ...(bridge.stp ? [ip('link', 'set', 'dev', name, 'type', 'bridge', 'stp_state', 1)] : []),
    // Not in the line above: only a change of the MTU tells the kernel to keep it whatever ports come and go.
    ...(mtu === 1500 ? [] : [ip('link', 'set', 'dev', name, 'mtu', mtu)]),
    ...(addressGeneration === 'eui64' ? [] : [ip('link', 'set', 'dev', name, 'addrgenmode', addressGeneration)]),
  ];
}

function changeBridge(from: BridgeItem, to: BridgeItem): HostAction[] {
  const set = (...words: (string | number)[]): HostAction => ip('link', 'set', 'dev', to.name, ...words);
  const stp = from.stp === to.stp ? [] : [set('type', 'bridge', 'stp_state', to.stp ? 1 : 0)];
  const isSame = bridgeSettings(from).join() === bridgeSettings(to).join();
  return [
    ...(from.mac === to.mac && !to.pinned ? [] : [set('address', to.mac)]),
    ...(from.mtu === to.mtu ? [] : [set('mtu', to.mtu)]),
    ...(from.addressGeneration === to.addressGeneration ? [] : [set('addrgenmode', to.addressGeneration)]),
    // With spanning tree on, the kernel refuses a short forward delay, and lengthens it by itself.
    ...(to.stp ? [] : stp),
    ...(isSame && stp.length === 0 ? [] : [set('type', 'bridge', ...bridgeSettings(to))]),
    ...(to.stp ? stp : []),
  ];
}

/** The order matters: settings before the plug, and the flags before the port is up. */
function changePort(from: PortItem, to: PortItem, fdb: readonly FdbItem[]): HostCommand[] {
  const set = (...words: (string | number)[]): HostAction => ip('link', 'set', 'dev', to.device, ...words);
  const commands: HostCommand[] = [];
  const moved = from.bridge !== to.bridge;
  if (moved && from.bridge !== undefined) {
    const flags = from.flags === undefined ? [] : [set(...flagWords(from.flags))];
    commands.push(withUndo(set('nomaster'), set('master', from.bridge), ...flags, ...fdb.flatMap(addActions)));
  }
  const settings = (port: PortItem): (string | number)[] => [
    ...(from.addressGeneration === to.addressGeneration ? [] : ['addrgenmode', port.addressGeneration]),
    ...(from.mtu === to.mtu ? [] : ['mtu', port.mtu]),
  ];
  const plug = moved && to.bridge !== undefined ? ['master', to.bridge] : [];
  if (settings(to).length + plug.length > 0) {
    const unplug = plug.length > 0 ? ['nomaster'] : [];
    commands.push(withUndo(set(...settings(to), ...plug), set(...settings(from), ...unplug)));
  }
  const flags = to.flags === undefined || (!moved && sameFlags(from.flags, to.flags)) ? [] : flagWords(to.flags);
  const up = from.up === to.up ? [] : [to.up ? 'up' : 'down'];
  if (flags.length > 0 || up.length > 0) {
    const undoFlags = moved || from.flags === undefined || flags.length === 0 ? [] : flagWords(from.flags);
    const undoUp = from.up === to.up ? [] : [from.up ? 'up' : 'down'];
    const undo = undoFlags.length + undoUp.length === 0 ? [] : [set(...undoUp, ...undoFlags)];
    commands.push(withUndo(set(...up, ...flags), ...undo));
  }
  return commands;
}

const flagNames: readonly [Exclude<keyof PortFlags, 'groupForwardMask'>, string][] = [
  ['learning', 'learning'],
  ['flood', 'flood'],
  ['mcastFlood', 'mcast_flood'],
  ['bcastFlood', 'bcast_flood'],
  ['hairpin', 'hairpin'],
  ['guard', 'guard'],
  ['rootBlock', 'root_block'],
  ['locked', 'locked'],
];

function flagWords(flags: PortFlags): string[] {
  const words = flagNames.flatMap(([name, word]) => [word, flags[name] ? 'on' : 'off']);
  return ['type', 'bridge_slave', ...words, 'group_fwd_mask', `0x${flags.groupForwardMask.toString(16)}`];
}

export function sameFlags(a: PortFlags | undefined, b: PortFlags | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.groupForwardMask === b.groupForwardMask && flagNames.every(([name]) => a[name] === b[name]);
}

function addressWords(item: AddressItem): string[] {
  const options = item.family === 6 ? ['nodad'] : ['scope', item.scope];
  return [item.address, 'dev', item.device, ...options];
}

const fdbWords = (item: FdbItem): string[] => [item.mac, 'dev', item.port, 'master'];
const neighbourWords = (item: NeighbourItem): string[] => [item.ip, 'lladdr', item.mac, 'dev', item.device];
const routeWords = (item: RouteItem): string[] => [
  `${item.destination}/32`,
  'via',
  item.via,
  'dev',
  item.device,
  'onlink',
  'table',
  String(item.table),
  'proto',
  String(routeProtocol),
];

function ruleWords(item: RuleItem): string[] {
  const hex = (value: number): string => `0x${value.toString(16)}`;
  return [
    'pref',
    String(item.preference),
    ...(item.not ? ['not'] : []),
    ...(item.mark === undefined ? [] : ['fwmark', `${hex(item.mark)}/${hex(item.mask ?? 0xffffffff)}`]),
    ...('table' in item.action ? ['lookup', item.action.table] : ['goto', String(item.action.goto)]),
    // The kernel's own rule 0 is marked as the kernel's (RTPROT_KERNEL), also when it is put back.
    'protocol',
    item.preference === 0 ? 'kernel' : String(routeProtocol),
  ];
}

const writeSysctl = (key: string, value: string): HostAction => ({ tool: 'sysctl', words: [key, value] });

function changeSysctl(item: SysctlItem): HostAction[] {
  const effects = Object.entries(item.effects ?? {});
  return [writeSysctl(item.key, item.value), ...effects.map(([key, value]) => writeSysctl(key, value))];
}

/** Makes a thing that is not there. Ports are never made: their devices belong to the guests. */
export function addActions(item: HostItem): HostAction[] {
  switch (item.kind) {
    case 'bridge':
      return addBridge(item);
    case 'link-up':
      return [ip('link', 'set', 'dev', item.device, 'up')];
    case 'address':
      return [ip('address', 'add', ...addressWords(item))];
    case 'fdb':
      return [{ tool: 'bridge', words: ['fdb', 'replace', ...fdbWords(item), 'static'] }];
    case 'neighbour':
      return [ip('neighbour', 'replace', ...neighbourWords(item), 'nud', 'permanent')];
    case 'route':
      return [ip('route', 'replace', ...routeWords(item))];
    case 'rule':
      return [ip('rule', 'add', ...ruleWords(item))];
    case 'sysctl':
      return changeSysctl(item);
    case 'port':
      return [];
  }
}

function removeActions(item: HostItem): HostAction[] {
  switch (item.kind) {
    case 'bridge':
      return [ip('link', 'delete', 'dev', item.name)];
    case 'link-up':
      return [ip('link', 'set', 'dev', item.device, 'down')];
    case 'address':
      return [ip('address', 'delete', item.address, 'dev', item.device)];
    case 'fdb':
      return [{ tool: 'bridge', words: ['fdb', 'delete', ...fdbWords(item)] }];
    case 'neighbour':
      return [ip('neighbour', 'delete', item.ip, 'dev', item.device)];
    case 'route':
      return [ip('route', 'delete', ...routeWords(item))];
    case 'rule':
      return [ip('rule', 'delete', ...ruleWords(item).slice(0, -2))];
    case 'sysctl':
    case 'port':
      return [];
  }
}

/** The commands that take one thing from one state to another; `dependents` go when it goes, and come back on undo. */
export function transitionCommands(
  from: HostItem | undefined,
  to: HostItem | undefined,
  dependents: readonly HostItem[],
): HostCommand[] {
  if (from?.kind === 'port' && to?.kind === 'port') {
    return changePort(
      from,
      to,
      dependents.filter((item) => item.kind === 'fdb'),
    );
  }
  if (to?.kind === 'sysctl') {
    const [write, ...effects] = changeSysctl(to);
    const undo = from?.kind === 'sysctl' ? changeSysctl(from) : [];
    return [withUndo(write as HostAction, ...undo), ...effects.map((action) => withUndo(action))];
  }
  if (from?.kind === 'bridge' && to?.kind === 'bridge') {
    const undo = changeBridge({ ...to, pinned: false }, from);
    const neighbours = dependents.flatMap(addActions);
    const [first, ...others] = changeBridge(from, to);
    return [
      ...(first ? [withUndo(first, ...undo, ...neighbours)] : []),
      ...[...others, ...neighbours].map((action) => withUndo(action)),
    ];
  }
  if (from !== undefined && to !== undefined)
    return addActions(to).map((action) => withUndo(action, ...addActions(from)));
  if (to !== undefined) {
    // What follows the first command dies with it.
    return addActions(to).map((action, index) => withUndo(action, ...(index === 0 ? removeActions(to) : [])));
  }
  if (from === undefined) return [];
  return removeActions(from).map((action) => withUndo(action, ...[from, ...dependents].flatMap(addActions)));
}
