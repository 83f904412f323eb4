import { isIPv4, isIPv6 } from 'node:net';
import { parseIp } from '../../model/ip-address.ts';
import { type PortRange, parsePortRange } from '../../model/port-range.ts';
import { parseSubnet, type Subnet } from '../../model/subnet.ts';
import type { Translation } from '../findings.ts';
import type { RuleScope } from './parse-iptables-save.ts';
import type { ShownMap } from './parse-ruleset.ts';

/** A rule as libnftables-json(5) has it. */
export interface ShownRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly Readonly<Record<string, unknown>>[];
}

interface Match {
  readonly op: string;
  readonly left: { payload?: { protocol: string; field: string }; meta?: { key: string } };
  readonly right: unknown;
}

/** What the matches of a rule say; undefined for what a forward cannot say. */
interface Conditions {
  protocol?: 'tcp' | 'udp';
  ports: PortRange[];
  from: Subnet[];
}

class NotAForward extends Error {}
const give = (): never => {
  throw new NotAForward();
};

/** A number, a range, or a set of both. */
function portsOf(value: unknown): PortRange[] {
  if (typeof value === 'number') return [parsePortRange(value)];
  if (typeof value !== 'object' || value === null) return give();
  const { range, set } = value as { range?: [number, number]; set?: unknown[] };
  if (range) return [parsePortRange(`${range[0]}-${range[1]}`)];
  return set ? set.flatMap(portsOf) : give();
}

function sourcesOf(value: unknown): Subnet[] {
  if (typeof value === 'string' && (isIPv4(value) || isIPv6(value))) return [parseSubnet(value)];
  if (typeof value !== 'object' || value === null) return give();
  const { prefix, set } = value as { prefix?: { addr: string; len: number }; set?: unknown[] };
  if (prefix) return [parseSubnet(`${prefix.addr}/${prefix.len}`)];
  return set ? set.flatMap(sourcesOf) : give();
}

function protocolOf(value: unknown): 'tcp' | 'udp' {
  return value === 'tcp' || value === 'udp' ? value : give();
}

function readMatch(match: Match, conditions: Conditions, scope: RuleScope): void {
  if (match.op !== '==') give();
  const { payload, meta } = match.left;
  const { right } = match;
  if (meta?.key === 'iifname' || meta?.key === 'iif') {
    if (right !== scope.uplink) give();
  } else if (meta?.key === 'l4proto' || (payload?.protocol === 'ip' && payload.field === 'protocol')) {
    conditions.protocol = protocolOf(right);
  } else if (payload?.field === 'dport') {
    if (payload.protocol !== 'th') conditions.protocol = protocolOf(payload.protocol);
    conditions.ports = portsOf(right);
  } else if (payload?.field === 'daddr') {
    if (!scope.addresses.includes(String(right))) give();
  } else if (payload?.field === 'saddr' && payload.protocol !== 'ether') conditions.from = sourcesOf(right);
  else if (meta?.key !== 'nfproto') give();
}

type Target = { address: string; first?: number };

function targetOf(value: unknown): Target {
  if (typeof value === 'string' && (isIPv4(value) || isIPv6(value))) return { address: value };
  const { concat } = (value ?? {}) as { concat?: [string, number] };
  if (concat && typeof concat[1] === 'number') return { address: concat[0], first: concat[1] };
  return give();
}

/** `dnat to tcp dport map { 80 : 10.0.0.5 . 8080 }`: each element of the map is a translation. */
function readMap(
  map: { key: unknown; data: unknown },
  rule: ShownRule,
  maps: readonly ShownMap[],
): { protocol: 'tcp' | 'udp'; ports: PortRange[]; target: Target }[] {
  const { payload, concat } = map.key as { payload?: { protocol: string; field: string }; concat?: unknown[] };
  const elements = Array.isArray((map.data as { set?: unknown[] }).set)
    ? (map.data as { set: unknown[] }).set
    : maps.find(({ family, table, name }) => family === rule.family && table === rule.table && `@${name}` === map.data)
        ?.elem;
  return (elements ?? []).map((element) => {
    const [key, value] = Array.isArray(element) ? element : give();
    const target = targetOf(value);
    if (payload?.field === 'dport') return { protocol: protocolOf(payload.protocol), ports: portsOf(key), target };
    const parts = concat === undefined ? undefined : (key as { concat?: [string, unknown] }).concat;
    return parts?.length === 2 ? { protocol: protocolOf(parts[0]), ports: portsOf(parts[1]), target } : give();
  });
}

function read(rule: ShownRule, maps: readonly ShownMap[], scope: RuleScope, seen: string): Translation[] {
  const conditions: Conditions = { ports: [], from: [] };
  const found: Translation[] = [];
  for (const expression of rule.expr) {
    const { match, dnat } = expression as { match?: Match; dnat?: { addr?: unknown; port?: unknown } };
    if (match) readMatch(match, conditions, scope);
    else if (!dnat) {
      if (!['counter', 'log', 'comment'].includes(Object.keys(expression)[0] ?? '')) give();
    } else {
      const { map } = (dnat.addr ?? {}) as { map?: { key: unknown; data: unknown } };
      const list = map
        ? readMap(map, rule, maps)
        : [{ protocol: conditions.protocol ?? give(), ports: conditions.ports, target: targetOf(dnat.addr) }];
      for (const { protocol, ports, target } of list) {
        const first = typeof dnat.port === 'number' ? dnat.port : target.first;
        if ((dnat.port !== undefined && typeof dnat.port !== 'number') || ports.length === 0) give();
        if (ports.length > 1 && first !== undefined) give();
        const { from } = conditions;
        for (const range of ports) {
          found.push({ protocol, ports: range, to: parseIp(target.address), first: first ?? range.first, from, seen });
        }
      }
    }
  }
  return found;
}

/** The translations of a rule with `dnat`; or where it stands, when it says more than a forward can. */
export function readTranslation(rule: ShownRule, maps: readonly ShownMap[], scope: RuleScope): Translation[] | string {
  const seen = `table "${rule.family} ${rule.table}", chain "${rule.chain}"`;
  try {
    return read(rule, maps, scope, seen);
  } catch (error) {
    if (error instanceof NotAForward) return `a dnat rule in ${seen}`;
    throw error;
  }
}
