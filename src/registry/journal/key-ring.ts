import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';
import { destroyKey, readOrMakeKey } from './key-file.ts';
import { type Period, parsePeriod, periodOf } from './period.ts';

/** Directory, below the one of the registry, of what must not be in the registry itself. Mode 0700, its files 0600. */
const directoryName = 'keys';

/**
 * Keys of one registry, in files of their own: one that seals the journal, one for each period of pseudonyms. Whoever
 * can write to the database alone has none of them.
 */
export class KeyRing {
  readonly #directory: string | undefined;
  /** Made into key objects once: HMAC with the bytes of a key costs seven times as much. */
  readonly #known = new Map<string, KeyObject>();
  readonly #destroyed = new Set<string>();
  /** Periods as they were found when the directory was last changed. */
  #listed: { readonly at: number; readonly periods: Period[] } | undefined;

  /** `directory` is the one of the registry; undefined for a registry in memory, whose keys are in memory too. */
  constructor(directory: string | undefined) {
    this.#directory = directory === undefined ? undefined : join(directory, directoryName);
    if (this.#directory !== undefined) mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Where the files are. */
  get directory(): string | undefined {
    return this.#directory;
  }

  sealKey(): KeyObject {
    const key = this.#read('journal-seal');
    if (key === undefined) throw new Error('the key that seals the journal is gone: its file is empty');
    return key;
  }

  /** Key of a period, made when it is first asked for; undefined once it was destroyed. */
  periodKey(period: Period): KeyObject | undefined {
    return this.#read(`period-${period.id}`);
  }

  /** Every period that ever had a key, oldest first. */
  periods(): { period: Period; destroyed: boolean }[] {
    return this.#list().map((period) => ({ period, destroyed: this.#keyOf(period) === undefined }));
  }

  /** Periods whose key is there, newest first, with it. */
  keys(): { period: Period; key: KeyObject }[] {
    return this.#list()
      .toReversed()
      .flatMap((period) => {
        const key = this.#keyOf(period);
        return key === undefined ? [] : [{ period, key }];
      });
  }

  /** Nobody will ever know again whom the pseudonyms of the period stood for. */
  destroy(period: Period): void {
    const name = `period-${period.id}`;
    this.#known.delete(name);
    this.#destroyed.add(name);
    const path = this.#path(name);
    if (path !== undefined && existsSync(path)) destroyKey(path);
  }

  #path(name: string): string | undefined {
    return this.#directory === undefined ? undefined : join(this.#directory, name);
  }

  /** The directory is read again when a file came or went. */
  #list(): readonly Period[] {
    const at = this.#directory === undefined ? Number.NaN : statSync(this.#directory).mtimeMs;
    // Within the grain of the file system's clock a second change has the same time.
    if (this.#listed?.at === at && Date.now() - at > 100) return this.#listed.periods;
    const names = this.#directory === undefined ? [...this.#known.keys()] : readdirSync(this.#directory);
    const periods = names
      .map((name) => (name.startsWith('period-') ? parsePeriod(name.slice('period-'.length)) : undefined))
      .filter((period) => period !== undefined)
      .sort((a, b) => a.start - b.start || a.end - b.end);
    this.#listed = { at, periods };
    return periods;
  }

  /** Of a period that is listed: never made anew. */
  #keyOf(period: Period): KeyObject | undefined {
    return this.#read(`period-${period.id}`);
  }

  #read(name: string): KeyObject | undefined {
    const known = this.#known.get(name);
    if (known !== undefined || this.#destroyed.has(name)) return known;
    const path = this.#path(name);
    const bytes = path === undefined ? randomBytes(32) : readOrMakeKey(path);
    if (bytes === undefined) {
      this.#destroyed.add(name);
      return undefined;
    }
    const key = createSecretKey(bytes);
    this.#known.set(name, key);
    return key;
  }
}

/** `mac-` and the first 64 bits of HMAC-SHA-256 (RFC 2104) under the key of a period. */
export function pseudonymOf(mac: number, key: Uint8Array | KeyObject): string {
  const octets = mac.toString(16).padStart(12, '0');
  return `mac-${createHmac('sha256', key).update(octets, 'hex').digest('hex').slice(0, 16)}`;
}

/** Pseudonym of a MAC address at a time, and its period; undefined where the key of that time was destroyed. */
export function pseudonymAt(
  ring: KeyRing,
  mac: number,
  at: number,
  days: number,
): { alias: string; period: string } | undefined {
  const period = periodOf(at, days);
  const key = ring.periodKey(period);
  return key === undefined ? undefined : { alias: pseudonymOf(mac, key), period: period.id };
}

/** Every pseudonym that a MAC address has or had, of periods whose key is still there. Newest first. */
export function pseudonymsOf(ring: KeyRing, mac: number): { alias: string; period: Period }[] {
  return ring.keys().map(({ period, key }) => ({ alias: pseudonymOf(mac, key), period }));
}

/** What a dialect tells of its store: the directory whose `keys` belong to it. */
export interface KeyHolder {
  readonly keyDirectory: string | undefined;
}

const rings = new WeakMap<object, KeyRing>();

/** Keys of the registry behind a connection or transaction: the dialect's adapter says where they are. */
export function keyRingOf(db: Kysely<Tables>): KeyRing {
  const { adapter } = db.getExecutor();
  let ring = rings.get(adapter);
  if (ring === undefined) {
    ring = new KeyRing((adapter as Partial<KeyHolder>).keyDirectory);
    rings.set(adapter, ring);
  }
  return ring;
}
