import { type Kysely, sql } from 'kysely';

/**
 * Entries of events are found without reading the others: the index of those that begin one holds what is asked for,
 * the other one leads from an event to what was written of it later. Both are empty of an entry whose body was taken out.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index journal_events on journal (
      id, kind, at,
      after ->> '$.event.subject.guest',
      after ->> '$.event.subject.owner',
      after ->> '$.event.subject.segment',
      after ->> '$.event.subject.port',
      after ->> '$.event.severity'
    ) where substr(after, 1, 9) = '{"event":'`.execute(db);
  await sql`create index journal_events_of on journal (after ->> '$.of', id)
    where substr(after, 1, 6) = '{"of":'`.execute(db);
}
