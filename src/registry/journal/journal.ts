import { randomFillSync } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import {
  digestOf,
  hashOf,
  type JournalHead,
  type JournalRecord,
  noHash,
  sealOf,
} from '../../model/journal/journal-record.ts';
import { brokenKind } from '../../model/journal/verify-chain.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Tables } from '../tables.ts';
import { journalStatements } from './journal-statements.ts';
import { type KeyRing, keyRingOf, pseudonymOf } from './key-ring.ts';
import { replaceMacs } from './mac-texts.ts';
import { defaultPeriodDays, periodOf } from './period.ts';

/** Who did something, and from where. */
export interface Actor {
  /** User name, token or part of Bridgekeeper: `alice`, `bridgekeeper`. */
  readonly who: string;
  /** `unix socket`, `this host`, an address. */
  readonly from: string;
}

/** Who orders a change. */
export interface Asker extends Actor {
  /** Nothing is changed: the answer is what the change would answer, as far as that can be known before. */
  readonly onlyPlan?: boolean;
  /** The owner whose tenant it is: it does not undo what others did. */
  readonly tenant?: string;
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
 * Writes entries at the end of the journal, inside the transaction that makes the change they tell of; a transaction of
 * its own where there is none. MAC addresses in text, before, after and who may be given in clear: pseudonyms are stored.
 * Answers the id of the first entry; 0 for none.
 */
export async function appendJournal(
  transaction: Transaction<Tables> | Kysely<Tables>,
  entries: readonly JournalInput[],
): Promise<number> {
  if (entries.length === 0) return 0;
  if (!transaction.isTransaction) return transaction.transaction().execute((own) => appendJournal(own, entries));
  const ring = keyRingOf(transaction);
  const run = journalStatements(transaction);
  const { head, periodDays } = await readEnd(transaction, ring);
  const sealKey = ring.sealKey();
  /** Entries that are written together name the same addresses often. */
  const aliases: Aliases = new Map();
  let end = head;
  for (const entry of entries) {
    const record = chain(end, entry, (text) => hideMacs(text, { ring, at: entry.at, days: periodDays, aliases }));
    await run.insert({ ...record, seal: sealOf('entry', record, sealKey) });
    end = record;
  }
  for (const pseudonym of aliases.values()) await run.remember(pseudonym);
  await run.setHead(renderHead(end, ring));
  return head.id + 1;
}

/**
 * Text as the database gives it back: what it would end at or change, halves of characters and zeros, would look as if
 * somebody had altered the entry.
 */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', ' ');

/** The record that comes after `head`. */
function chain(head: JournalHead, entry: JournalInput, hide: (text: string) => string): JournalRecord {
  const json = (value: unknown): string | null => (value === undefined ? null : hide(JSON.stringify(value, clearMac)));
  const owners = entry.owners === undefined || entry.owners.length === 0 ? undefined : entry.owners;
  const salt = drawSalt();
  const body = {
    text: hide(storable(entry.text)),
    before: json(entry.before),
    after: json(entry.after),
    owners: owners === undefined ? null : JSON.stringify(owners),
  };
  const chained = {
    id: head.id + 1,
    at: entry.at,
    kind: entry.kind,
    who: hide(storable(entry.actor.who)),
    origin: storable(entry.actor.from),
    digest: digestOf(salt, body),
    previous: head.hash,
  };
  return { ...chained, ...body, salt, hash: hashOf(chained) };
}

/** Random bytes for many salts at once: asking for 16 of them takes as long as everything else that an entry needs. */
const salts = Buffer.alloc(16 * 256);
let nextSalt = salts.length;

function drawSalt(): string {
  if (nextSalt === salts.length) {
    randomFillSync(salts);
    nextSalt = 0;
  }
  nextSalt += 16;
  return salts.toString('hex', nextSalt - 16, nextSalt);
}

/** A MAC address that is a number becomes text, so that it is found. */
function clearMac(key: string, value: unknown): unknown {
  return key === 'mac' && typeof value === 'number' ? macFromInteger(value) : value;
}

interface Hiding {
  readonly ring: KeyRing;
  readonly at: number;
  readonly days: number;
  readonly aliases: Aliases;
}

/** Pseudonyms that were used, by period and address, with when that was last. */
type Aliases = Map<string, { alias: string; mac: number; period: string; at: number }>;

/** A period whose key was destroyed gets no new pseudonyms: an address of that time has no name any more. */
function hideMacs(text: string, { ring, at, days, aliases }: Hiding): string {
  return replaceMacs(text, (mac) => {
    const period = periodOf(at, days);
    const name = `${period.id} ${mac}`;
    const known = aliases.get(name);
    if (known !== undefined) {
      known.at = Math.max(known.at, at);
      return known.alias;
    }
    const key = ring.periodKey(period);
    if (key === undefined) return 'erased';
    const alias = pseudonymOf(mac, key);
    aliases.set(name, { alias, mac, period: period.id, at });
    return alias;
  });
}

const headName = 'journal-head';
/** Setting of the store: days that pseudonyms keep their key. */
export const periodSetting = 'privacy-period-days';

function renderHead(head: JournalHead, ring: KeyRing): string {
  const { id, hash } = head;
  return JSON.stringify({ id, hash, seal: sealOf('head', head, ring.sealKey()) });
}

/** The sealed head as it is stored; undefined when it is not sealed by us, or is not there. */
export function parseHead(value: string | undefined, ring: KeyRing): JournalHead | undefined {
  let head: { id?: unknown; hash?: unknown; seal?: unknown } | null;
  try {
    head = JSON.parse(value ?? 'null');
  } catch {
    // Not written by us: as good as none.
    return undefined;
  }
  const { id, hash, seal } = head ?? {};
  if (typeof id !== 'number' || typeof hash !== 'string') return undefined;
  return seal === sealOf('head', { id, hash }, ring.sealKey()) ? { id, hash } : undefined;
}

/** Days that pseudonyms keep their key. */
export async function readPeriodDays(db: Kysely<Tables>): Promise<number> {
  return Number((await journalStatements(db).settings()).get(periodSetting) ?? defaultPeriodDays);
}

/** The head as it is stored, sealed or not. */
export async function readStoredHead(db: Kysely<Tables>): Promise<string | undefined> {
  return (await journalStatements(db).settings()).get(headName);
}

/**
 * Where the journal goes on. A head that is lost or was altered is not made good silently: an entry says so, for ever,
 * and the journal goes on after the highest id.
 */
async function readEnd(db: Kysely<Tables>, ring: KeyRing): Promise<{ head: JournalHead; periodDays: number }> {
  const settings = await journalStatements(db).settings();
  const periodDays = Number(settings.get(periodSetting) ?? defaultPeriodDays);
  const stored = settings.get(headName);
  const head = parseHead(stored, ring);
  if (head !== undefined) return { head, periodDays };
  const last = await db.selectFrom('journal').select(['id', 'hash']).orderBy('id', 'desc').limit(1).executeTakeFirst();
  if (last === undefined && stored === undefined) return { head: { id: 0, hash: noHash }, periodDays };
  const note: JournalInput = {
    kind: brokenKind,
    text: `the sealed head of the journal was ${stored === undefined ? 'lost' : 'altered'}; what came after entry ${last?.id ?? 0} cannot be known`,
    at: Date.now(),
    actor: itself,
  };
  const record = chain({ id: Math.floor(last?.id ?? 0), hash: last?.hash ?? noHash }, note, (text) => text);
  await journalStatements(db).insert({ ...record, seal: sealOf('entry', record, ring.sealKey()) });
  return { head: record, periodDays };
}
