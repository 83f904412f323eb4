import type { KeyObject } from 'node:crypto';
import { addToRanges, type IdRange, parseRange, renderRange, uncovered } from './id-ranges.ts';
import { digestOf, hashOf, isBlank, type JournalHead, type JournalRecord, noHash, sealOf } from './journal-record.ts';

/** Something that is not as it was written. */
export interface ChainFault {
  readonly fault: 'altered' | 'missing' | 'inserted' | 'blanked' | 'recomputed' | 'cut' | 'broken';
  /** Entries that it is about: `17`, `17-20`. */
  readonly entries: string;
  /** One sentence. */
  readonly text: string;
}

/** Kinds whose entries may name others as blanked or pruned, in `after`. They are never blanked themselves. */
export const namingKinds: ReadonlySet<string> = new Set(['erase', 'retention']);

/** Written where the registry found the sealed head lost or altered, before it went on. */
export const brokenKind = 'journal-broken';

/** An entry, with its seal where that is known. */
export type VerifiableRecord = JournalRecord & { readonly seal?: string };

/** No more faults are listed; the rest is counted. */
const mostFaults = 1000;
/** By how many ids an entry may have been moved, to be recognised. */
const furthestMove = 64;

/** Entries whose hash is right for an id that is `by` higher. */
interface Moved {
  readonly first: number;
  last: number;
  readonly by: number;
  /** The one before was moved too, elsewhere. */
  readonly beside: boolean;
}

/**
 * Looks at a journal entry by entry, in the order of their ids, in bounded memory. With `key`, the seals are looked at
 * too: a chain that was computed anew is whole in itself, but not sealed.
 */
export class ChainVerifier {
  readonly #key: Uint8Array | KeyObject | undefined;
  readonly #faults: ChainFault[] = [];
  #more = 0;
  #count = 0;
  #first: JournalRecord | undefined;
  #before: { readonly id: number; readonly hash: string; readonly intact: boolean } | undefined;
  #moved: Moved | undefined;
  readonly #blank: { first: number; last: number }[] = [];
  readonly #named: IdRange[] = [];
  readonly #pruned: JournalHead[] = [];

  constructor(key?: Uint8Array | KeyObject) {
    this.#key = key;
  }

  add(record: VerifiableRecord): void {
    this.#count++;
    this.#first ??= record;
    const computed = hashOf(record);
    if (!this.#checkId(record)) return;
    if (computed !== record.hash) {
      this.#reportHash(record);
    } else {
      this.#endMoved('moved');
      this.#checkSealed(record);
    }
    this.#before = { id: record.id, hash: record.hash, intact: computed === record.hash };
  }

  /** How many entries were looked at so far. */
  get count(): number {
    return this.#count;
  }

  /** Where the journal ends. */
  get head(): JournalHead {
    const { id, hash } = this.#before ?? { id: 0, hash: noHash };
    return { id, hash };
  }

  /** What was found, once the last entry was added. `partial`: it need not begin with the first entry. */
  finish(options: { readonly partial?: boolean } = {}): { faults: ChainFault[]; more: number } {
    this.#endMoved('end');
    if (!options.partial) this.#checkBeginning();
    for (const range of uncovered(this.#blank, this.#named)) {
      this.#reportRange('blanked', range, 'lost its body, and no later entry of an erasure or of retention names it');
    }
    return { faults: this.#faults, more: this.#more };
  }

  /** False for one that cannot be part of a journal at all. */
  #checkId({ id }: JournalRecord): boolean {
    const before = this.#before?.id ?? 0;
    if (!Number.isSafeInteger(id) || id <= before) {
      this.#report('inserted', id, `was inserted: after entry ${before} comes entry ${before + 1}`);
      return false;
    }
    if (this.#before !== undefined && id > before + 1)
      this.#reportRange('missing', { first: before + 1, last: id - 1 }, 'is missing');
    return true;
  }

  /** An entry whose hash is its own. */
  #checkSealed(record: VerifiableRecord): void {
    if (this.#key !== undefined && record.seal !== sealOf('entry', record, this.#key)) {
      this.#report(
        'recomputed',
        record.id,
        'does not bear the seal of this registry: its seal was altered, or somebody else wrote it',
      );
      return;
    }
    const before = this.#before;
    // One whose hash is not its own was reported already.
    if (before?.intact && before.id === record.id - 1 && record.previous !== before.hash)
      this.#report('altered', before.id, `is not the one that entry ${record.id} was written after`);
    if (isBlank(record)) {
      addToRanges(this.#blank, record.id);
    } else if (record.salt === null || digestOf(record.salt, record) !== record.digest) {
      this.#report('altered', record.id, 'was altered: text, before, after, owners or salt are not what was written');
      return;
    }
    if (namingKinds.has(record.kind)) this.#noteNames(record);
    if (record.kind === brokenKind)
      this.#report('broken', record.id, 'was written when the sealed head had been lost or altered');
  }

  /** An entry whose hash is not its own: moved, when it is right for another id, else altered. */
  #reportHash(record: JournalRecord): void {
    const by = this.#moveOf(record);
    if (by !== undefined && by === this.#moved?.by) {
      this.#moved.last = record.id;
      return;
    }
    const beside = this.#moved !== undefined;
    this.#endMoved('moved');
    if (by !== undefined) {
      this.#moved = { first: record.id, last: record.id, by, beside };
      return;
    }
    this.#report('altered', record.id, 'was altered: time, kind, who, from, digest or hashes are not what was written');
  }

  #moveOf(record: JournalRecord): number | undefined {
    const fits = (by: number) => hashOf({ ...record, id: record.id + by }) === record.hash;
    if (this.#moved !== undefined && fits(this.#moved.by)) return this.#moved.by;
    if (this.#faults.length >= mostFaults) return undefined;
    for (let by = 1; by <= furthestMove; by++) {
      if (fits(by)) return by;
      if (fits(-by)) return -by;
    }
    return undefined;
  }

  /** Entries that were moved up to the end of the journal were renumbered, because others were taken out or put in. */
  #endMoved(where: 'moved' | 'end'): void {
    const moved = this.#moved;
    if (moved === undefined) return;
    this.#moved = undefined;
    const { first, last, by } = moved;
    if (where === 'moved' || moved.beside) {
      const written = renderRange({ first: first + by, last: last + by });
      this.#reportRange('altered', { first, last }, `was written as ${written}`);
    } else if (by > 0) {
      this.#reportRange('missing', { first, last: first + by - 1 }, 'is missing, and what followed was renumbered');
    } else {
      this.#reportRange(
        'inserted',
        { first: first + by, last: first - 1 },
        'was inserted, and what followed renumbered',
      );
    }
  }

  #noteNames(record: JournalRecord): void {
    const { blanked, pruned } = namesOf(record.after);
    for (const range of blanked) if (range.last < record.id) this.#named.push(range);
    if (pruned !== undefined) this.#pruned.push(pruned);
  }

  /** The journal begins with entry 1, or after a beginning that was pruned and is named. */
  #checkBeginning(): void {
    const first = this.#first;
    if (first === undefined || first.id < 1) return;
    const whole = hashOf(first) === first.hash;
    if (first.id === 1) {
      if (whole && first.previous !== noHash) this.#report('altered', 1, 'was altered: something came before it');
      return;
    }
    if (!this.#pruned.some(({ id, hash }) => id === first.id - 1 && (!whole || hash === first.previous)))
      this.#reportRange('missing', { first: 1, last: first.id - 1 }, 'is missing');
  }

  #report(fault: ChainFault['fault'], id: number, text: string): void {
    this.#push({ fault, entries: String(id), text: `entry ${id} ${text}` });
  }

  #reportRange(fault: ChainFault['fault'], range: IdRange, text: string): void {
    const entries = renderRange(range);
    const several = text
      .replace(/^is /, 'are ')
      .replace(/^was /, 'were ')
      .replace('lost its body', 'lost their bodies');
    const many = range.last > range.first;
    this.#push({ fault, entries, text: many ? `entries ${entries} ${several}` : `entry ${entries} ${text}` });
  }

  #push(fault: ChainFault): void {
    if (this.#faults.length < mostFaults) this.#faults.push(fault);
    else this.#more++;
  }
}

/** What an entry names as blanked and pruned; nothing when it is not as we write it. */
function namesOf(after: string | null): { blanked: IdRange[]; pruned?: JournalHead } {
  let value: { blanked?: unknown; pruned?: { id?: unknown; hash?: unknown } } | null;
  try {
    value = JSON.parse(after ?? 'null');
  } catch {
    // Not written by us, so it names nothing.
    return { blanked: [] };
  }
  const texts: unknown[] = Array.isArray(value?.blanked) ? value.blanked : [];
  const blanked = texts.map(parseRange).filter((range) => range !== undefined);
  const { id, hash } = value?.pruned ?? {};
  return typeof id === 'number' && typeof hash === 'string' ? { blanked, pruned: { id, hash } } : { blanked };
}
