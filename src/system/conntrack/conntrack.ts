import type { SessionFilter, SessionRecords } from '../../model/session-record.ts';

/**
 * The kernel's table of sessions (`openConntrack` of open-conntrack.ts), over netlink (NFNL_SUBSYS_CTNETLINK, linux/netfilter/nfnetlink_conntrack.h). Needs
 * CAP_NET_ADMIN; methods throw `command-failed` with the errno.
 */
export interface Conntrack {
  /** Appends every entry that fits to `into`. Lets the event loop breathe between chunks; entries that change meanwhile may show in either state. */
  dump(into: SessionRecords, filter?: SessionFilter): Promise<void>;
  /**
   * Entries that fit in pieces of some hundred, for who does not need them at once: a piece is gone when `take` returns.
   * Some may come twice.
   */
  walk(take: (piece: SessionRecords) => void, filter?: SessionFilter): Promise<void>;
  /** Deletes the entry with this original tuple, zone and id. Answers false when it was gone already. */
  delete(records: SessionRecords, index: number): boolean;
  /** What `close` gives back: for who outlives a thread that ended before it could close. */
  readonly descriptors: readonly number[];
  /** Entries in the table of this network namespace. */
  count(): number;
  close(): void;
}

/**
 * Begins and ends of sessions as the kernel tells them (`openConntrackEvents` of conntrack-events.ts). Delivery is
 * reliable for ends (NETLINK_BROADCAST_ERROR): the kernel keeps a session that it could not tell of and tries again.
 * Of a begin it tells no counters and, before Linux 6.14, no time: `start` is 0 then.
 */
export interface ConntrackEvents {
  /** What `close` gives back: for who outlives a thread that ended before it could close. */
  readonly descriptors: readonly number[];
  /** Resolves when there is something to read, or after `milliseconds`. Does not hold up the event loop. */
  wait(milliseconds: number): Promise<void>;
  /**
   * Reads what is there, `most` messages at most, without waiting: appends begins to `begun` and ends to `ended`.
   * `overrun` when the kernel could not put messages into this socket since the last call: begins are lost then, ends
   * only late.
   */
  drain(begun: SessionRecords, ended: SessionRecords, most: number): { read: number; overrun: boolean };
  /** Times that the kernel could not put a message into this socket, ever (`Drops` of /proc/net/netlink). */
  drops(): number;
  close(): void;
}
