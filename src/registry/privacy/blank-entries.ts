import type { Kysely, Transaction } from 'kysely';
import { rangesOf, renderRange } from '../../model/journal/id-ranges.ts';
import { namingKinds } from '../../model/journal/verify-chain.ts';
import { type Actor, appendJournal } from '../journal/journal.ts';
import type { Tables } from '../tables.ts';

/** Why and by whom entries lose their bodies; `text` says how many that are. */
export interface BlankReason {
  readonly kind: 'erase' | 'retention';
  readonly text: (count: number) => string;
  readonly at: number;
  readonly actor: Actor;
}

/** Ids of one `in`: below the parameter limit of every database. */
const mostParameters = 500;

/**
 * Takes the bodies out of entries and names them in a new one, in one transaction: so the chain of the journal holds,
 * and `audit verify` knows why they are blank. `ids` ascend.
 */
export function blankEntries(db: Kysely<Tables>, ids: readonly number[], reason: BlankReason): Promise<void> {
  return db.transaction().execute(async (transaction) => {
    for (let start = 0; start < ids.length; start += mostParameters)
      await blank(transaction, ids.slice(start, start + mostParameters));
    await appendJournal(transaction, [
      {
        kind: reason.kind,
        text: reason.text(ids.length),
        at: reason.at,
        actor: reason.actor,
        after: { blanked: rangesOf(ids).map(renderRange) },
      },
    ]);
  });
}

function blank(transaction: Transaction<Tables>, ids: readonly number[]): Promise<unknown> {
  return transaction
    .updateTable('journal')
    .set({ text: null, before: null, after: null, owners: null, salt: null })
    .where('id', 'in', ids)
    .where('kind', 'not in', [...namingKinds])
    .execute();
}
