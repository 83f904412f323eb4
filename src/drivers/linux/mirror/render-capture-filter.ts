import type { FrameMatch } from '../../../model/frame-match.ts';
import type { CaptureRequest } from '../../driver.ts';

const protocolWord: Readonly<Record<NonNullable<FrameMatch['protocol']>, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  icmp6: 'icmp6',
  arp: 'arp',
};

/** The frames that are meant, in the language of pcap-filter(7). */
export function renderCaptureFilter({ macs, match }: Pick<CaptureRequest, 'macs' | 'match'>): string {
  const either = (side: 'src' | 'dst'): string => `(${macs.map((mac) => `ether ${side} ${mac}`).join(' or ')})`;
  const { protocol, port, peer, direction } = match;
  const sent = `${either('src')}${peer === undefined ? '' : ` and dst net ${peer.text}`}`;
  // Broadcasts and multicasts that others send reach the guest as well.
  const received = `not ${either('src')}${peer === undefined ? '' : ` and src net ${peer.text}`}`;
  const way = direction === 'out' ? sent : direction === 'in' ? received : `((${sent}) or (${received}))`;
  return [
    way,
    ...(protocol === undefined ? [] : [protocolWord[protocol]]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ].join(' and ');
}
