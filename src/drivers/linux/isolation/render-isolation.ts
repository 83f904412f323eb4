import { renderRate } from '../../../model/quantity.ts';
import { quoted } from '../nftables/fragment.ts';
import type { Standing } from './isolation-part.ts';

/** There only while a port is isolated. */
export const isolationTable = 'bridgekeeper_isolation';
/** Sets that say which ports are isolated, and the one that counts. */
export const isolationSets = ['cut', 'limited_from', 'limited_to'] as const;
export const droppedSet = 'dropped';

const table = `bridge ${isolationTable}`;

/**
 * Before the guard, so that what an isolated port sends is no violation any more and no ARP or DHCP of it reaches the
 * host, yet where `explain --live` has marked its frames already (-350); and behind everything else on the way to it. What
 * the bridge itself says to its ports (multicast queries, spanning tree) passes `output` alone, what they say to it `input`. An element's own limit
 * decides about a limited port: the look-up succeeds only for frames over it (`nft_set_elem_update_expr`). Can be said
 * again and again.
 */
const frame = `table ${table} {
  set cut { type ifname; flags timeout; }
  set limited_from { type ifname; flags dynamic,timeout; size 65536; }
  set limited_to { type ifname; flags dynamic,timeout; size 65536; }
  set ${droppedSet} { type ifname; flags dynamic,timeout; timeout 40d; size 65536; }
  chain drop_of_port { }
  chain from_port { type filter hook prerouting priority dstnat - 20; policy accept; }
  chain to_port { type filter hook postrouting priority srcnat + 100; policy accept; }
  chain to_bridge { type filter hook input priority filter; policy accept; }
  chain of_bridge { type filter hook output priority filter; policy accept; }
}
flush table ${table}
table ${table} {
  chain drop_of_port {
    update @${droppedSet} { iifname counter }
    drop
  }
  chain from_port {
    iifname @cut goto drop_of_port
    iifname @limited_from goto drop_of_port
  }
  chain to_port {
    oifname @cut drop
    oifname @limited_to drop
  }
  chain to_bridge {
    iifname @cut goto drop_of_port
  }
  chain of_bridge {
    oifname @cut drop
  }
}`;

const secondsOf = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

/** Elements of one port, by set. The kernel ends them when their timeout is over. */
function elementsOf({ port, limit, ends }: Standing, now: number): [set: string, element: string][] {
  const timeout = `timeout ${Math.max(1, Math.ceil(ends - now))}ms`;
  if (limit === undefined) return [['cut', `${quoted(port)} ${timeout}`]];
  // A tenth of a second at once, and no fewer than one exchange takes.
  const burst = Math.max(5, Math.ceil(limit.count / secondsOf[limit.per] / 10));
  const over = `limit rate over ${renderRate(limit)} burst ${burst} packets`;
  return ['limited_from', 'limited_to'].map((set) => [set, `${quoted(port)} ${over} ${timeout}`]);
}

/**
 * One transaction after which just these ports are isolated; no frame slips through in between. What was counted is kept
 * but for `forgotten`, ports that a count is there of. `now` by the monotonic clock.
 */
export function renderIsolations(isolations: readonly Standing[], forgotten: readonly string[], now: number): string {
  const elements = isolations.flatMap((isolation) => elementsOf(isolation, now));
  return [
    frame,
    ...isolationSets.map((set) => `flush set ${table} ${set}`),
    ...elements.map(([set, element]) => `add element ${table} ${set} { ${element} }`),
    ...forgotten.map((port) => `delete element ${table} ${droppedSet} { ${quoted(port)} }`),
    '',
  ].join('\n');
}

/** Lets every port go; succeeds when none is isolated. */
export function renderNoIsolation(): string {
  return `table ${table}\ndelete table ${table}\n`;
}
