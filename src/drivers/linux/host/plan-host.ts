import { isSettingAsWanted } from './choose-sysctls.ts';
import { chooseTargets } from './choose-targets.ts';
import { stepText } from './describe-step.ts';
import { sameFlags, transitionCommands } from './host-commands.ts';
import type { HostItem, HostObservation, HostOrigin, HostPlan, HostStep } from './host-item.ts';
import { nextOrigin } from './next-origin.ts';
import type { Targets } from './targets.ts';

/** One thing that is to change. */
interface Transition {
  readonly key: string;
  readonly from: HostItem | undefined;
  readonly to: HostItem | undefined;
}

/** Whether what is seen is what is wanted. Only differences that a command can mend count. */
function isAsWanted(seen: HostItem, wanted: HostItem): boolean {
  if (seen.kind === 'bridge' && wanted.kind === 'bridge') {
    return (
      !wanted.pinned &&
      seen.mac === wanted.mac &&
      seen.mtu === wanted.mtu &&
      seen.stp === wanted.stp &&
      seen.forwardDelay === wanted.forwardDelay &&
      seen.groupForwardMask === wanted.groupForwardMask &&
      seen.addressGeneration === wanted.addressGeneration
    );
  }
  if (seen.kind === 'port' && wanted.kind === 'port') {
    return (
      seen.bridge === wanted.bridge &&
      seen.mtu === wanted.mtu &&
      seen.up === wanted.up &&
      seen.addressGeneration === wanted.addressGeneration &&
      sameFlags(seen.flags, wanted.flags)
    );
  }
  if (seen.kind === 'neighbour' && wanted.kind === 'neighbour') return seen.mac === wanted.mac;
  if (seen.kind === 'route' && wanted.kind === 'route') return seen.via === wanted.via && seen.device === wanted.device;
  if (seen.kind === 'sysctl' && wanted.kind === 'sysctl') return isSettingAsWanted(seen, wanted);
  return true;
}

/** What a thing lives on: it goes when that goes. */
function containerOf(item: HostItem): string | undefined {
  switch (item.kind) {
    case 'fdb':
      return `port ${item.port}`;
    case 'link-up':
    case 'address':
    case 'neighbour':
    case 'route':
      return `bridge ${item.device}`;
    case 'sysctl':
      return item.device === undefined ? undefined : `bridge ${item.device}`;
    default:
      return undefined;
  }
}

/** Order in which things are made; they are taken away in the reverse order. */
const order: readonly HostItem['kind'][] = [
  'bridge',
  'sysctl',
  'address',
  'link-up',
  'port',
  'fdb',
  'neighbour',
  'route',
  'rule',
];
const rank = (item: HostItem): number => order.indexOf(item.kind);

const isLocalRule = (item: HostItem | undefined): boolean => item?.kind === 'rule' && item.preference === 0;

/**
 * The stage of a transition. What goes comes first, from rules back to bridges; what comes follows, from bridges on to
 * rules. The host is never without a rule for its `local` table: rule 0 comes back before anything else and goes last.
 */
function stage({ from, to }: Transition): number {
  if (to === undefined && from !== undefined) return isLocalRule(from) ? 99 : 10 + order.length - rank(from);
  const item = to as HostItem;
  if (isLocalRule(item)) return 0;
  if (item.kind === 'port' && item.bridge === undefined) return 10 + order.length - rank(item);
  return 30 + rank(item);
}

interface Transitions {
  /** In the order in which they are to run. */
  readonly transitions: readonly Transition[];
  /** By key of the container: what goes with it. */
  readonly dependents: ReadonlyMap<string, readonly HostItem[]>;
  /** Keys of everything that goes with its container. */
  readonly lost: ReadonlySet<string>;
}

/** The things that change, with what goes of itself when its bridge or port is taken away. */
function transitionsOf({ wanted, observed }: Targets): Transitions {
  const gone = new Set<string>();
  const flushed = new Set<string>();
  for (const [key, to] of wanted) {
    const from = observed.items.get(key);
    if (from === undefined) continue;
    if (to === null || (to.kind === 'port' && from.kind === 'port' && from.bridge !== to.bridge)) gone.add(key);
    // The kernel forgets all neighbours of a device whose MAC is set (neigh_changeaddr).
    if (to?.kind === 'bridge' && from.kind === 'bridge' && (from.mac !== to.mac || to.pinned)) {
      flushed.add(key);
    }
  }
  const dependents = new Map<string, HostItem[]>();
  const lost = new Set<string>();
  for (const [key, item] of observed.items) {
    const container = containerOf(item);
    if (container === undefined) continue;
    // What is flushed is added again at once, so it is not lost.
    if (gone.has(container)) lost.add(key);
    else if (item.kind !== 'neighbour' || !flushed.has(container)) continue;
    const others = dependents.get(container);
    if (others === undefined) dependents.set(container, [item]);
    else others.push(item);
  }
  for (const items of dependents.values()) items.sort((a, b) => rank(a) - rank(b));
  const transitions: Transition[] = [];
  for (const [key, to] of wanted) {
    const from = lost.has(key) ? undefined : observed.items.get(key);
    if (from === undefined ? to === null : to !== null && isAsWanted(from, to)) continue;
    if (
      from?.kind === 'port' &&
      to?.kind === 'port' &&
      from.bridge !== undefined &&
      to.bridge !== undefined &&
      from.bridge !== to.bridge
    ) {
      // Out first, in later: the old bridge may go in between, and undoing must find it again.
      const { bridge: _bridge, flags: _flags, ...out } = from;
      transitions.push({ key, from, to: out }, { key, from: out, to });
      continue;
    }
    transitions.push({ key, from, to: to ?? undefined });
  }
  return { transitions: transitions.sort((a, b) => stage(a) - stage(b)), dependents, lost };
}

/**
 * Compares what a site wants with what the host has, and lists the steps between. Pure. An empty `desired` takes
 * everything back to what was found first.
 */
export function planHost(desired: readonly HostItem[], observed: HostObservation, origin: HostOrigin): HostPlan {
  const targets = chooseTargets(desired, observed, origin);
  const { transitions, dependents, lost } = transitionsOf(targets);
  const touched = new Set([...lost, ...transitions.map((transition) => transition.key)]);
  const steps = transitions.map(({ key, from, to }): HostStep => {
    const item = (to ?? from) as HostItem;
    return {
      change: from === undefined ? 'add' : to === undefined ? 'remove' : 'change',
      object: item.kind,
      text: stepText(from, to),
      // A port that moves has two steps; what was pinned to it goes with the first.
      commands: transitionCommands(from, to, from === observed.items.get(key) ? (dependents.get(key) ?? []) : []),
    };
  });
  return {
    steps,
    origin: nextOrigin(targets, touched),
    waiting: targets.waiting,
    unavailable: targets.unavailable,
    conflicts: targets.conflicts,
  };
}
