import { isIPv4, isIPv6 } from 'node:net';
import { parseIp } from '../../model/ip-address.ts';
import { type PortRange, parsePortRange } from '../../model/port-range.ts';
import { parseSubnet } from '../../model/subnet.ts';
import type { Refusal, Translation } from '../findings.ts';

/** What iptables-save tells about translations and refusals. */
export interface SavedRules {
  readonly translations: Translation[];
  readonly otherTranslations: string[];
  readonly refusals: Refusal[];
}

/** Which rules are about this host: those for other addresses or other interfaces are somebody else's business. */
export interface RuleScope {
  readonly addresses: readonly string[];
  readonly uplink: string;
}

/** Words of a rule; comments are quoted. */
const wordsOf = (rule: string): string[] =>
  (rule.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));

const harmless = new Set(['-m', '--match', '--comment']);
const understood: Readonly<Record<string, string>> = {
  '-d': 'destination',
  '-s': 'source',
  '-i': 'interface',
  '-p': 'protocol',
  '--dport': 'ports',
  '--dports': 'ports',
  '-j': 'target',
  '--to-destination': 'to',
};

/** Options of a rule; undefined when it says something that a forward cannot. */
function optionsOf(words: readonly string[]): Map<string, string> | undefined {
  const options = new Map<string, string>();
  for (let i = 2; i < words.length; i += 2) {
    const word = words[i] as string;
    if (harmless.has(word)) continue;
    const option = understood[word];
    if (option === undefined || options.has(option)) return undefined;
    options.set(option, words[i + 1] ?? '');
  }
  return options;
}

/** `80`, `1000:1010`, `1000:1010,53`. */
const portsOf = (text: string): PortRange[] => text.split(',').map((part) => parsePortRange(part.replace(':', '-')));

/** `192.168.122.5`, `192.168.122.5:80`, `192.168.122.5:80-90`, `[fd00::5]:80`. */
function targetOf(text: string): { address: string; first?: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[]+))(?::(\d+)(?:-\d+)?)?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? text;
  if (!isIPv4(address) && !isIPv6(address)) return undefined;
  return { address, ...(match?.[3] === undefined ? {} : { first: Number(match[3]) }) };
}

function translationsOf(words: readonly string[], scope: RuleScope, seen: string): Translation[] | undefined {
  const options = optionsOf(words);
  const protocol = options?.get('protocol');
  const ports = options?.get('ports');
  const target = targetOf(options?.get('to') ?? '');
  if (!options || !target || ports === undefined || (protocol !== 'tcp' && protocol !== 'udp')) return undefined;
  const destination = options.get('destination')?.replace(/\/(32|128)$/, '');
  if (destination !== undefined && !scope.addresses.includes(destination)) return undefined;
  if ((options.get('interface') ?? scope.uplink) !== scope.uplink) return undefined;
  const source = options.get('source');
  const ranges = portsOf(ports);
  // Several ports to one target port become one forward each only where the target keeps the port.
  if (ranges.length > 1 && target.first !== undefined) return undefined;
  return ranges.map((range) => ({
    protocol,
    ports: range,
    to: parseIp(target.address),
    first: target.first ?? range.first,
    from: source === undefined ? [] : [parseSubnet(source)],
    seen,
  }));
}

/** Reads `iptables-save` (iptables-save(8)); `kept` says which of the two kinds of iptables printed it. */
export function parseIptablesSave(
  text: string,
  kept: 'iptables-nft' | 'iptables-legacy',
  family: 'ip' | 'ip6',
  scope: RuleScope,
): SavedRules {
  const saved: SavedRules = { translations: [], otherTranslations: [], refusals: [] };
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const policy = /^:(FORWARD|INPUT) (DROP|REJECT) /.exec(line);
    if (policy && table === 'filter') {
      const chain = policy[1] as 'FORWARD' | 'INPUT';
      const hook = chain === 'FORWARD' ? 'forward' : 'input';
      saved.refusals.push({ hook, family, table, chain, how: 'policy drop', kept });
    }
    if (table !== 'nat' || !/^-A \S+ .*-j DNAT\b/.test(line)) continue;
    const words = wordsOf(line);
    const found = translationsOf(words, scope, `${kept}, table "nat", chain "${words[1]}"`);
    if (found) saved.translations.push(...found);
    else saved.otherTranslations.push(line.trim());
  }
  return saved;
}
