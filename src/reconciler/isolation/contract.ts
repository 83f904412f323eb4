import type { Asker } from '../../registry/journal/journal.ts';

export interface IsolationOrder {
  readonly guest: string;
  /** Index of the NIC; absent: all of the guest's. */
  readonly nic?: number;
  /** Frames per second that may still pass, `100/second`; absent: none. */
  readonly limit?: string;
  /** 10 s to 30 days. Default 3600. */
  readonly seconds?: number;
  readonly reason: string;
}

/** A NIC that is cut off, or limited. Times are milliseconds since the epoch. */
export interface IsolationView {
  readonly nic: string;
  readonly guest: string;
  readonly owner?: string;
  /** Absent while the NIC is plugged in nowhere. */
  readonly port?: string;
  readonly limit?: string;
  readonly since: number;
  readonly until: number;
  readonly who: string;
  readonly reason: string;
  /** The tenant of its owner did it; rules and operators are not held up by that. */
  readonly tenant?: true;
  /** Frames of it that were dropped; 0 while it is plugged in nowhere. */
  readonly dropped: number;
}

/**
 * NICs that are cut off: nothing they send passes and nothing reaches them, on the wire and in their sessions. Survives
 * daemon and host; the kernel ends it when its time is over, also without a daemon. Every method rejects with an AppError.
 */
export interface Isolation {
  /**
   * `not-found` for an unknown NIC. One that is isolated already gets the new limit, time and reason; `conflict` when a
   * tenant asks and others did it.
   */
  isolate(order: IsolationOrder, actor: Asker): Promise<IsolationView[]>;
  list(): Promise<IsolationView[]>;
  /** `not-found` when none of it is isolated; `conflict` as above. */
  undo(choice: { readonly guest: string; readonly nic?: number }, actor: Asker): Promise<IsolationView[]>;
}
