import type { SightingKind } from '../../model/sighting.ts';
import type { JournalInput } from '../journal/journal.ts';

/** A MAC address at a place where no lease says that it belongs. One for each (mac, host, device). */
export interface SeenEntry {
  /** 48 bits. */
  readonly mac: number;
  readonly host: string;
  readonly device: string;
  readonly segment?: string;
  readonly bridge?: string;
  readonly kind: SightingKind;
  /** Last IP address that it was seen with. */
  readonly ip?: string;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** How often it was noted: at most once a minute. */
  readonly count: number;
}

/** What is to be noted. */
export type SeenInput = Pick<SeenEntry, 'mac' | 'host' | 'device' | 'segment' | 'bridge' | 'kind' | 'ip'> & {
  readonly at: number;
};

/** A leased MAC address that showed up at another place than its holder's. */
export interface Conflict {
  /** Unique for ever; later conflicts have higher ones. */
  readonly id: number;
  readonly mac: number;
  /** Id of the lease. */
  readonly lease: number;
  /** NIC (`web1/0`) or, failing that, owner or `lease 17`. */
  readonly holder: string;
  /** Where the holder is; absent when it is plugged in nowhere. */
  readonly host?: string;
  readonly device?: string;
  readonly otherHost: string;
  readonly otherDevice: string;
  readonly otherKind: SightingKind;
  readonly firstAt: number;
  readonly lastAt: number;
  /** `resolved`: it was not seen for some minutes. `acknowledged`: somebody said that it is all right. */
  readonly state: 'open' | 'acknowledged' | 'resolved';
}

export type NewConflict = Omit<Conflict, 'id'>;

/**
 * The `seen` table and the conflicts. Both are bounded and held in memory, so that questions cost nothing; what is
 * noted is on the disk when the promise resolves. One process writes them. Rejects with `registry-failed`.
 */
export interface Seen {
  /** Newest last sighting first is not promised. Do not change what you get. */
  entries(): Iterable<SeenEntry>;
  of(mac: number): readonly SeenEntry[];
  /** Of what was seen at one time, what there is room for: the newest of each port. Costs no I/O. */
  admit(inputs: readonly SeenInput[]): SeenInput[];
  /**
   * Notes what is new or was last noted a minute ago. A port keeps the newest of its addresses up to a limit. Answers
   * whether the set of addresses is another one now.
   */
  note(inputs: readonly SeenInput[], now: number): Promise<boolean>;
  /** By port: addresses that it showed beyond those that were admitted last. */
  omitted(): readonly { readonly host: string; readonly device: string; readonly count: number }[];
  /** Forgets what was last seen a week ago. Answers whether there was such. */
  expire(now: number): Promise<boolean>;
  /** Forgets addresses, or entries of them; answers how many entries that were. */
  forget(entries: readonly Pick<SeenEntry, 'mac' | 'host' | 'device'>[], journal?: JournalInput): Promise<number>;
  /** Takes out for good what is known of addresses that nobody has any more: entries and conflicts. Answers how many. */
  erase(macs: ReadonlySet<number>): Promise<number>;
  /** Newest first; resolved ones are kept until there are 1,000. */
  conflicts(): readonly Conflict[];
  /** Adds new ones in one transaction. */
  raise(conflicts: readonly NewConflict[]): Promise<readonly Conflict[]>;
  /** Writes conflicts as they are now, with what the journal shall say. */
  update(conflicts: readonly Conflict[], journal: readonly JournalInput[]): Promise<void>;
}
