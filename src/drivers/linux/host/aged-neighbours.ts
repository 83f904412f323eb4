import { isIpv4, parseIpv6 } from '../../../model/ip-address.ts';
import { runCommand } from '../../../system/run-command.ts';
import type { HostItem } from './host-item.ts';

/**
 * dnsmasq writes whom it answers by DHCP into the neighbour table (SIOCSARP, arp(7)), and that takes the permanence from
 * our entry of the same address and MAC. Nobody changed anything: such entries are made permanent again, and no more is
 * said of it. Answers whether there were any. Rejects with `command-failed`.
 */
export async function restoreAged(items: readonly HostItem[]): Promise<boolean> {
  const { stdout } = await runCommand(['ip', '-j', 'neighbour', 'show']);
  const entries = JSON.parse(stdout || '[]') as { dst: string; dev: string; lladdr?: string; state?: string[] }[];
  const aged = new Set(
    entries.flatMap(({ dst, dev, lladdr, state = [] }) =>
      state.includes('PERMANENT') ? [] : [`${dev} ${isIpv4(dst) ? dst : parseIpv6(dst)} ${lladdr ?? ''}`],
    ),
  );
  let found = false;
  for (const item of items) {
    if (item.kind !== 'neighbour' || !aged.has(`${item.device} ${item.ip} ${item.mac}`)) continue;
    const { ip, mac, device } = item;
    await runCommand(['ip', 'neighbour', 'replace', ip, 'lladdr', mac, 'dev', device, 'nud', 'permanent']);
    found = true;
  }
  return found;
}
