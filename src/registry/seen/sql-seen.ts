import type { Kysely, Transaction } from 'kysely';
import type { AppError } from '../../errors/app-error.ts';
import { EventLoopTurn } from '../event-loop-turn.ts';
import { appendJournal, type JournalInput } from '../journal/journal.ts';
import type { ConflictRow, SeenRow, Tables } from '../tables.ts';
import type { Conflict, NewConflict, Seen, SeenEntry, SeenInput } from './seen.ts';
import { SeenBook, seenFor } from './seen-book.ts';

/** Rows of one transaction: others are served between two of them. */
const batch = 200;
/** Resolved conflicts that are kept. */
const keptConflicts = 1_000;

/** The part of a store that is needed here. */
interface SeenStore {
  readonly db: Kysely<Tables>;
  explain(error: unknown): AppError;
}

/** `Seen` on any SQL database that Kysely knows. */
export class SqlSeen implements Seen {
  readonly #store: SeenStore;
  readonly #book: SeenBook;
  readonly #conflicts: Map<number, Conflict>;
  #nextConflict: number;

  private constructor(store: SeenStore, seen: readonly SeenRow[], conflicts: readonly ConflictRow[]) {
    this.#store = store;
    this.#book = new SeenBook(seen.map(entryOf));
    this.#conflicts = new Map(conflicts.map((row) => [row.id, conflictOf(row)]));
    this.#nextConflict = Math.max(0, ...this.#conflicts.keys()) + 1;
  }

  static async load(store: SeenStore): Promise<SqlSeen> {
    const seen = await store.db.selectFrom('seen').selectAll().execute();
    const conflicts = await store.db.selectFrom('conflicts').selectAll().orderBy('id').execute();
    return new SqlSeen(store, seen, conflicts);
  }

  entries(): Iterable<SeenEntry> {
    return this.#book.entries();
  }

  of(mac: number): readonly SeenEntry[] {
    return this.#book.of(mac);
  }

  omitted(): ReturnType<Seen['omitted']> {
    return this.#book.omitted;
  }

  admit(inputs: readonly SeenInput[]): SeenInput[] {
    return this.#book.admit(inputs);
  }

  async note(inputs: readonly SeenInput[], now: number): Promise<boolean> {
    const { put, remove } = this.#book.note(inputs);
    await this.#attempt(async () => {
      await this.#delete(remove);
      await this.#inBatches(put, (transaction, entries) =>
        transaction
          .insertInto('seen')
          .values(entries.map(rowOf))
          .onConflict((conflict) =>
            conflict.columns(['mac', 'host', 'device']).doUpdateSet((build) => ({
              segment: build.ref('excluded.segment'),
              bridge: build.ref('excluded.bridge'),
              kind: build.ref('excluded.kind'),
              ip: build.ref('excluded.ip'),
              first_at: build.ref('excluded.first_at'),
              last_at: build.ref('excluded.last_at'),
              count: build.ref('excluded.count'),
            })),
          )
          .execute(),
      );
    });
    const expired = await this.expire(now);
    return expired || remove.length > 0 || put.some(({ count }) => count === 1);
  }

  async expire(now: number): Promise<boolean> {
    const old = this.#book.remove(this.#book.before(now - seenFor));
    if (old.length > 0) await this.#attempt(() => this.#delete(old));
    return old.length > 0;
  }

  async forget(
    entries: readonly Pick<SeenEntry, 'mac' | 'host' | 'device'>[],
    journal?: JournalInput,
  ): Promise<number> {
    const gone = this.#book.remove(entries);
    await this.#attempt(async () => {
      await this.#delete(gone);
      if (journal !== undefined) await appendJournal(this.#store.db, [journal]);
    });
    return gone.length;
  }

  async erase(macs: ReadonlySet<number>): Promise<number> {
    const entries = await this.forget([...this.#book.entries()].filter(({ mac }) => macs.has(mac)));
    const conflicts = this.conflicts().filter(({ mac }) => macs.has(mac));
    await this.#attempt(async () => {
      for (const { id } of conflicts) {
        await this.#store.db.deleteFrom('conflicts').where('id', '=', id).execute();
        this.#conflicts.delete(id);
      }
    });
    return entries + conflicts.length;
  }

  conflicts(): readonly Conflict[] {
    return [...this.#conflicts.values()].reverse();
  }

  async raise(conflicts: readonly NewConflict[]): Promise<readonly Conflict[]> {
    const raised = conflicts.map((conflict): Conflict => ({ ...conflict, id: this.#nextConflict++ }));
    await this.#write(raised, []);
    return raised;
  }

  async update(conflicts: readonly Conflict[], journal: readonly JournalInput[]): Promise<void> {
    await this.#write(conflicts, journal);
  }

  /** All of them and their entries in one transaction; memory follows what was stored. */
  async #write(conflicts: readonly Conflict[], journal: readonly JournalInput[]): Promise<void> {
    const resolved = this.conflicts().filter(({ state }) => state === 'resolved');
    const old = resolved.slice(keptConflicts).map(({ id }) => id);
    await this.#attempt(() =>
      this.#store.db.transaction().execute(async (transaction) => {
        for (const conflict of conflicts) {
          await transaction
            .insertInto('conflicts')
            .values(conflictRowOf(conflict))
            .onConflict((clash) => clash.column('id').doUpdateSet({ last_at: conflict.lastAt, state: conflict.state }))
            .execute();
        }
        for (const id of old) await transaction.deleteFrom('conflicts').where('id', '=', id).execute();
        await appendJournal(transaction, journal);
      }),
    );
    for (const conflict of conflicts) this.#conflicts.set(conflict.id, conflict);
    for (const id of old) this.#conflicts.delete(id);
  }

  #delete(entries: readonly SeenEntry[]): Promise<void> {
    return this.#inBatches(entries, async (transaction, some) => {
      for (const { mac, host, device } of some) {
        await transaction
          .deleteFrom('seen')
          .where('mac', '=', mac)
          .where('host', '=', host)
          .where('device', '=', device)
          .execute();
      }
    });
  }

  async #inBatches(
    entries: readonly SeenEntry[],
    write: (transaction: Transaction<Tables>, entries: readonly SeenEntry[]) => Promise<unknown>,
  ): Promise<void> {
    const turn = new EventLoopTurn();
    for (let at = 0; at < entries.length; at += batch) {
      await this.#store.db.transaction().execute((transaction) => write(transaction, entries.slice(at, at + batch)));
      await turn.pause();
    }
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#store.explain(error);
    }
  }
}

function rowOf(entry: SeenEntry): SeenRow {
  const { mac, host, device, segment = null, bridge = null, kind, ip = null, firstAt, lastAt, count } = entry;
  return { mac, host, device, segment, bridge, kind, ip, first_at: firstAt, last_at: lastAt, count };
}

function entryOf(row: SeenRow): SeenEntry {
  const { mac, host, device, segment, bridge, kind, ip, first_at: firstAt, last_at: lastAt, count } = row;
  return {
    mac,
    host,
    device,
    ...(segment === null ? {} : { segment }),
    ...(bridge === null ? {} : { bridge }),
    kind,
    ...(ip === null ? {} : { ip }),
    firstAt,
    lastAt,
    count,
  };
}

function conflictRowOf(conflict: Conflict): ConflictRow {
  const { id, mac, lease, holder, host = null, device = null, state } = conflict;
  return {
    id,
    mac,
    lease,
    holder,
    host,
    device,
    other_host: conflict.otherHost,
    other_device: conflict.otherDevice,
    other_kind: conflict.otherKind,
    first_at: conflict.firstAt,
    last_at: conflict.lastAt,
    state,
  };
}

function conflictOf(row: ConflictRow): Conflict {
  const { id, mac, lease, holder, host, device, state } = row;
  return {
    id,
    mac,
    lease,
    holder,
    ...(host === null ? {} : { host }),
    ...(device === null ? {} : { device }),
    otherHost: row.other_host,
    otherDevice: row.other_device,
    otherKind: row.other_kind,
    firstAt: row.first_at,
    lastAt: row.last_at,
    state,
  };
}
