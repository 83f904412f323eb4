import { type Kysely, sql } from 'kysely';

/**
 * Entries of events are found without reading the others. `journal_events`: those that begin one, with what is asked
 * for. `journal_events_on`, `journal_events_of`: what was written of one later, by its place and by the event. An entry
 * whose body was taken out is in none of them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const begins = sql`substr(after, 1, 9) = '{"event":'`;
  const goesOn = sql`substr(after, 1, 6) = '{"of":'`;
  await sql`create index journal_events on journal (
      id, kind, at,
      after ->> '$.event.subject.guest',
      after ->> '$.event.subject.owner',
      after ->> '$.event.subject.segment',
      after ->> '$.event.subject.port',
      after ->> '$.event.severity'
    ) where ${begins}`.execute(db);
  await sql`create index journal_events_lasting on journal (id)
    where ${begins} and after ->> '$.event.state' = 'lasting'`.execute(db);
  await sql`create index journal_events_on on journal (id) where ${goesOn}`.execute(db);
  await sql`create index journal_events_of on journal (after ->> '$.of', id) where ${goesOn}`.execute(db);
}
