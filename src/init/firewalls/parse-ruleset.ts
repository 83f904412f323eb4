import type { Refusal, Translation } from '../findings.ts';
import type { RuleScope } from './parse-iptables-save.ts';
import { readTranslation, type ShownRule } from './read-translation.ts';

interface ShownChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook?: string;
  readonly policy?: string;
}

export interface ShownMap {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly elem?: readonly unknown[];
}

type Shown = { chain?: ShownChain; rule?: ShownRule; map?: ShownMap; table?: { family: string; name: string } };

/** What `nft -j list ruleset` tells about others' rules. */
export interface SeenRuleset {
  /** `ip filter`, `inet firewalld`, … without our own. */
  readonly tables: string[];
  /** Chains by table: `ip filter` → `FORWARD`, `DOCKER-USER`, … */
  readonly chains: { readonly table: string; readonly chain: string }[];
  readonly refusals: Refusal[];
  readonly translations: Translation[];
  readonly otherTranslations: string[];
  /** Tables of iptables-nft hold rules that only iptables-nft-save shows whole. */
  readonly iptables: boolean;
}

const ownTable = 'bridgekeeper';
const iptablesTables = /^(ip|ip6) (filter|nat|mangle|raw|security)$/;
const aside = new Set(['counter', 'log', 'comment', 'limit']);

const has = (expression: object, key: string): boolean => Object.hasOwn(expression, key);

/** A rule without a condition that drops or rejects whatever comes to it. */
function refusesAll({ expr }: ShownRule): string | undefined {
  const rest = expr.filter((expression) => !Object.keys(expression).every((key) => aside.has(key)));
  const [only] = rest;
  if (rest.length !== 1 || only === undefined) return undefined;
  if (has(only, 'drop')) return 'its last word is drop';
  return has(only, 'reject') ? 'its last word is reject' : undefined;
}

function refusalOf(chain: ShownChain, rules: readonly ShownRule[]): Refusal | undefined {
  const { hook, family, table, name } = chain;
  if (hook !== 'forward' && hook !== 'input') return undefined;
  if (family !== 'ip' && family !== 'ip6' && family !== 'inet' && !(family === 'bridge' && hook === 'forward')) {
    return undefined;
  }
  const own = rules.filter((rule) => rule.family === family && rule.table === table && rule.chain === name);
  const how = chain.policy === 'drop' ? 'policy drop' : own.map(refusesAll).find((word) => word !== undefined);
  if (how === undefined) return undefined;
  // A table that a user named like those of iptables has chains in lower case.
  const iptables = iptablesTables.test(`${family} ${table}`) && name === hook.toUpperCase();
  const kept = iptables ? 'iptables-nft' : 'nftables';
  return { hook, family, table, chain: name, how, kept };
}

/** Reads `nft -j list ruleset` (libnftables-json(5)). */
export function parseRuleset(text: string, scope: RuleScope): SeenRuleset {
  const all = (JSON.parse(text) as { nftables: Shown[] }).nftables;
  const foreign = <T extends { table: string }>(items: readonly (T | undefined)[]): T[] =>
    items.filter((item): item is T => item !== undefined && item.table !== ownTable);
  const chains = foreign(all.map(({ chain }) => chain));
  const rules = foreign(all.map(({ rule }) => rule));
  const maps = foreign(all.map(({ map }) => map));
  const tables = all.flatMap(({ table }) => (table && table.name !== ownTable ? `${table.family} ${table.name}` : []));
  const seen: SeenRuleset = {
    tables,
    chains: chains.map(({ family, table, name }) => ({ table: `${family} ${table}`, chain: name })),
    refusals: chains.flatMap((chain) => refusalOf(chain, rules) ?? []),
    translations: [],
    otherTranslations: [],
    iptables: tables.some((table) => iptablesTables.test(table)),
  };
  for (const rule of rules) {
    // iptables-nft-save tells about these, and whole.
    if (!rule.expr.some((expression) => has(expression, 'dnat'))) continue;
    const found = readTranslation(rule, maps, scope);
    if (typeof found === 'string') seen.otherTranslations.push(found);
    else seen.translations.push(...found);
  }
  return seen;
}
