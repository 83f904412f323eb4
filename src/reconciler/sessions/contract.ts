import type { SessionTable } from '../../model/session-record.ts';
import type { GuestOrder, SessionDirection, SessionOrder } from '../../model/session-words.ts';
import type { Asker } from '../../registry/journal/journal.ts';

/** One end of a session that is a NIC of the site. */
export interface SessionNic {
  readonly guest: string;
  readonly nic: number;
  readonly segment: string;
  readonly owner?: string;
}

/** An address, and the port where the protocol has ports; the identifier of an ICMP echo otherwise. */
export interface SessionPlace {
  readonly address: string;
  readonly port?: number;
}

/** One open session in the site's words. Times are milliseconds since the epoch. */
export interface SessionView extends SessionNic {
  /** The kernel's number (CTA_ID). It may be given again when the session has ended. */
  readonly id: number;
  readonly direction: SessionDirection;
  /** The other guest of a session `between` two; the one above began it. */
  readonly other?: SessionNic;
  /** Forward that it came by, `tcp/8080`. */
  readonly forward?: string;
  /** `tcp`, `udp`, `icmp`, … or a number. */
  readonly protocol: string;
  /**
   * Of TCP the state as conntrack knows it (`established`, `time-wait`, …). Of others `unreplied`: nothing came back yet;
   * `replied`; `assured`: packets went to and fro often enough that the kernel keeps it also when its table is full.
   */
  readonly state: string;
  /** Where the guest is, as itself knows it. */
  readonly inner: SessionPlace;
  /** Where the world sees it: shared address and port. Absent where nothing is translated. */
  readonly public?: SessionPlace;
  readonly peer: SessionPlace;
  /** As the guest sees it. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Absent when the kernel did not note it: the session is older than the gateway. */
  readonly startedAt?: number;
  /** When the kernel forgets it unless more packets come. */
  readonly expiresAt?: number;
}

/** Which sessions. Conditions that are absent let everything through; those that are given must all hold. */
export interface SessionFilter {
  /** One of its ends is a NIC of this guest, … */
  readonly guest?: string;
  /** … of a guest of this owner, … */
  readonly owner?: string;
  /** … in this segment. */
  readonly segment?: string;
  /** Forward that it came by, `tcp/8080`. */
  readonly forward?: string;
  /** `tcp`, `udp`, `icmp`, … or a number. */
  readonly protocol?: string;
  /** A state of `SessionView`, or `half-open` (`syn-sent` and `syn-recv`). */
  readonly state?: string;
  readonly direction?: SessionDirection;
  /** Address or network of the other end, `198.51.100.0/24`. Either guest, of a session between two. */
  readonly peer?: string;
  /** Port of any end, before or after translation. */
  readonly port?: number;
  /** Seconds since it began. What has no known begin fits neither. */
  readonly older?: number;
  readonly younger?: number;
}

/** For whom sessions are looked at. */
export interface SeenBy {
  /**
   * Sessions of this owner's guests as these see them: of one with a guest of somebody else the other end is an address
   * like any other, the one that the owner's guest sends to or is called from; conditions are about the same.
   */
  readonly seenBy?: string;
}

export interface SessionQuery extends SessionFilter {
  /** Default `bytes`. The largest first. */
  readonly sort?: SessionOrder;
  /** 1 to 10,000. */
  readonly limit: number;
  /** How many to leave out at the begin. */
  readonly offset?: number;
}

export interface SessionList {
  /** When the kernel was asked. */
  readonly at: number;
  /** The kernel's table, in which sessions of the host and of others stand as well. */
  readonly table: SessionTable;
  /** How many fit the filter, of which `limit` are shown. */
  readonly total: number;
  readonly sessions: readonly SessionView[];
}

/** Sums over sessions. Bytes and packets as the guest sees them. */
export interface SessionSums {
  readonly sessions: number;
  /** Sessions by protocol and by state; what there is none of is absent. */
  readonly protocols: Readonly<Record<string, number>>;
  readonly states: Readonly<Record<string, number>>;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
}

export interface GuestSessions extends SessionSums {
  readonly guest: string;
  readonly owner?: string;
  /** Sessions that each of its addresses may have open. */
  readonly limit: number;
  /** Ports of its block that are in use by the protocol that uses most of them, whatever the filter says of sessions. */
  readonly ports: { readonly size: number; readonly used: number };
}

export interface SummaryQuery extends SessionFilter {
  /** Default `bytes`. The largest first. */
  readonly sort?: GuestOrder;
  /** 1 to 10,000. */
  readonly limit: number;
}

export interface SessionSummary {
  readonly at: number;
  readonly table: SessionTable;
  /** Each session once, with the bytes of the guest that began it where two have part in it. */
  readonly all: SessionSums;
  /** Guests that have sessions, of which `limit` are shown. */
  readonly total: number;
  readonly guests: readonly GuestSessions[];
}

export interface KillRequest extends SessionFilter {
  /** Only say what would be ended. */
  readonly dryRun?: boolean;
}

export interface KillAnswer {
  /** Sessions that fit. */
  readonly total: number;
  /** How many of them each guest has a part in, the most first; 20 at most. */
  readonly guests: readonly { readonly guest: string; readonly sessions: number }[];
  /** Guests in all. */
  readonly guestCount: number;
  /** The first ten of them, by bytes. */
  readonly first: readonly SessionView[];
  /** Those that the host itself began, and those that are bridged inside of a segment: they fit too, and are left. */
  readonly spared: number;
  /** Sessions that were ended; 0 in a dry run. Some end by themselves meanwhile. */
  readonly ended: number;
}

/**
 * Open sessions of the site's guests, as the kernel knows them now. Methods reject with an AppError: `value-invalid` for
 * what cannot be read, `not-found` for names that the site does not have, `unsupported` without a gateway.
 */
export interface Sessions {
  list(query: SessionQuery & SeenBy): Promise<SessionList>;
  summary(query: SummaryQuery & SeenBy): Promise<SessionSummary>;
  /**
   * Ends sessions of guests in the kernel; at least one condition must be given. Those of the host and of others are never
   * touched. An ended TCP stream does not come back: what its ends still send is dropped.
   */
  kill(request: KillRequest & SeenBy, actor: Asker): Promise<KillAnswer>;
}
