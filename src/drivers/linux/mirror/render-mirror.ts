import { AppError } from '../../../errors/app-error.ts';
import type { FrameMatch } from '../../../model/frame-match.ts';
import type { DesiredMirror } from '../../driver.ts';
import { quoted } from '../nftables/fragment.ts';

/** Tables of mirrors are told by their name: one each, so that the counters of the others stay when one comes or goes. */
export const mirrorTable = (id: number): string => `bridgekeeper_mirror_${id}`;

/** VXLAN devices, by number: mirrors to the same collector share one, since the kernel has one device for each network. */
export const mirrorDevice = (number: number): string => `bkmirror${number}`;

const protocolRule: Readonly<Record<NonNullable<FrameMatch['protocol']>, string>> = {
  tcp: 'meta l4proto tcp',
  udp: 'meta l4proto udp',
  icmp: 'meta l4proto icmp',
  icmp6: 'meta l4proto icmpv6',
  arp: 'ether type arp',
};

/** Conditions of one direction; a port of either side takes two rules. */
function conditions({ protocol, port, peer }: FrameMatch, peerSide: 'saddr' | 'daddr'): string[] {
  const ports = protocol === undefined ? 'meta l4proto { tcp, udp }' : protocolRule[protocol];
  const first = port !== undefined ? ports : protocol === undefined ? '' : protocolRule[protocol];
  const address = peer === undefined ? '' : `${peer.family === 4 ? 'ip' : 'ip6'} ${peerSide} ${peer.text}`;
  const base = [first, address].filter((text) => text !== '').join(' ');
  if (port === undefined) return [base];
  // A frame between two equal ports is copied once: the first rule that fits goes to the copying.
  return [`${base} th dport ${port}`, `${base} th sport ${port}`];
}

/** At least one frame that the kernel has not cut up yet (GSO, 64 kB), or large ones would never pass. */
const leastBurst = 262_144;

/**
 * The table of one mirror, as text for nft; `collector` is the device of the way to one. The rules hang on the port itself,
 * before bridge and guard; `meta time` ends the mirror although no daemon runs any more.
 */
export function renderMirror(
  { id, port, macs, match, target, rate, until }: DesiredMirror,
  collector?: string,
): string {
  const device = target.kind === 'interface' ? target.name : collector;
  if (device === undefined) throw new AppError('internal', `mirror ${id} has no device to its collector`);
  const set = `{ ${macs.join(', ')} }`;
  const rules = (mac: string, side: 'saddr' | 'daddr'): string =>
    conditions(match, side)
      .map((condition) => `    ${[mac, condition].filter((text) => text !== '').join(' ')} goto copy`)
      .join('\n');
  const hook = (name: string, at: 'ingress' | 'egress', body: string): string =>
    `  chain ${name} {\n    type filter hook ${at} device ${quoted(port)} priority -500; policy accept;\n${body}\n  }`;
  // A VXLAN device unpacks what anybody sends to its UDP port, and the host would take that in as from inside.
  const oneWay = `  chain from_collector {\n    type filter hook ingress device ${quoted(device)} priority -500; policy drop;\n  }`;
  return [
    `table netdev ${mirrorTable(id)} {`,
    '  counter copied { }',
    '  counter skipped { }',
    '  chain copy {',
    `    meta time >= ${Math.floor(until / 1000)} return`,
    `    limit rate over ${rate} bytes/second burst ${Math.max(leastBurst, Math.floor(rate / 4))} bytes counter name skipped return`,
    `    counter name copied dup to ${quoted(device)}`,
    '  }',
    ...(match.direction === 'in' ? [] : [hook('from_guest', 'ingress', rules(`ether saddr ${set}`, 'daddr'))]),
    // What the bridge sends to this port is for this guest: broadcasts belong to it as well.
    ...(match.direction === 'out' ? [] : [hook('to_guest', 'egress', rules('', 'saddr'))]),
    ...(collector !== undefined ? [oneWay] : []),
    '}',
    '',
  ].join('\n');
}
