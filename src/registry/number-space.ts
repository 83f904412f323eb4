import { AppError } from '../errors/app-error.ts';
import type { AddressBook } from './address-book.ts';

/** Addresses first..last (both included) as integers, and how the address book writes them. */
export interface NumberSpace {
  /** For messages: `pool "default" (02:1a:3f:00:00:00/24)`. */
  readonly title: string;
  /** `MAC address`, `IPv4 address`. */
  readonly kind: string;
  readonly first: number;
  readonly last: number;
  readonly key: (value: number) => string;
  /** Undefined for a key of another kind or outside of the space. */
  readonly value: (key: string) => number | undefined;
}

/** Draws that miss before the gaps are counted; at half fill one in 65,536 gets there. */
const blindDraws = 16;

/**
 * Draws free addresses for one proposal. Addresses that somebody is remembered for are left alone while there are
 * others; after that the one whose quarantine ended longest ago is taken. Throws `pool-exhausted`.
 */
export class SpaceDraw {
  readonly #space: NumberSpace;
  readonly #book: AddressBook;
  readonly #now: number;
  #cursor: number;
  /** Sorted values that are not untouched; made when blind draws begin to miss. */
  #taken: number[] | undefined;

  constructor(space: NumberSpace, book: AddressBook, now: number) {
    this.#space = space;
    this.#book = book;
    this.#now = now;
    this.#cursor = space.first;
  }

  /** The lowest free address. */
  lowest(nic: string): number {
    const { last, key } = this.#space;
    while (this.#cursor <= last) {
      const value = this.#cursor++;
      if (this.#book.untouched(key(value))) return value;
    }
    return this.#outOfQuarantine(nic);
  }

  /** Any free address, each as likely as the others. `random(max)` answers an integer from 0 to max - 1. */
  any(nic: string, random: (max: number) => number): number {
    const { first, last, key } = this.#space;
    const size = last - first + 1;
    if (this.#taken === undefined) {
      for (let draw = 0; draw < blindDraws; draw++) {
        const value = first + random(size);
        if (this.#book.untouched(key(value))) return value;
      }
      const { held, released } = this.#book.survey(this.#space.value);
      this.#taken = Array.from(Float64Array.from([...held, ...released.map((entry) => entry.value)]).sort());
    }
    for (const taken = this.#taken; taken.length < size; ) {
      const value = insertNthFree(taken, first, random(size - taken.length));
      // Another space may share addresses with this one, so the book has the last word.
      if (this.#book.untouched(key(value))) return value;
    }
    return this.#outOfQuarantine(nic);
  }

  #outOfQuarantine(nic: string): number {
    const { title, kind, first, last } = this.#space;
    const { held, released } = this.#book.survey(this.#space.value);
    let oldest: { value: number; freeAt: number } | undefined;
    for (const entry of released) if (oldest === undefined || entry.freeAt < oldest.freeAt) oldest = entry;
    if (oldest !== undefined && oldest.freeAt <= this.#now) return oldest.value;
    const size = Math.max(0, last - first + 1);
    const next = oldest === undefined ? '' : `, the next one is free at ${new Date(oldest.freeAt).toISOString()}`;
    throw new AppError(
      'pool-exhausted',
      `${title} has no free ${kind} for NIC "${nic}": of ${size}, ${held.length} are held and ${released.length} are in quarantine${next}`,
      {
        details: {
          nic,
          size,
          free: 0,
          held: held.length,
          quarantined: released.length,
          ...(oldest === undefined ? {} : { nextFreeAt: oldest.freeAt }),
        },
      },
    );
  }
}

/** Finds the nth value (from 0) from `first` on that is not in the sorted list, and puts it into the list. */
function insertNthFree(taken: number[], first: number, nth: number): number {
  let low = 0;
  let high = taken.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    // taken[middle] - first - middle values before it are free.
    if ((taken[middle] as number) - first - middle > nth) high = middle;
    else low = middle + 1;
  }
  const value = first + nth + low;
  taken.splice(low, 0, value);
  return value;
}
