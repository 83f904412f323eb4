import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { AppError } from '../../errors/app-error.ts';
import { type JournalHead, type JournalRecord, noHash } from '../../model/journal/journal-record.ts';
import { type ChainFault, ChainVerifier } from '../../model/journal/verify-chain.ts';
import type { Tables } from '../tables.ts';
import type { AuditEntry, AuditQuery, AuditTrail, AuditVerdict } from './audit-trail.ts';
import { type EventEntries, SqlEventEntries } from './event-entries.ts';
import { parseHead, readStoredHead } from './journal.ts';
import { keyRingOf } from './key-ring.ts';
import { clearRecords, entriesOf, readBatches, readRows } from './read-journal.ts';
import { verifyPseudonyms } from './verify-pseudonyms.ts';
import { readWitness, type Witness, writeWitness } from './witness.ts';

/** What the parts of a registry know of its database. */
export interface JournalStore {
  readonly db: Kysely<Tables>;
  /** Any failure as an AppError. */
  explain(error: unknown): AppError;
}

export class SqlAuditTrail implements AuditTrail {
  readonly events: EventEntries;
  readonly #store: JournalStore;

  constructor(store: JournalStore) {
    this.#store = store;
    this.events = new SqlEventEntries(store);
  }

  list(
    query: AuditQuery & { readonly below?: number; readonly limit: number },
  ): Promise<{ entries: AuditEntry[]; next?: number }> {
    return this.#attempt(async () => {
      const { below, limit, ...rest } = query;
      const rows = await readRows(this.#store.db, rest, {
        direction: 'desc',
        limit,
        ...(below === undefined ? {} : { from: below }),
      });
      const last = rows.at(-1)?.id ?? 1;
      const entries = await entriesOf(this.#store.db, rows);
      return rows.length < limit || last <= 1 ? { entries } : { entries, next: last };
    });
  }

  async *records(
    query: AuditQuery,
    options: { readonly clear: boolean; readonly after?: number },
  ): AsyncGenerator<readonly JournalRecord[]> {
    try {
      for await (const rows of readBatches(this.#store.db, query, options.after)) {
        yield options.clear ? await clearRecords(this.#store.db, rows) : rows;
        await setImmediate();
      }
    } catch (error) {
      throw this.#store.explain(error);
    }
  }

  verify(hash?: string): Promise<AuditVerdict> {
    return this.#attempt(async () => {
      const { db } = this.#store;
      const ring = keyRingOf(db);
      // Before the entries: what is appended meanwhile comes after it.
      const stored = await readStoredHead(db);
      const witness = ring.directory === undefined ? undefined : await readWitness(ring.directory);
      const verifier = new ChainVerifier(ring.sealKey());
      const found = new FoundHashes([witness?.hash, hash]);
      for await (const rows of readBatches(db)) {
        for (const row of rows) {
          verifier.add(row);
          found.look(row);
        }
        await setImmediate();
      }
      const { faults, more } = verifier.finish();
      const { head } = verifier;
      faults.push(...headFaults({ stored, sealed: parseHead(stored, ring), head, now: await this.#headNow(stored) }));
      if (witness !== undefined) faults.push(...witnessFaults(witness, head, found));
      if (hash !== undefined && !found.has(hash)) faults.push(unknownHash(hash));
      const names = await verifyPseudonyms(db);
      faults.push(...names.faults);
      return { whole: faults.length === 0, head, entries: verifier.count, faults, more: more + names.more };
    });
  }

  witness(): Promise<void> {
    return this.#attempt(async () => {
      const { db } = this.#store;
      const ring = keyRingOf(db);
      const head = parseHead(await readStoredHead(db), ring);
      if (ring.directory === undefined || head === undefined) return;
      const before = await readWitness(ring.directory);
      if (before?.id === head.id && before.hash === head.hash) return;
      if (before !== undefined && !(await this.#holds(before))) return;
      await writeWitness(ring.directory, { id: head.id, hash: head.hash, at: Date.now() });
    });
  }

  /** The entry is there, or was pruned since. */
  async #holds({ id, hash }: JournalHead): Promise<boolean> {
    const { db } = this.#store;
    const first = await db.selectFrom('journal').select('id').orderBy('id').limit(1).executeTakeFirst();
    if (first !== undefined && first.id > id) return true;
    const row = await db.selectFrom('journal').select('hash').where('id', '=', id).executeTakeFirst();
    return row?.hash === hash;
  }

  /** The head now, if it is another than before. */
  async #headNow(before: string | undefined): Promise<string | undefined> {
    const now = await readStoredHead(this.#store.db);
    return now === before ? undefined : now;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#store.explain(error);
    }
  }
}

/** Which of some hashes stand in the journal. */
class FoundHashes {
  readonly #wanted: ReadonlySet<string | undefined>;
  readonly #found = new Set<string>();
  /** Lowest id there is: what came before was pruned. */
  first: number | undefined;

  constructor(wanted: readonly (string | undefined)[]) {
    this.#wanted = new Set(wanted);
  }

  look({ id, hash, previous }: JournalRecord): void {
    this.first ??= id;
    // Before the first entry there was none.
    for (const one of [hash, previous]) if (one !== noHash && this.#wanted.has(one)) this.#found.add(one);
  }

  has(hash: string): boolean {
    return this.#found.has(hash);
  }
}

interface HeadLook {
  readonly stored: string | undefined;
  /** `stored`, when it bears our seal. */
  readonly sealed: JournalHead | undefined;
  /** Where the entries end. */
  readonly head: JournalHead;
  /** The stored head after the entries were read, when it changed meanwhile. */
  readonly now: string | undefined;
}

/** What the sealed head says of the end of the journal. Entries that came while it was read are no fault. */
function headFaults({ stored, sealed, head, now }: HeadLook): ChainFault[] {
  const fault = (kind: ChainFault['fault'], entries: string, text: string): ChainFault[] => [
    { fault: kind, entries, text },
  ];
  if (stored === undefined)
    return head.id === 0
      ? []
      : fault('cut', String(head.id), `the sealed head is gone: after entry ${head.id} entries may be missing`);
  if (sealed === undefined)
    return fault(
      'recomputed',
      String(head.id),
      'the head does not bear the seal of this registry: the journal was cut, or its chain computed anew by somebody without the key',
    );
  if (sealed.id > head.id)
    return fault(
      'cut',
      head.id + 1 === sealed.id ? String(sealed.id) : `${head.id + 1}-${sealed.id}`,
      `the tail was cut: the journal ends at entry ${head.id}, the sealed head is entry ${sealed.id}`,
    );
  if (sealed.id < head.id)
    return now !== undefined
      ? []
      : fault(
          'inserted',
          sealed.id + 1 === head.id ? String(head.id) : `${sealed.id + 1}-${head.id}`,
          `the sealed head is entry ${sealed.id}, but the journal goes on to entry ${head.id}: entries were added by somebody else, or an old head was put back`,
        );
  if (sealed.hash !== head.hash)
    return fault('altered', String(head.id), `entry ${head.id} is not the one that the sealed head names`);
  return [];
}

function witnessFaults(witness: Witness, head: JournalHead, found: FoundHashes): ChainFault[] {
  if (found.has(witness.hash) || (found.first ?? 0) > witness.id) return [];
  const when = new Date(witness.at).toISOString();
  const text =
    witness.id > head.id
      ? `the tail was cut: the journal ends at entry ${head.id}, but at ${when} it had ${witness.id} entries; or an old copy of the registry was put in its place`
      : `entry ${witness.id} is not the one that stood there at ${when}: an old copy of the registry was put in its place and went on`;
  return [{ fault: witness.id > head.id ? 'cut' : 'altered', entries: String(witness.id), text }];
}

function unknownHash(hash: string): ChainFault {
  return {
    fault: 'cut',
    entries: '',
    text: `no entry has the hash "${hash}" that was kept: the journal was cut or computed anew`,
  };
}
