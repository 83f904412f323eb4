import { runCommand } from '../../system/run-command.ts';
import { tableName } from './nftables/fragment.ts';

/** Whose rules a chain is; each has a way of its own to be told an exception. */
type Keeper = 'docker' | 'ufw' | 'firewalld' | 'iptables' | 'nftables';

/** A chain of somebody else that drops what no rule of it accepts. The last word is a drop, wherever it is said. */
export interface ForeignChain {
  readonly keeper: Keeper;
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: 'forward' | 'input';
  /** Interfaces that it accepts everything from, and to. `*` at the end stands for any rest. */
  readonly acceptsFrom: readonly string[];
  readonly acceptsTo: readonly string[];
}

type Statement = Record<string, unknown>;
interface Rule {
  readonly chain: string;
  readonly expr: readonly Statement[];
}
interface Chain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

/** Rules of one table, by chain. */
type Table = ReadonlyMap<string, readonly Rule[]>;

const deepestJump = 8;
const matches = (rule: Rule): Statement[] => rule.expr.filter((part) => 'match' in part || 'xt' in part);
const targetOf = (rule: Rule): string | undefined => {
  const jump = rule.expr.map((part) => part.goto ?? part.jump).find((found) => found !== undefined);
  return (jump as { target: string } | undefined)?.target;
};

/** Whether a packet that matches the rule, and nothing more, is accepted. */
function accepts(rule: Rule, table: Table, depth = 0): boolean {
  if (rule.expr.some((part) => 'accept' in part)) return true;
  const target = targetOf(rule);
  if (target === undefined || depth > deepestJump) return false;
  return (table.get(target) ?? []).some((next) => matches(next).length === 0 && accepts(next, table, depth + 1));
}

/** Rules of a chain and of every chain that it leads to. */
function reachableRules(chain: string, table: Table): Rule[] {
  const seen = new Set([chain]);
  const rules: Rule[] = [];
  for (const name of seen) {
    for (const rule of table.get(name) ?? []) {
      rules.push(rule);
      const target = targetOf(rule);
      if (target !== undefined) seen.add(target);
    }
  }
  return rules;
}

/** The interface that a rule asks for, when it asks for nothing else. */
function onlyInterface(rule: Rule, key: 'iifname' | 'oifname'): string[] {
  const asked = matches(rule);
  const match = asked.length === 1 ? (asked[0]?.match as Statement | undefined) : undefined;
  const meta = (match?.left as { meta?: { key: string } } | undefined)?.meta;
  if (match?.op !== '==' || meta?.key !== key) return [];
  const right = match.right as string | { set?: unknown[] };
  if (typeof right === 'string') return [right];
  return (right.set ?? []).filter((name): name is string => typeof name === 'string');
}

/** Whether a rule lets everything pass of which conntrack says so: `ct state established`, `ct status dnat`. */
function onlyConntrack(rule: Rule, key: 'state' | 'status', value: string): boolean {
  const asked = matches(rule);
  const match = asked.length === 1 ? (asked[0]?.match as Statement | undefined) : undefined;
  if ((match?.left as { ct?: { key: string } } | undefined)?.ct?.key !== key || match?.op === '!=') return false;
  return JSON.stringify(match?.right).includes(`"${value}"`);
}

function keeperOf(chain: Chain, table: Table): Keeper {
  if (chain.table === 'firewalld') return 'firewalld';
  const chains = [...table.keys()];
  if (chains.some((name) => name.startsWith('ufw'))) return 'ufw';
  if (chains.includes('DOCKER-USER') && chain.hook === 'forward') return 'docker';
  return chain.table === 'filter' && /^[A-Z]+$/.test(chain.name) ? 'iptables' : 'nftables';
}

const refuses = (rule: Rule): boolean =>
  matches(rule).length === 0 && rule.expr.some((part) => 'drop' in part || 'reject' in part);

/** Reads `nft -j list ruleset`: chains of others on the way through this host or into it whose last word is a drop. */
export function parseForeignChains(json: string): ForeignChain[] {
  const { nftables } = JSON.parse(json) as { nftables: { chain?: Chain; rule?: Rule & Chain }[] };
  const tables = new Map<string, Map<string, Rule[]>>();
  const bases: Chain[] = [];
  for (const { chain, rule } of nftables) {
    const part = chain ?? rule;
    if (!part || part.table === tableName || !['ip', 'ip6', 'inet'].includes(part.family)) continue;
    const id = `${part.family} ${part.table}`;
    const table = tables.get(id) ?? new Map<string, Rule[]>();
    tables.set(id, table);
    if (chain) table.set(chain.name, table.get(chain.name) ?? []);
    else if (rule) table.set(rule.chain, [...(table.get(rule.chain) ?? []), rule]);
    if (chain?.hook === 'forward' || chain?.hook === 'input') bases.push(chain);
  }
  return bases.flatMap((chain): ForeignChain[] => {
    const table: Table = tables.get(`${chain.family} ${chain.table}`) ?? new Map();
    const own = table.get(chain.name) ?? [];
    if (chain.policy !== 'drop' && !own.some(refuses)) return [];
    const accepting = reachableRules(chain.name, table).filter((rule) => accepts(rule, table));
    const of = (key: 'iifname' | 'oifname'): string[] => accepting.flatMap((rule) => onlyInterface(rule, key));
    // Answers and published ports are all that goes to a guest of a site without further policies.
    const inbound = (['state', 'status'] as const).every((key) =>
      accepting.some((rule) => onlyConntrack(rule, key, key === 'state' ? 'established' : 'dnat')),
    );
    const { family, table: name } = chain;
    const hook = chain.hook as ForeignChain['hook'];
    return [
      {
        keeper: keeperOf(chain, table),
        family,
        table: name,
        name: chain.name,
        hook,
        acceptsFrom: of('iifname'),
        acceptsTo: inbound ? ['*'] : of('oifname'),
      },
    ];
  });
}

const named = (patterns: readonly string[], bridge: string): boolean =>
  patterns.some((pattern) => (pattern.endsWith('*') ? bridge.startsWith(pattern.slice(0, -1)) : pattern === bridge));

/** What tells the keeper of a chain to let a bridge's packets pass. */
function remedyOf(chain: ForeignChain, bridge: string): string {
  const directions = chain.hook === 'forward' ? ['-i', '-o'] : ['-i'];
  const iptables = (where: string): string =>
    directions
      .map(
        (direction) =>
          `${chain.family === 'ip6' ? 'ip6tables' : 'iptables'} -I ${where} ${direction} ${bridge} -j ACCEPT`,
      )
      .join(' && ');
  switch (chain.keeper) {
    case 'docker':
      return iptables('DOCKER-USER');
    case 'iptables':
      return iptables(chain.name);
    case 'ufw':
      return chain.hook === 'forward'
        ? `ufw route allow in on ${bridge} && ufw route allow out on ${bridge}`
        : `ufw allow in on ${bridge}`;
    case 'firewalld':
      return `firewall-cmd --permanent --zone=trusted --add-interface=${bridge} && firewall-cmd --reload`;
    case 'nftables':
      return directions
        .map(
          (direction) =>
            `nft insert rule ${chain.family} ${chain.table} ${chain.name} ${direction === '-i' ? 'iifname' : 'oifname'} ${bridge} accept`,
        )
        .join(' && ');
  }
}

/**
 * One sentence for each chain of others that would drop what a bridge's guests send or get, with the command that makes
 * it let them pass. `ipv6` are the bridges that carry IPv6. Pure.
 */
export function foreignFirewallNotices(
  chains: readonly ForeignChain[],
  bridges: readonly string[],
  ipv6: ReadonlySet<string>,
): string[] {
  return chains.flatMap((chain) =>
    bridges
      .filter((bridge) => chain.family !== 'ip6' || ipv6.has(bridge))
      .filter(
        (bridge) => !named(chain.acceptsFrom, bridge) || (chain.hook === 'forward' && !named(chain.acceptsTo, bridge)),
      )
      .map((bridge) => {
        const what = chain.hook === 'forward' ? 'what guests send and get' : 'what guests ask of this host';
        return `chain "${chain.name}" of table "${chain.family} ${chain.table}" drops ${what} on bridge "${bridge}"; let it pass: ${remedyOf(chain, bridge)}`;
      }),
  );
}

/** Reads the rules of others; nothing is changed. Rejects with `command-failed`. */
export async function readForeignChains(): Promise<ForeignChain[]> {
  return parseForeignChains((await runCommand(['nft', '-j', '-t', 'list', 'ruleset'])).stdout);
}
