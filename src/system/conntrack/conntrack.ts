import type { SessionRecords } from '../../model/session-record.ts';

/** What the kernel shall look for; conditions that are absent let everything through. Addresses are 4 or 16 bytes. */
export interface ConntrackFilter {
  readonly family?: 4 | 6;
  readonly protocol?: number;
  readonly originalSource?: Uint8Array;
  readonly originalDestination?: Uint8Array;
  readonly replySource?: Uint8Array;
  readonly replyDestination?: Uint8Array;
  readonly mark?: { readonly value: number; readonly mask: number };
}

/**
 * The kernel's table of sessions, over netlink (NFNL_SUBSYS_CTNETLINK, linux/netfilter/nfnetlink_conntrack.h). Needs
 * CAP_NET_ADMIN; methods throw `command-failed` with the errno.
 */
export interface Conntrack {
  /** Appends every entry that fits to `into`. Lets the event loop breathe between chunks; entries that change meanwhile may show in either state. */
  dump(into: SessionRecords, filter?: ConntrackFilter): Promise<void>;
  /** Deletes the entry with this original tuple, zone and id. Answers false when it was gone already. */
  delete(records: SessionRecords, index: number): boolean;
  /** Entries in the table of this network namespace. */
  count(): number;
  close(): void;
}

export type ConntrackEventKind = 'new' | 'destroy';

/**
 * Begins and ends of sessions as the kernel tells them. Delivery is reliable for ends (NETLINK_BROADCAST_ERROR): the
 * kernel keeps a session that it could not tell of and tries again.
 */
export interface ConntrackEvents {
  /** Resolves when there is something to read, or after `milliseconds`. Does not hold up the event loop. */
  wait(milliseconds: number): Promise<void>;
  /**
   * Reads what is there, `most` messages at most, without waiting: appends begins to `begun` and ends to `ended`.
   * `overrun` when the kernel says that messages were lost (ENOBUFS) since the last call.
   */
  drain(begun: SessionRecords, ended: SessionRecords, most: number): { read: number; overrun: boolean };
  /** Messages that the kernel could not put into this socket, ever (`Drops` of /proc/net/netlink). */
  drops(): number;
  close(): void;
}
