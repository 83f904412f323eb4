import type { SessionPlace } from '../sessions/contract.ts';

/** Who was behind an address and port at a time, as somebody else noted it. */
export interface TraceQuestion {
  /** A shared address of the site, or an inner one of a NIC. */
  readonly address: string;
  /** May be absent of an inner address, and where a peer is given. */
  readonly port?: number;
  /** ISO 8601 with a zone, or seconds since the epoch; to the second means any moment in it. */
  readonly at: string;
  /** How far the time may be off, `5s`; nothing unless given. */
  readonly within?: string;
  /** `tcp`, `udp`, `icmp`, …; any unless given. */
  readonly protocol?: string;
  /** The other side: `198.51.100.7`, `198.51.100.7:443`. */
  readonly peer?: string;
}

/**
 * From what it is known. `log`: the log of sessions. `live`: it is open still. `port block`, `forward`,
 * `same-address port`, `address`: the registry says that it was this guest's at that time, whether it had a session or not.
 */
export const traceSources = ['log', 'live', 'port block', 'forward', 'same-address port', 'address'] as const;
export type TraceSource = (typeof traceSources)[number];

/** A MAC address that a NIC might use: two while it rotates. */
export interface TracedMac {
  /** Or its pseudonym when that is all that is kept. */
  readonly mac: string;
  /** `active`: the one that host and DHCP expected. */
  readonly state: 'reserved' | 'active' | 'retiring';
}

export interface TracedNic {
  /** `web1/0`. */
  readonly nic: string;
  readonly segment: string;
  readonly macs: readonly TracedMac[];
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** A guest that may be meant. */
export interface TracedGuest {
  readonly guest: string;
  /** At that time. */
  readonly owner?: string;
  /** The NIC, or all of the guest's where only the guest is known. */
  readonly nics: readonly TracedNic[];
  readonly sources: readonly TraceSource[];
  /** The port block, or name of the forward, by which it is known. */
  readonly by?: string;
  /** What says so begins and ends (ms since the epoch): the sessions, or else what the registry says. */
  readonly since?: number;
  readonly until?: number;
}

/** One side of a session. */
export interface TracedParty {
  readonly kind: 'guest' | 'host' | 'world' | 'erased';
  /** Guests that it may have been; more than one only in the moment in which an address changed hands. */
  readonly guests: readonly string[];
  /** As it knows itself. */
  readonly inner: SessionPlace;
  /** As the other side sees it; absent where that is the same. */
  readonly public?: SessionPlace;
}

/** A session that had the address and port at that time. Times are ms since the epoch by the kernel's clock. */
export interface TracedSession {
  readonly source: 'log' | 'live';
  readonly protocol: string;
  /** Who began it. */
  readonly from: TracedParty;
  readonly to: TracedParty;
  /** Which of the two was asked for. */
  readonly asked: 'from' | 'to';
  /** Absent when it is older than what is known of it. */
  readonly begin?: number;
  /** Absent while it is open. */
  readonly end?: number;
  /** The end was not seen: the session was found to be gone at `end`. */
  readonly endUnknown?: boolean;
  /** By `from`; absent where they are not counted yet. */
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
}

/** What the log knows of that time. `kept`: everything. `gap`: not all of it. `none`: nothing. */
export interface LogCoverage {
  readonly state: 'kept' | 'gap' | 'none';
  /** Why, as the end of a sentence; absent when it was kept. */
  readonly why?: string;
}

/**
 * `guest`: one is meant. `several`: more than one may be. `host`: the port was the host's own. `nobody`: nobody had it.
 * `erased`: somebody had it, and it was erased who.
 */
export const traceVerdicts = ['guest', 'several', 'host', 'nobody', 'erased'] as const;
export type TraceVerdict = (typeof traceVerdicts)[number];

export interface TraceAnswer {
  /** The answer in one sentence. */
  readonly sentence: string;
  readonly verdict: TraceVerdict;
  readonly address: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly peer?: string;
  /** The moments that were meant (ms since the epoch), both included. */
  readonly from: number;
  readonly to: number;
  /** The best known first. */
  readonly guests: readonly TracedGuest[];
  /** In the order of their begin; the first 100, of many questions the first 5. */
  readonly sessions: readonly TracedSession[];
  readonly truncated: boolean;
  readonly log: LogCoverage;
  /** What else a reader should know, sentence by sentence. */
  readonly notes: readonly string[];
}

/** One of many answers: a failure is that of its question alone. */
export type TraceResult = { readonly answer: TraceAnswer } | { readonly failure: TraceFailure };

export interface TraceFailure {
  /** Of the catalogue. */
  readonly code: string;
  /** A sentence. */
  readonly detail: string;
}

/** Who was it? Every method rejects with an AppError. */
export interface Traces {
  /**
   * Answers from the log of sessions, from what is open in the kernel, and from what the registry gave to whom when.
   * What has just happened is found. `value-invalid` for a question that makes no sense: a time in the future, an
   * address that is none of the site's.
   */
  ask(question: TraceQuestion): Promise<TraceAnswer>;
  /** Many at once, answered in their order; fastest when they come in the order of time. */
  askMany(questions: readonly TraceQuestion[]): Promise<TraceResult[]>;
}
