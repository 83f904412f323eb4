import type { Findings, Refusal } from '../findings.ts';

/** Commands that let the traffic of one bridge pass a chain of somebody else. Bridgekeeper never runs them. */
function remedyOf(refusal: Refusal, bridge: string, findings: Findings): string[] {
  const has = (name: string): boolean => findings.firewalls.some((firewall) => firewall.name === name);
  const { family, table, chain, hook, kept } = refusal;
  const forward = hook === 'forward';
  if (has('firewalld') && table === 'firewalld') {
    return [`firewall-cmd --permanent --zone=trusted --add-interface=${bridge} && firewall-cmd --reload`];
  }
  if (kept === 'nftables') {
    const rule = `nft insert rule ${family} ${table} ${chain}`;
    const inward = `${rule} iifname "${bridge}" accept`;
    return forward ? [inward, `${rule} oifname "${bridge}" accept`] : [inward];
  }
  if (has('ufw') && family === 'ip') {
    return forward
      ? [`ufw route allow in on ${bridge}`, `ufw route allow out on ${bridge}`]
      : [`ufw allow in on ${bridge}`];
  }
  if (has('ufw')) return [];
  const tool = `${family === 'ip6' ? 'ip6tables' : 'iptables'}${kept === 'iptables-legacy' ? '-legacy' : ''}`;
  const place = forward && has('Docker') ? 'DOCKER-USER' : chain;
  const inward = `${tool} -I ${place} -i ${bridge} -j ACCEPT`;
  return forward ? [inward, `${tool} -I ${place} -o ${bridge} -j ACCEPT`] : [inward];
}

/** `lines`: what refuses, and the commands that help, each once. */
export function remedies(findings: Findings, bridge: string): { refusals: string[]; commands: string[] } {
  const relevant = findings.refusals.filter(({ family }) => family !== 'ip6' || findings.uplink.ipv6 !== undefined);
  return {
    refusals: relevant.map(
      ({ family, table, chain, hook, how }) => `chain "${chain}" of table "${family} ${table}", hook ${hook}: ${how}`,
    ),
    commands: [...new Set(relevant.flatMap((refusal) => remedyOf(refusal, bridge, findings)))],
  };
}
