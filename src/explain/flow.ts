import type { DesiredNic } from '../model/desired-state.ts';
import type { FlowParty, FlowProtocol } from '../model/explanation.ts';

/** A flow whose ends were looked up in the site. Its first packet is what is followed. */
export interface Flow {
  readonly family: 4 | 6;
  readonly protocol: FlowProtocol;
  readonly from: FlowParty;
  readonly to: FlowParty;
  /** NIC that sends it; absent when the host or the world does. */
  readonly sender?: DesiredNic;
  /** Port as which `to` is published: the world asks for that one, not for the guest's own. */
  readonly published?: { readonly address: string; readonly port: number; readonly forward: string };
}

/** IP protocol number (IANA); ICMP has one for each family. */
export function protocolNumber({ protocol, family }: Pick<Flow, 'protocol' | 'family'>): number {
  if (protocol === 'tcp') return 6;
  if (protocol === 'udp') return 17;
  return family === 4 ? 1 : 58;
}

/** `10.77.10.2:80`, `[2001:db8::10]:80`, or the address alone. */
export function renderEnd(address: string, port?: number | string): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
