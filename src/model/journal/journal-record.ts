import { createHmac, hash, type KeyObject } from 'node:crypto';

/**
 * One entry of the journal as it is stored and exported. `text` to `salt` are its body: they go together when the entry
 * is blanked, and the chain still holds, because only their digest is part of it.
 */
export interface JournalRecord {
  /** 1, 2, 3, … without gaps. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly kind: string;
  readonly who: string;
  /** From where: `unix socket`, `this host`, an address. */
  readonly origin: string;
  readonly text: string | null;
  /** JSON, as are `after` and `owners`. */
  readonly before: string | null;
  readonly after: string | null;
  readonly owners: string | null;
  /** 16 random bytes, hexadecimal: keeps a digest from being guessed once the body is gone. */
  readonly salt: string | null;
  /** SHA-256 of salt and body, hexadecimal. */
  readonly digest: string;
  /** `hash` of the entry before; `noHash` for the first. */
  readonly previous: string;
  /** SHA-256 of `previous` and everything but the body, hexadecimal. */
  readonly hash: string;
}

export type JournalBody = Pick<JournalRecord, 'text' | 'before' | 'after' | 'owners'>;

/** What comes before the first entry. */
export const noHash = '0'.repeat(64);

/** Digest of a body under a salt. The parts stand in a JSON array, so none can flow into the next. */
export function digestOf(salt: string, { text, before, after, owners }: JournalBody): string {
  return hash('sha256', salt + JSON.stringify([text, before, after, owners]), 'hex');
}

/** Hash of an entry: of the entry before it, and of everything in it but the body, which its digest stands for. */
export function hashOf(record: Omit<JournalRecord, keyof JournalBody | 'salt' | 'hash'>): string {
  const { previous, id, at, kind, who, origin, digest } = record;
  return hash('sha256', JSON.stringify([previous, id, at, kind, who, origin, digest]), 'hex');
}

/** What stands at the end of the journal. */
export interface JournalHead {
  readonly id: number;
  readonly hash: string;
}

/**
 * HMAC-SHA-256 (RFC 2104) that only somebody with the registry's seal key can make: of an entry, or of the head. They
 * differ, so that the seal of an entry in the middle cannot be made that of the end.
 */
export function sealOf(what: 'entry' | 'head', { id, hash }: JournalHead, key: Uint8Array | KeyObject): string {
  return createHmac('sha256', key).update(`${what} ${id} ${hash}`).digest('hex').slice(0, 32);
}

/** The body was taken out, and with it the salt. */
export function isBlank(record: JournalRecord): boolean {
  const { text, before, after, owners, salt } = record;
  return text === null && before === null && after === null && owners === null && salt === null;
}
