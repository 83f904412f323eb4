import type { Refusal } from '../../drivers/driver.ts';
import type { SessionTable } from '../../model/session-record.ts';

/** Which limit: see `Refusal`. */
export type LimitKind = Refusal['limit'];

/** New sessions of a guest that were refused. Times are milliseconds since the epoch. */
export interface RefusalView {
  readonly limit: LimitKind;
  /** Refused since `since`, as packets: who tries again counts again. */
  readonly count: number;
  readonly since: number;
  readonly last: number;
  /** It is going on: the last was not long ago. */
  readonly lasting: boolean;
}

/** What one guest may, and what it was refused since the daemon started. */
export interface GuestLimitsView {
  readonly guest: string;
  readonly owner?: string;
  /** Sessions that may be open at once, for each address of the guest. */
  readonly sessions: number;
  /** New sessions that it may begin, `200/second`. */
  readonly newSessions: string;
  /** The latest first; one of each kind at most. */
  readonly refused: readonly RefusalView[];
}

export interface LimitsView {
  /** Sessions that all guests together may have open. */
  readonly sessions: number;
  /** The kernel's table of sessions, those of the host and of others included; all 0 where it cannot be read. */
  readonly table: SessionTable;
  /** By name. */
  readonly guests: readonly GuestLimitsView[];
}

export interface LimitsFilter {
  /** Guests that were refused nothing, too. */
  readonly all?: boolean;
  /** Only this guest. */
  readonly guest?: string;
}

/** What guests may, and who was refused more. */
export interface SessionLimits {
  /** After a look at the host. Rejects with `not-found` for an unknown guest. */
  list(filter?: LimitsFilter): Promise<LimitsView>;
  /** A sentence for each limit that guests run into now, 20 at most, and one when the kernel's table is nearly full. */
  warnings(): string[];
}
