import { setImmediate } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { nicId } from '../../model/site.ts';
import { aliasesIn, replaceMacs } from '../journal/mac-texts.ts';
import { readBatches } from '../journal/read-journal.ts';
import type { HoldingRow, JournalRow, LeaseRow, ObjectRow, Tables } from '../tables.ts';

/** Rows that are read at once. */
export const batchRows = 1000;
/** Ids that are looked at in one statement: some milliseconds. */
export const idStep = 20_000;

/** Whom a question about personal data is about. */
export interface Subject {
  readonly owner: string;
  /** Guests that are, or were, this owner's and never another's; whether they stand in the site now. */
  readonly guests: ReadonlyMap<string, boolean>;
}

interface GuestBody {
  readonly name?: unknown;
  readonly owner?: unknown;
}

/** Looks through all revisions for guests of an owner. */
export async function findSubject(db: Kysely<Tables>, owner: string): Promise<Subject> {
  const guests = new Map<string, boolean>();
  const others = new Set<string>();
  for await (const rows of closedAndStanding(db, ['guest'])) {
    for (const row of rows) {
      const body = JSON.parse(row.body) as GuestBody;
      if (body.owner === owner) guests.set(row.name, guests.get(row.name) === true || row.last_revision === null);
      else if (body.owner !== undefined) others.add(row.name);
    }
  }
  for (const name of others) guests.delete(name);
  return { owner, guests };
}

/** Objects of some kinds in every state they ever had, in batches. */
export async function* closedAndStanding(
  db: Kysely<Tables>,
  kinds: readonly ObjectRow['kind'][],
): AsyncGenerator<ObjectRow[]> {
  let after: ObjectRow | undefined;
  for (;;) {
    let query = db
      .selectFrom('objects')
      .selectAll()
      .where('kind', 'in', kinds)
      .orderBy('kind')
      .orderBy('name')
      .orderBy('first_revision')
      .limit(batchRows);
    if (after !== undefined) {
      const { kind, name, first_revision: first } = after;
      query = query.where(sql<boolean>`(kind, name, first_revision) > (${kind}, ${name}, ${first})`);
    }
    const rows = await query.execute();
    if (rows.length > 0) yield rows;
    after = rows.at(-1);
    if (rows.length < batchRows) return;
    await setImmediate();
  }
}

/** Leases of the owner, and those of its guests that name no owner; in batches, oldest first. */
export async function* leasesOf(db: Kysely<Tables>, { owner, guests }: Subject): AsyncGenerator<LeaseRow[]> {
  yield* rowBatches((after) =>
    db
      .selectFrom('leases')
      .selectAll()
      .where('owner', '=', owner)
      .where('id', '>', after)
      .orderBy('id')
      .limit(batchRows)
      .execute(),
  );
  for (const names of chunksOf([...guests.keys()], 400)) {
    yield* rowBatches((after) =>
      db
        .selectFrom('leases')
        .selectAll()
        .where('guest', 'in', names)
        .where('owner', 'is', null)
        .where('id', '>', after)
        .orderBy('id')
        .limit(batchRows)
        .execute(),
    );
  }
}

/** What the owner's NICs held, as far as their owner is known, and what its guests held; in batches. */
export async function* holdingsOf(db: Kysely<Tables>, { owner, guests }: Subject): AsyncGenerator<HoldingRow[]> {
  const read = (after: number) =>
    db.selectFrom('holdings').selectAll().where('id', '>', after).orderBy('id').limit(batchRows);
  yield* rowBatches((after) => read(after).where('owner', '=', owner).execute());
  for (const names of chunksOf([...guests.keys()], 400))
    yield* rowBatches((after) => read(after).where('guest', 'in', names).where('owner', 'is', null).execute());
}

async function* rowBatches<R extends { readonly id: number }>(
  read: (after: number) => Promise<R[]>,
): AsyncGenerator<R[]> {
  let after = 0;
  for (;;) {
    const rows = await read(after);
    if (rows.length > 0) yield rows;
    if (rows.length < batchRows) return;
    after = rows.at(-1)?.id ?? after;
    await setImmediate();
  }
}

/** Entries about the owner: they say so, or name one of its guests or one of `aliases`. In batches, oldest first. */
export async function* entriesAbout(
  db: Kysely<Tables>,
  subject: Subject,
  aliases: ReadonlySet<string>,
): AsyncGenerator<JournalRow[]> {
  const about = isAbout(subject, aliases);
  for await (const rows of readBatches(db)) {
    const found = rows.filter(about);
    if (found.length > 0) yield found;
    await setImmediate();
  }
}

/** Words after which a quoted name is not that of a guest. */
const otherThings =
  'pool|owner|segment|policy|host|port|device|bridge|interface|kind|key|period|user|strategy|site|state';
/** Keys of JSON whose values are guests or their NICs. */
const guestKeys = 'guest|nic|holder|from|to';
/**
 * How a guest is named in texts: quoted, as the guest of a NIC (`web1/0`), or after the word guest. Other things may
 * bear the same name: what is quoted after the word for them, a key of JSON and the value of most keys is no guest.
 */
const guestName = new RegExp(
  `(?<!\\b(?:${otherThings}) \\\\?)(?<!"(?!(?:${guestKeys})":)[a-zA-Z0-9-]+":)["']([a-z0-9-]{1,63})\\\\?["'](?!:)` +
    '|(?<![\\w-])([a-z0-9-]{1,63})/\\d|\\bguest ([a-z0-9-]{1,63})(?![\\w-])',
  'g',
);

function isAbout({ owner, guests }: Subject, aliases: ReadonlySet<string>): (row: JournalRow) => boolean {
  const quoted = JSON.stringify(owner);
  return ({ text, before, after, owners }) => {
    if (owners?.includes(quoted)) return true;
    return [text, before, after].some(
      (part) =>
        part !== null &&
        (namesGuest(part, guests) || aliasesIn(part).some((alias) => aliases.has(alias)) || namesOwner(part, quoted)),
    );
  };
}

/** Guests that are not in the site any more. */
export function goneGuests({ guests }: Subject): Map<string, boolean> {
  return new Map([...guests].filter(([, standing]) => !standing));
}

export function namesGuest(text: string, guests: ReadonlyMap<string, unknown>): boolean {
  if (guests.size === 0) return false;
  for (const [, quoted, ofNic, named] of text.matchAll(guestName))
    if (guests.has(quoted ?? ofNic ?? named ?? '')) return true;
  return false;
}

/** Whether one of the addresses stands in a text, in any form. */
export function namesMac(text: string, macs: ReadonlySet<number>): boolean {
  let found = false;
  replaceMacs(text, (mac) => {
    found ||= macs.has(mac);
    return '';
  });
  return found;
}

/** `owner "team-a"`, `"owner":"team-a"`. */
export function namesOwner(text: string, quoted: string): boolean {
  return text.includes(`owner ${quoted}`) || text.includes(`"owner":${quoted}`);
}

/** Objects of earlier revisions that are about the owner: its guests, and what leads to them. */
export async function* oldObjectsOf(
  db: Kysely<Tables>,
  subject: Subject,
  macs: ReadonlySet<number>,
): AsyncGenerator<ObjectRow[]> {
  for await (const rows of closedAndStanding(db, ['guest', 'attachment', 'forward', 'policy'])) {
    const found = rows.filter((row) => row.last_revision !== null && objectIsAbout(row, subject, macs));
    if (found.length > 0) yield found;
  }
}

/** Whether an object is a guest of the owner that is gone, or names one, or an address that goes. */
function objectIsAbout(row: ObjectRow, { owner, guests }: Subject, macs: ReadonlySet<number>): boolean {
  const body = JSON.parse(row.body) as Record<string, unknown>;
  const gone = (name: unknown): boolean => typeof name === 'string' && guests.get(name) === false;
  switch (row.kind) {
    case 'guest':
      return guests.has(row.name) ? gone(row.name) : body.owner === owner;
    case 'attachment':
      return gone(row.name.slice(0, row.name.lastIndexOf('/')));
    case 'forward':
      return typeof body.to === 'string' && gone(/^([^:/]+)/.exec(body.to)?.[1]);
    case 'policy':
      return (
        gone(body.from) || gone(body.to) || (typeof body.macAddress === 'string' && namesMac(body.macAddress, macs))
      );
    default:
      return false;
  }
}

/** Request keys whose leases are among `ids`. In batches. */
export async function* requestsOf(db: Kysely<Tables>, ids: ReadonlySet<number>): AsyncGenerator<Tables['requests'][]> {
  let after = '';
  for (;;) {
    const rows = await db
      .selectFrom('requests')
      .selectAll()
      .where('key', '>', after)
      .orderBy('key')
      .limit(batchRows)
      .execute();
    const found = rows.filter(({ leases }) => idsIn(leases).some(([first, last]) => holdsAny(ids, first, last)));
    if (found.length > 0) yield found;
    if (rows.length < batchRows) return;
    after = rows.at(-1)?.key ?? after;
    await setImmediate();
  }
}

/** Runs of ids in the answer to a request key: a JSON array, or `first-last`. */
function idsIn(text: string): (readonly [number, number])[] {
  const run = /^(\d+)-(\d+)$/.exec(text);
  if (run) return [[Number(run[1]), Number(run[2])]];
  const numbers = text.match(/\d+(?:-\d+)?/g) ?? [];
  return numbers.map((part) => {
    const [first, last] = part.split('-').map(Number) as [number, number?];
    return [first, last ?? first];
  });
}

function holdsAny(ids: ReadonlySet<number>, first: number, last: number): boolean {
  if (last - first >= ids.size) return [...ids].some((id) => id >= first && id <= last);
  for (let id = first; id <= last; id++) if (ids.has(id)) return true;
  return false;
}

export const nicOf = ({ guest, nic }: Pick<LeaseRow, 'guest' | 'nic'>): string | undefined =>
  guest === null || nic === null ? undefined : nicId(guest, nic);

export function* chunksOf<T>(values: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size);
}
