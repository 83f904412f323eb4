import { readText } from '../../system/files.ts';
import type { ToolAsker } from '../ask-tool.ts';
import type { Findings, FoundFirewall } from '../findings.ts';
import { parseIptablesSave, type RuleScope, type SavedRules } from './parse-iptables-save.ts';
import { parseRuleset, type SeenRuleset } from './parse-ruleset.ts';

type Found = Pick<Findings, 'firewalls' | 'refusals' | 'translations' | 'otherTranslations'>;

/** Names by which the rules of others are told. */
const marks: readonly (readonly [string, { readonly table?: RegExp; readonly chain?: RegExp }])[] = [
  ['Docker', { chain: /^DOCKER(-|$)/ }],
  ['libvirt', { chain: /^LIBVIRT_/, table: / libvirt_network$/ }],
  ['ufw', { chain: /^ufw6?-/ }],
  ['firewalld', { table: / firewalld$/, chain: /^FWD[IO]_/ }],
  ['Podman', { chain: /^NETAVARK[_-]/, table: / netavark$/ }],
  ['Incus', { table: / incus$/ }],
  ['LXD', { table: / lxd$/ }],
  ['Kubernetes', { chain: /^KUBE-/ }],
  ['Proxmox firewall', { chain: /^PVEFW-/, table: / proxmox-firewall/ }],
  ['fail2ban', { chain: /^f2b-/, table: / f2b-table$/ }],
  ['Tailscale', { chain: /^ts-/ }],
];

function nameFirewalls(
  tables: readonly string[],
  chains: readonly { table: string; chain: string }[],
): FoundFirewall[] {
  return marks.flatMap(([name, { table, chain }]) => {
    const byTable = table && tables.find((text) => table.test(text));
    if (byTable !== undefined) return [{ name, seen: `table "${byTable}"` }];
    const byChain = chain && chains.find((found) => chain.test(found.chain));
    return byChain ? [{ name, seen: `chain "${byChain.chain}" of table "${byChain.table}"` }] : [];
  });
}

/** Chains of a legacy iptables, `:DOCKER-USER - [0:0]`. */
const savedChains = (text: string, family: string): { table: string; chain: string }[] =>
  [...text.matchAll(/^:(\S+) /gm)].map((match) => ({
    table: `${family} (iptables-legacy)`,
    chain: match[1] as string,
  }));

const nothing: SeenRuleset = {
  tables: [],
  chains: [],
  refusals: [],
  translations: [],
  otherTranslations: [],
  iptables: false,
};

/** The old iptables keeps its tables beside nftables; asking for them would load its modules, so /proc is asked first. */
async function legacyInUse(family: 'ip' | 'ip6'): Promise<boolean> {
  try {
    return ((await readText(`/proc/self/net/${family}_tables_names`)) ?? '').trim() !== '';
  } catch (error) {
    // Readable by root only.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}

/** Rules of other firewalls: who they are, what they refuse, what they translate. */
export async function findFirewalls(tools: ToolAsker, scope: RuleScope): Promise<Found> {
  const seen =
    (await tools.askFor('rules of other firewalls (this takes root)', ['nft', '-j', 'list', 'ruleset'], (text) =>
      parseRuleset(text, scope),
    )) ?? nothing;
  const saved: SavedRules[] = [];
  const chains = [...seen.chains];
  for (const family of ['ip', 'ip6'] as const) {
    const tool = family === 'ip' ? 'iptables' : 'ip6tables';
    if (seen.iptables) {
      const rules = await tools.askFor(`rules of ${tool}`, [`${tool}-nft-save`], (text) =>
        parseIptablesSave(text, 'iptables-nft', family, scope),
      );
      // Its policies were seen with the other chains of nftables.
      if (rules) saved.push({ ...rules, refusals: [] });
    }
    if (!(await legacyInUse(family))) continue;
    const legacy = await tools.askFor(`rules of legacy ${tool}`, [`${tool}-legacy-save`], (text) => ({
      chains: savedChains(text, family),
      rules: parseIptablesSave(text, 'iptables-legacy', family, scope),
    }));
    if (legacy === undefined) continue;
    chains.push(...legacy.chains);
    saved.push(legacy.rules);
  }
  return {
    firewalls: nameFirewalls(seen.tables, chains),
    refusals: [...seen.refusals, ...saved.flatMap(({ refusals }) => refusals)],
    translations: [...seen.translations, ...saved.flatMap(({ translations }) => translations)],
    otherTranslations: [...seen.otherTranslations, ...saved.flatMap((rules) => rules.otherTranslations)],
  };
}
