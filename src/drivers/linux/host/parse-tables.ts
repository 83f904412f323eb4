import { isIpv4, parseIpv6 } from '../../../model/ip-address.ts';
import type { FdbItem, NeighbourItem, RouteItem, RuleItem } from './host-item.ts';

const read = <T>(text: string): T[] => JSON.parse(text || '[]') as T[];

/** Reads `bridge -j fdb show state static`. */
export function parseFdb(text: string): FdbItem[] {
  return read<{ mac: string; ifname: string; master?: string; state?: string }>(text).flatMap((entry) =>
    entry.master === undefined || entry.state !== 'static' ? [] : [{ kind: 'fdb', port: entry.ifname, mac: entry.mac }],
  );
}

/** Reads `ip -j neighbour show nud permanent`. */
export function parseNeighbours(text: string): NeighbourItem[] {
  return read<{ dst: string; dev: string; lladdr?: string }>(text).flatMap((entry) =>
    entry.lladdr === undefined
      ? []
      : [
          {
            kind: 'neighbour',
            device: entry.dev,
            ip: isIpv4(entry.dst) ? entry.dst : parseIpv6(entry.dst),
            mac: entry.lladdr,
          },
        ],
  );
}

/** Reads `ip -4 -j -N route show table all proto 107`. */
export function parseRoutes(text: string): RouteItem[] {
  return read<{ dst: string; gateway?: string; dev: string; table?: string }>(text).map((entry) => ({
    kind: 'route',
    table: Number(entry.table ?? 254),
    destination: entry.dst,
    via: entry.gateway ?? '',
    device: entry.dev,
  }));
}

/** Devices in `ip -6 -j route show proto ra`: those that take their routes from router advertisements. */
export function parseAdvertisedDevices(text: string): Set<string> {
  return new Set(read<{ dev?: string }>(text).flatMap((entry) => entry.dev ?? []));
}

/** The names that iproute2 gives to the kernel's own tables; -N prints their numbers. */
const tableNames: Readonly<Record<string, string>> = { 255: 'local', 254: 'main', 253: 'default' };

interface ShownRule {
  readonly priority: number;
  readonly src?: string;
  readonly dst?: string;
  readonly iif?: string;
  readonly oif?: string;
  readonly not?: null;
  readonly fwmark?: string;
  readonly fwmask?: string;
  readonly goto?: number;
  readonly table?: string;
}

/** Reads `ip -4 -j -N rule show`; rules that select by more than the mark are nobody's of ours and are left out. */
export function parseRules(text: string): RuleItem[] {
  return read<ShownRule>(text).flatMap((rule): RuleItem[] => {
    const plain = rule.src === 'all' && rule.dst === undefined && rule.iif === undefined && rule.oif === undefined;
    if (!plain || (rule.goto === undefined && rule.table === undefined)) return [];
    return [
      {
        kind: 'rule',
        preference: rule.priority,
        ...(rule.fwmark === undefined
          ? {}
          : { mark: Number(rule.fwmark), mask: rule.fwmask === undefined ? 0xffffffff : Number(rule.fwmask) }),
        ...(rule.not === null ? { not: true } : {}),
        action:
          rule.goto === undefined ? { table: tableNames[rule.table ?? ''] ?? rule.table ?? '' } : { goto: rule.goto },
      },
    ];
  });
}
