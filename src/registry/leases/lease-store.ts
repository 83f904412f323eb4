import type { Kysely, RawBuilder, Transaction } from 'kysely';
import type { Store } from '../sql-registry.ts';
import type { LeaseRow, Tables } from '../tables.ts';

/** Where a statement runs: in a transaction or on its own. */
export type Queries = Kysely<Tables> | Transaction<Tables>;

/** What all rows of a run have in common; their ids follow one another. */
export type LeaseRun = Omit<LeaseRow, 'id' | 'mac'>;

export interface NicKey {
  readonly guest: string;
  readonly nic: number;
  readonly segment?: string;
}

/** First and last, both included. */
export interface Bounds {
  readonly first: number;
  readonly last: number;
}

/** What the leases need to know of a database beyond SQL that all of them speak. */
export interface LeaseStore extends Store {
  /** Somebody else writes just now: the same again in a moment may succeed. */
  isBusy(error: unknown): boolean;
  /** A number that differs once anybody but this connection has changed the store. */
  version(queries: Queries): Promise<number>;
  /** The right side of `in`, however many values there are. */
  listOf(values: readonly (number | string)[]): RawBuilder<unknown>;
  /** Held MAC addresses within the bounds, ascending, at most `limit`. */
  heldMacs(queries: Queries, bounds: Bounds, limit: number): Promise<number[]>;
  /** Held IPv4 addresses of a segment, in the order of their text and after `after`, at most `limit`. */
  heldIpv4(queries: Queries, segment: string, after: string, limit: number): Promise<string[]>;
  /** The lease of each NIC that `AddressSource.latest` asks for. */
  latestOf(queries: Queries, nics: readonly NicKey[]): Promise<LeaseRow[]>;
  /** Leases that NICs hold: `reserved`, `active` and `retiring` ones. */
  heldBy(queries: Queries, nics: readonly NicKey[]): Promise<LeaseRow[]>;
  insertRows(transaction: Transaction<Tables>, rows: readonly LeaseRow[]): Promise<void>;
  /** One row for each MAC address, `firstId` for the first of them. */
  insertRun(transaction: Transaction<Tables>, firstId: number, macs: readonly number[], run: LeaseRun): Promise<void>;
}
