import type { Kysely, Transaction } from 'kysely';
import type { Tables } from '../tables.ts';

/** Who did something, and from where. */
export interface Actor {
  /** User name, token or part of Bridgekeeper: `alice`, `bridgekeeper`. */
  readonly who: string;
  /** `unix socket`, `this host`, an address. */
  readonly from: string;
}

/** What Bridgekeeper does by itself. */
export const itself: Actor = { who: 'bridgekeeper', from: 'this host' };

/** One thing that happened, to be written down. */
export interface JournalInput {
  /** `apply`, `lease`, `release`, `reserve`, `import`, `rotate`, `conflict`, `drift`, `erase`, … */
  readonly kind: string;
  /** One sentence. */
  readonly text: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly actor: Actor;
  /** What was and what is, as JSON can hold it; bounded by whoever writes it (a bulk change names ids, not rows). */
  readonly before?: unknown;
  readonly after?: unknown;
  /** Owners whom the entry is about. */
  readonly owners?: readonly string[];
}

/**
 * Writes entries at the end of the journal, inside the transaction that makes the change they tell of. MAC addresses
 * in text, before and after may be given in clear.
 */
export async function appendJournal(
  transaction: Transaction<Tables> | Kysely<Tables>,
  entries: readonly JournalInput[],
): Promise<void> {
  for (const { at, kind, text } of entries) {
    const row = await transaction
      .selectFrom('journal')
      .select((build) => build.fn.max<number | null>('id').as('highest'))
      .executeTakeFirst();
    await transaction
      .insertInto('journal')
      .values({ id: Number(row?.highest ?? 0) + 1, at, kind, text })
      .execute();
  }
}
