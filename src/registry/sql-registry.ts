import type { Kysely, Transaction } from 'kysely';
import { AppError } from '../errors/app-error.ts';
import type { Assignments } from '../model/assignments.ts';
import { advanceState } from './advance-state.ts';
import { EventLoopTurn } from './event-loop-turn.ts';
import type { Holders } from './holders/holders.ts';
import { SqlHolders } from './holders/sql-holders.ts';
import type { AuditTrail } from './journal/audit-trail.ts';
import { type Actor, appendJournal, itself, type JournalInput } from './journal/journal.ts';
import { SqlAuditTrail } from './journal/sql-audit-trail.ts';
import type { Kept } from './kept/kept.ts';
import { SqlKept } from './kept/sql-kept.ts';
import type { AddressChanges } from './leases/address-memory.ts';
import { retryWhileBusy } from './leases/group-commit.ts';
import type { LeaseStore } from './leases/lease-store.ts';
import type { SqlLeases } from './leases/sql-leases.ts';
import { planBlocks } from './plan-blocks.ts';
import { planCommit } from './plan-commit.ts';
import { describeDuplicate, planLeases } from './plan-leases.ts';
import type { PersonalData, Traces } from './privacy/personal-data.ts';
import { SqlPersonalData } from './privacy/sql-personal-data.ts';
import { writeReassignment } from './reassign.ts';
import type { Commit, JournalEntry, Registry, Revision, StoredObject } from './registry.ts';
import { type RegistryState, revisionOf, storedObjectOf } from './registry-state.ts';
import type { RestingPorts } from './resting-ports.ts';
import { type Reassignment, readRotationRuns, readRotations, type StoredRotation } from './rotations.ts';
import type { Seen } from './seen/seen.ts';
import type { Tables } from './tables.ts';
import { WorkUnderWay } from './work-under-way.ts';
import { writeCommit } from './write-commit.ts';

/** What an SQL registry needs to know of its database. */
export interface Store {
  readonly db: Kysely<Tables>;
  /** Any failure as an AppError, `registry-failed` unless it is one already. */
  explain(error: unknown): AppError;
  isUniqueViolation(error: unknown): boolean;
  /** Called once, after the last query. */
  close(): Promise<void>;
}

/** What the whole registry needs besides. */
export interface RegistryStore extends Store {
  /**
   * Sees to it that no file of the store holds any of these addresses, whose rows are gone already; `anew`: the
   * database holds nothing but its rows.
   */
  eraseTraces(macs: ReadonlySet<number>, anew: boolean): Promise<Traces>;
}

/**
 * The registry on any SQL database that Kysely knows. One process owns the store, so the head revision is kept in
 * memory: reads of it cost nothing, and a commit writes only what differs. Changes wait for one another.
 */
export class SqlRegistry implements Registry {
  readonly audit: AuditTrail;
  readonly holders: Holders;
  readonly kept: Kept;
  readonly privacy: PersonalData;
  readonly leases: SqlLeases;
  readonly seen: Seen;
  readonly #store: RegistryStore & LeaseStore;
  readonly #state: RegistryState;
  readonly #siteKey: string;
  #last: Promise<unknown> = Promise.resolve();
  #listed: { readonly revision: number; readonly objects: StoredObject[] } | undefined;
  readonly #work: WorkUnderWay;
  #closed: Promise<void> | undefined;

  constructor(store: RegistryStore & LeaseStore, state: RegistryState, siteKey: string, leases: SqlLeases, seen: Seen) {
    this.#store = store;
    this.#work = new WorkUnderWay(store);
    this.leases = leases;
    this.seen = seen;
    this.audit = new SqlAuditTrail(store);
    this.holders = new SqlHolders(store);
    this.kept = new SqlKept(store.db, (work) => this.#inTurn(work));
    this.privacy = new SqlPersonalData({
      db: store.db,
      explain: (error) => store.explain(error),
      eraseTraces: (macs, anew) => store.eraseTraces(macs, anew),
      endQuarantines: (now) => leases.endQuarantines(now),
      forgetSeen: (macs) => seen.erase(macs),
    });
    this.#state = state;
    this.#siteKey = siteKey;
  }

  head(): Promise<Revision | undefined> {
    return this.#attempt(async () => this.#state.head);
  }

  revisions(limit: number, below = Number.MAX_SAFE_INTEGER): Promise<Revision[]> {
    return this.#attempt(async () => {
      const rows = await this.#store.db
        .selectFrom('revisions')
        .selectAll()
        .where('number', '<', below)
        .orderBy('number', 'desc')
        .limit(limit)
        .execute();
      return rows.map(revisionOf);
    });
  }

  revision(number: number): Promise<Revision> {
    return this.#attempt(async () => {
      const row = await this.#store.db
        .selectFrom('revisions')
        .selectAll()
        .where('number', '=', number)
        .executeTakeFirst();
      if (row === undefined) throw unknownRevision(number, this.#state.head);
      return revisionOf(row);
    });
  }

  objects(revision?: number): Promise<StoredObject[]> {
    return this.#attempt(async () => {
      const head = this.#state.head?.number ?? 0;
      if (revision === undefined || revision === head) return this.#headObjects(head);
      if (!Number.isInteger(revision) || revision < 0 || revision > head)
        throw unknownRevision(revision, this.#state.head);
      const rows = await this.#store.db
        .selectFrom('objects')
        .selectAll()
        .where('first_revision', '<=', revision)
        .where((build) => build.or([build('last_revision', 'is', null), build('last_revision', '>=', revision)]))
        .orderBy('place')
        .execute();
      return rows.map(storedObjectOf);
    });
  }

  /** The same list as long as nothing is committed: many read it, and what they make of it they may keep by it. */
  #headObjects(revision: number): StoredObject[] {
    if (this.#listed?.revision !== revision) {
      const objects = Array.from(this.#state.objects.values(), (standing) => {
        standing.object ??= storedObjectOf(standing.row);
        return standing.object;
      });
      this.#listed = { revision, objects };
    }
    return this.#listed.objects;
  }

  assignments(): Promise<Assignments> {
    return this.#attempt(async () => this.#state.assignments);
  }

  get restingPorts(): RestingPorts {
    return this.#state.resting;
  }

  siteKey(): Promise<string> {
    return this.#attempt(async () => this.#siteKey);
  }

  commit(commit: Commit): Promise<Revision> {
    return this.#inTurn(async () => {
      const writes = planCommit(this.#state, commit);
      const turn = new EventLoopTurn();
      await this.#write(commit.assignments, commit.at, (transaction) =>
        writeCommit(transaction, this.#store, writes, turn),
      );
      advanceState(this.#state, commit, writes);
      return this.#state.head as Revision;
    });
  }

  reassign(change: Reassignment): Promise<void> {
    return this.#inTurn(async () => {
      const { assignments = this.#state.assignments, at, kernelSince } = change;
      const taken = kernelSince === undefined ? {} : { kernelSince };
      const leases = planLeases(this.#state, { at, put: [], assignments, ...taken });
      const blocks = planBlocks(this.#state, { at, assignments, ...taken });
      await this.#write(assignments, at, (transaction) =>
        writeReassignment(transaction, this.#store, { leases, blocks }, change),
      );
      this.#state.next.block += blocks.started.length;
      this.#state.resting.follow(this.#state.assignments.guests, assignments.guests, at);
      this.#state.assignments = assignments;
    });
  }

  rotations(): Promise<ReadonlyMap<string, StoredRotation>> {
    return this.#attempt(() => readRotations(this.#store.db));
  }

  rotationRuns(): Promise<ReadonlyMap<string, number>> {
    return this.#attempt(() => readRotationRuns(this.#store.db));
  }

  confirm(): Promise<Revision> {
    return this.#inTurn(async () => {
      const head = this.#state.head;
      if (head?.confirmBy === undefined) {
        const what =
          head === undefined
            ? 'there is no revision yet'
            : `revision ${head.number} was confirmed or needed no confirmation`;
        throw new AppError('nothing-to-confirm', `no change waits to be confirmed: ${what}`);
      }
      await this.#store.db
        .updateTable('revisions')
        .set({ confirm_by: null, fallback: null })
        .where('number', '=', head.number)
        .execute();
      const { confirmBy: _, fallback: __, ...confirmed } = head;
      this.#state.head = confirmed;
      return confirmed;
    });
  }

  note(kind: string, text: string, at: number, actor: Actor = itself): Promise<void> {
    return this.#inTurn(async () => {
      await appendJournal(this.#store.db, [{ kind, text, at, actor }]);
    });
  }

  noteAll(entries: readonly JournalInput[]): Promise<number> {
    return this.#inTurn(() => appendJournal(this.#store.db, entries));
  }

  journal(limit: number, below?: number): Promise<JournalEntry[]> {
    return this.#attempt(async () => {
      const { entries } = await this.audit.list({ limit, ...(below === undefined ? {} : { below }) });
      return entries.map(({ id, at, kind, text, who }) => ({ id, at, kind, text, who }));
    });
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#work.finish(), this.leases.close()]).then(() => this.#store.close());
    return this.#closed;
  }

  /** One transaction, and the memory of the lease store follows it. */
  async #write(
    assignments: Assignments,
    at: number,
    write: (transaction: Transaction<Tables>) => Promise<AddressChanges>,
  ): Promise<void> {
    let takeBack: (() => void) | undefined;
    try {
      await retryWhileBusy(this.#store, () =>
        this.#store.db.transaction().execute(async (transaction) => {
          takeBack = await this.leases.follow(transaction, await write(transaction), at);
        }),
      );
    } catch (error) {
      takeBack?.();
      if (!this.#store.isUniqueViolation(error)) throw error;
      const sentence = describeDuplicate(assignments) ?? 'the change gives one address to two NICs';
      throw new AppError('conflict', sentence, { cause: error });
    }
  }

  /** Runs a change after those before it; a change that failed does not hold up the next. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#attempt(() => this.#last.then(change));
    this.#last = result.catch(() => undefined);
    return result;
  }

  #attempt<T>(work: () => Promise<T>): Promise<T> {
    return this.#work.attempt(work);
  }
}

function unknownRevision(number: number, head: Revision | undefined): AppError {
  const expected = head === undefined ? 'there is none yet' : `expected 1 to ${head.number}`;
  return new AppError('not-found', `there is no revision ${number}; ${expected}`);
}
