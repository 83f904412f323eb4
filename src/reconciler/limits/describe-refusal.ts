import { renderRate } from '../../model/quantity.ts';
import type { GuestLimits, Limits } from '../../model/site.ts';
import type { LimitKind } from './contract.ts';

/** What holds for a guest. */
export const allowedOf = (limits: Limits, own: GuestLimits = {}): { sessions: number; newSessions: string } => ({
  sessions: own.sessions ?? limits.sessionsPerGuest,
  newSessions: renderRate(own.newSessions ?? limits.newSessionsPerGuest),
});

/** What the guest did, and how much of it is allowed. */
export function describeRefusal(guest: string, limit: LimitKind, limits: Limits, own?: GuestLimits): string {
  const { sessions, newSessions } = allowedOf(limits, own);
  switch (limit) {
    case 'new-sessions':
      return `guest "${guest}" begins more sessions than its ${newSessions}: the others are refused`;
    case 'sessions':
      return `guest "${guest}" has as many sessions open as it may, ${sessions}: new ones are refused`;
    case 'all-sessions':
      return `the guests have as many sessions open as they may together, ${limits.sessions}: new ones of guest "${guest}", which has its share, are refused`;
    case 'host':
      return `guest "${guest}" asks more of the host at once than the host answers: new requests are refused`;
  }
}
