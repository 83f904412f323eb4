import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';
import { chunksOf, goneGuests, namesGuest, namesMac, namesOwner, type Subject } from './subject.ts';

/**
 * Takes out alerts, and messages that wait to be sent, which name the owner, guests that are gone or addresses that go.
 * Silences and isolations hold as long as somebody said they should, and end by themselves.
 */
export async function eraseKept(db: Kysely<Tables>, subject: Subject, macs: ReadonlySet<number>): Promise<void> {
  const names = goneGuests(subject);
  const quoted = JSON.stringify(subject.owner);
  const rows = await db
    .selectFrom('kept')
    .select(['place', 'body'])
    .where('kind', 'in', ['alert', 'message'])
    .execute();
  const about = rows.filter(({ body }) => namesOwner(body, quoted) || namesGuest(body, names) || namesMac(body, macs));
  for (const some of chunksOf(about, 400))
    await db
      .deleteFrom('kept')
      .where(
        'place',
        'in',
        some.map(({ place }) => place),
      )
      .execute();
}
