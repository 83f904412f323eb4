import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { type Actor, appendJournal, readPeriodDays } from '../journal/journal.ts';
import { keyRingOf } from '../journal/key-ring.ts';
import { periodOf } from '../journal/period.ts';
import { highestId } from '../leases/list-leases.ts';
import { erasedGuest, type Tables } from '../tables.ts';
import { blankEntries } from './blank-entries.ts';
import { eraseKept } from './erase-kept.ts';
import { type ErasurePlan, type ErasureRequest, endedBlocks, keepFromOf } from './plan-erasure.ts';
import { eraseRotations, failedRotations } from './rotations-about.ts';
import {
  batchRows,
  chunksOf,
  goneGuests,
  idStep,
  namesGuest,
  namesMac,
  oldObjectsOf,
  requestsOf,
  type Subject,
} from './subject.ts';

/**
 * Takes out what was planned, in small transactions: what is already gone is not looked for again when it is done a
 * second time. Journals that it was done; the owner stands there as a pseudonym only.
 */
export async function eraseOwner(
  db: Kysely<Tables>,
  plan: ErasurePlan,
  request: ErasureRequest & { readonly actor: Actor },
): Promise<void> {
  const { subject, leaseIds, holdingIds, gone, entryIds, erasure } = plan;
  const { now, actor } = request;
  const keepFrom = keepFromOf(request);
  for (const ids of chunksOf(entryIds, batchRows)) {
    const text = (count: number) => `erased the text of ${count} ${count === 1 ? 'entry' : 'entries'} about an owner`;
    await blankEntries(db, ids, { kind: 'erase', text, at: now, actor });
    await setImmediate();
  }
  for await (const rows of requestsOf(db, new Set(leaseIds)))
    for (const { key } of rows) await db.deleteFrom('requests').where('key', '=', key).execute();
  // As long as the leases say whose they are.
  await eraseRotations(db, await failedRotations(db, subject));
  for (const names of chunksOf([...subject.guests.keys()], 400)) {
    const ids = (await endedBlocks(db, names, keepFrom)).map(({ id }) => id);
    for (const some of chunksOf(ids, 400)) {
      const nobody = { guest: erasedGuest, share_id: null };
      await db.updateTable('port_blocks').set(nobody).where('id', 'in', some).execute();
    }
  }
  await eraseHoldings(db, holdingIds, gone);
  await eraseObjects(db, subject, gone);
  await eraseComments(db, subject, gone);
  await eraseLeaseComments(db, subject, gone);
  await eraseKept(db, subject, gone);
  for (const some of chunksOf([...gone], 400)) await db.deleteFrom('pseudonyms').where('mac', 'in', some).execute();
  for (const ids of chunksOf(leaseIds, 400)) {
    await db
      .updateTable('leases')
      .set({ mac: null, alias: null, guest: null, nic: null, owner: null, ipv4: null, ipv6: null, comment: null })
      .where('id', 'in', ids)
      .where('ended', '!=', 0)
      .execute();
    await setImmediate();
  }
  await appendJournal(db, [
    {
      kind: 'erase',
      text: `erased what was stored about an owner: ${erasure.leases} leases, ${erasure.journal} journal entries, ${erasure.objects} objects of earlier revisions, ${erasure.portBlocks} port blocks, ${erasure.holdings} stretches of what NICs held, ${erasure.rotations} rotations, ${erasure.requests} request keys; ${erasure.keptCount} leases stay`,
      at: now,
      actor,
      after: { subject: await ownerPseudonym(db, subject.owner, now) },
    },
  ]);
}

/** That there was somebody stays, so that a question about that time is not answered with "nobody". */
async function eraseHoldings(db: Kysely<Tables>, ids: readonly number[], macs: ReadonlySet<number>): Promise<void> {
  const nothing = { guest: null, nic: null, owner: null, mac: null, alias: null, ipv4: null, ipv6: null };
  for (const some of chunksOf(ids, 400))
    await db.updateTable('holdings').set(nothing).where('id', 'in', some).where('until', 'is not', null).execute();
  // A NIC may have had the address under an earlier owner.
  for (const some of chunksOf([...macs], 400))
    await db
      .updateTable('holdings')
      .set({ mac: null })
      .where('mac', 'in', some)
      .where('until', 'is not', null)
      .execute();
}

async function eraseObjects(db: Kysely<Tables>, subject: Subject, gone: ReadonlySet<number>): Promise<void> {
  const old: Tables['objects'][] = [];
  for await (const rows of oldObjectsOf(db, subject, gone)) old.push(...rows);
  for (const rows of chunksOf(old, 100)) {
    await db.transaction().execute(async (transaction) => {
      for (const { kind, name, first_revision: first } of rows)
        await transaction
          .deleteFrom('objects')
          .where('kind', '=', kind)
          .where('name', '=', name)
          .where('first_revision', '=', first)
          .where('last_revision', 'is not', null)
          .execute();
    });
    await setImmediate();
  }
}

/** A comment that names a guest that is gone, or an address, loses its text: `put guest web1`, `try 02:1a:…`. */
async function eraseComments(db: Kysely<Tables>, subject: Subject, macs: ReadonlySet<number>): Promise<void> {
  const names = goneGuests(subject);
  if (names.size === 0 && macs.size === 0) return;
  let after = 0;
  for (;;) {
    const rows = await db
      .selectFrom('revisions')
      .select(['number', 'author', 'comment'])
      .where('number', '>', after)
      .orderBy('number')
      .limit(batchRows)
      .execute();
    for (const { number, author, comment } of rows) {
      const erased = {
        ...(namesMac(author, macs) ? { author: '(erased)' } : {}),
        ...(namesGuest(comment, names) || namesMac(comment, macs) ? { comment: '(erased)' } : {}),
      };
      if (Object.keys(erased).length === 0) continue;
      await db.updateTable('revisions').set(erased).where('number', '=', number).execute();
    }
    if (rows.length < batchRows) return;
    after = rows.at(-1)?.number ?? after;
    await setImmediate();
  }
}

/** Leases of others whose comment names what goes (`takes the place of 02:1a:…`) lose it. */
async function eraseLeaseComments(db: Kysely<Tables>, subject: Subject, macs: ReadonlySet<number>): Promise<void> {
  const names = goneGuests(subject);
  const last = await highestId(db);
  for (let from = 0; from < last; from += idStep) {
    const rows = await db
      .selectFrom('leases')
      .select(['id', 'comment'])
      .where('id', '>', from)
      .where('id', '<=', from + idStep)
      .where('comment', 'is not', null)
      .execute();
    for (const { id, comment } of rows) {
      if (comment === null || (!namesGuest(comment, names) && !namesMac(comment, macs))) continue;
      await db.updateTable('leases').set({ comment: '(erased)' }).where('id', '=', id).execute();
    }
    await setImmediate();
  }
}

/** So that it can be shown, while the key of the period is there, that this owner's data was erased. */
async function ownerPseudonym(db: Kysely<Tables>, owner: string, now: number): Promise<string> {
  const key = keyRingOf(db).periodKey(periodOf(now, await readPeriodDays(db)));
  if (key === undefined) return 'erased';
  return `owner-${createHmac('sha256', key).update(`owner ${owner}`).digest('hex').slice(0, 16)}`;
}
