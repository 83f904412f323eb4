import type { Kysely } from 'kysely';
import { appendJournal, type JournalInput } from '../journal/journal.ts';
import type { Tables } from '../tables.ts';
import type { Kept, KeptChange, KeptItem, KeptKind } from './kept.ts';

/** SQLite takes at most 32,766 values in one statement. */
const atOnce = 5_000;

/** `Kept` on any SQL database that Kysely knows. `run` does work when its turn has come and explains failures. */
export class SqlKept implements Kept {
  readonly #db: Kysely<Tables>;
  readonly #run: <T>(work: () => Promise<T>) => Promise<T>;

  constructor(db: Kysely<Tables>, run: <T>(work: () => Promise<T>) => Promise<T>) {
    this.#db = db;
    this.#run = run;
  }

  load<Body>(kind: KeptKind): Promise<KeptItem<Body>[]> {
    return this.#run(async () => {
      const rows = await this.#db
        .selectFrom('kept')
        .select(['id', 'body'])
        .where('kind', '=', kind)
        .orderBy('place')
        .execute();
      return rows.map(({ id, body }) => ({ id, body: JSON.parse(body) as Body }));
    });
  }

  one<Body>(kind: KeptKind, id: string): Promise<Body | undefined> {
    return this.#run(async () => {
      const row = await this.#db
        .selectFrom('kept')
        .select('body')
        .where('kind', '=', kind)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : (JSON.parse(row.body) as Body);
    });
  }

  async change(
    kind: KeptKind,
    { put = [], remove = [] }: KeptChange,
    journal: readonly JournalInput[] = [],
  ): Promise<void> {
    if (put.length + remove.length + journal.length === 0) return;
    await this.#run(() =>
      this.#db.transaction().execute(async (transaction) => {
        for (let at = 0; at < remove.length; at += atOnce)
          await transaction
            .deleteFrom('kept')
            .where('kind', '=', kind)
            .where('id', 'in', remove.slice(at, at + atOnce))
            .execute();
        for (let at = 0; at < put.length; at += atOnce)
          await transaction
            .insertInto('kept')
            .values(put.slice(at, at + atOnce).map(({ id, body }) => ({ kind, id, body: JSON.stringify(body) })))
            .onConflict((conflict) =>
              conflict.columns(['kind', 'id']).doUpdateSet((row) => ({ body: row.ref('excluded.body') })),
            )
            .execute();
        await appendJournal(transaction, journal);
      }),
    );
  }
}
