import type { EventSubject } from './event.ts';

/**
 * What alert rules can watch (`when` of a rule). Shares are fractions of 1. Those with `event` are true while an event of
 * that kind lasts, the others are readings that observers give.
 */
export const conditions = {
  'mac-changes': { unit: 'share', says: 'share of the NICs of a segment whose MAC address changed within `within`' },
  conflict: { unit: 'state', event: 'conflict', says: 'a leased MAC address is at two places' },
  violation: { unit: 'state', event: 'violation', says: 'the guard drops frames of a port' },
  storm: { unit: 'state', event: 'storm', says: 'a port sends more broadcasts than its segment allows' },
  'pool-fill': { unit: 'share', says: 'share of the addresses of a MAC pool that are taken' },
  sessions: { unit: 'share', says: 'open sessions of all guests against `limits.sessions`' },
  'guest-sessions': { unit: 'share', says: 'open sessions of a guest against what it may have' },
  'session-table': { unit: 'share', says: "fill of the kernel's table of sessions" },
  refused: { unit: 'state', event: 'limit', says: 'a guest is refused new sessions' },
  cpu: { unit: 'share', says: 'busy share of all processors of the host' },
  memory: { unit: 'share', says: 'memory of the host that is not available' },
  'uplink-bandwidth': { unit: 'share', says: 'the busier direction of the uplink against its capacity' },
  'guest-unreachable': { unit: 'state', event: 'unreachable', says: 'a guest that answered does not any more' },
  'forward-down': { unit: 'state', event: 'forward-down', says: 'the guest behind a forward does not answer' },
  certificate: { unit: 'seconds', says: 'time until a certificate expires; it alerts below `below`' },
  dhcp: { unit: 'state', event: 'dhcp', says: 'a guest asks by DHCP and gets no address' },
  service: { unit: 'state', event: 'service', says: 'a part such as dnsmasq does not run' },
  drift: { unit: 'state', event: 'drift', says: 'the host is not as it should be and could not be mended' },
  clock: { unit: 'state', event: 'clock', says: 'the clock jumped' },
  'session-log': { unit: 'state', event: 'session-log', says: 'sessions are not recorded' },
  ids: { unit: 'state', event: 'ids', says: 'an intrusion detection system alerts about a guest' },
} as const satisfies Record<string, { unit: 'share' | 'state' | 'seconds'; event?: string; says: string }>;
export type Condition = keyof typeof conditions;

/** One value of a condition without an event, as an observer gives it every few seconds. */
export interface Reading {
  readonly condition: Condition;
  readonly subject: EventSubject;
  /** Share of 1 or seconds, by the condition's unit. */
  readonly value: number;
  /** Seconds that it looks back; of `mac-changes`, one reading for each `within` that a rule has. */
  readonly within?: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was seen, in words: `4,012 of 5,000 sessions`. */
  readonly seen: string;
}
