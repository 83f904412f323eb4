import type { Subnet } from './subnet.ts';

export const frameProtocols = ['tcp', 'udp', 'icmp', 'icmp6', 'arp'] as const;
export type FrameProtocol = (typeof frameProtocols)[number];

/** Which frames of a NIC are meant. Conditions that are absent let everything through. */
export interface FrameMatch {
  readonly protocol?: FrameProtocol;
  /** TCP or UDP port of either side, 1..65535. */
  readonly port?: number;
  /** Address of the other side. */
  readonly peer?: Subnet;
  /** `out`: what the guest sends; `in`: what it is sent. Both unless given. */
  readonly direction?: 'in' | 'out';
}
