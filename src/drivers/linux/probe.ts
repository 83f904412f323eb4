import { AppError } from '../../errors/app-error.ts';
import { openConntrack } from '../../system/conntrack/open-conntrack.ts';
import { canReadNflog } from '../../system/nflog/nflog-reader.ts';
import type { Capabilities } from '../driver.ts';
import { sampleGroup } from './nftables/guard-table.ts';
import type { NftablesPart } from './nftables/nftables-part.ts';

/** A kernel may have conntrack and not the part that speaks of it (CONFIG_NF_CT_NETLINK). */
function canReadSessions(): boolean {
  try {
    const table = openConntrack();
    try {
      table.count();
    } finally {
      table.close();
    }
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'command-failed') return false;
    throw error;
  }
}

/** Asks the kernel by trying: each probe is a transaction that leaves nothing behind. */
export async function probeCapabilities(nftables: NftablesPart): Promise<Capabilities> {
  const bridgeMeta = await nftables.accepts(
    'add chain bridge bridgekeeper_probe frames { type filter hook prerouting priority 0; }\nadd rule bridge bridgekeeper_probe frames meta ibrname "lo" accept',
  );
  const flowtable = await nftables.accepts(
    'add flowtable inet bridgekeeper_probe flows { hook ingress priority 0; devices = { lo }; }',
  );
  const sessions = canReadSessions();
  const socketMatch = await nftables.accepts(
    'add chain inet bridgekeeper_probe sockets { type filter hook input priority 0; }\nadd rule inet bridgekeeper_probe sockets socket transparent { 0, 1 } accept',
  );
  const ctTimeout = await nftables.accepts(
    'add ct timeout inet bridgekeeper_probe quick { protocol udp; l3proto ip; policy = { unreplied : 31, replied : 301 }; }',
  );
  // Rules may name a group that nobody can listen to, where the kernel has only half of it.
  const frameSamples =
    canReadNflog(sampleGroup + 1) &&
    (await nftables.accepts(
      `add chain bridge bridgekeeper_probe samples { type filter hook prerouting priority 0; }\nadd rule bridge bridgekeeper_probe samples log group ${sampleGroup} snaplen 64`,
    ));
  const missing: string[] = [];
  const needed = [
    [
      'add chain bridge bridgekeeper_probe guard { type filter hook prerouting priority 0; }',
      'the kernel has no bridge family of nftables, so ports cannot be guarded',
    ],
    [
      'add chain inet bridgekeeper_probe nat { type nat hook postrouting priority 100; }',
      'the kernel has no NAT in nftables, so the address cannot be shared',
    ],
  ] as const;
  for (const [command, sentence] of needed) if (!(await nftables.accepts(command))) missing.push(sentence);
  return { gateway: true, flowtable, bridgeMeta, ctTimeout, socketMatch, frameSamples, wire: true, sessions, missing };
}
