import { SessionFlag, type SessionRecords } from '../../model/session-record.ts';

/** Milliseconds by which the same begin may differ: the log may keep it less exactly than the kernel. */
const inexact = 1000;

/** Sessions of a row by what tells one from another: identity in the kernel, and when it began. */
export class OpenSessions {
  /** Begin by id. Ids of the kernel are hashes over place and tuple, so two of one id are one or came after another. */
  readonly #begins = new Map<number, number>();

  constructor(records: SessionRecords) {
    for (let index = 0; index < records.length; index++) {
      // As a signed number an id needs no memory of its own.
      this.#begins.set(records.id(index) | 0, records.start(index));
    }
  }

  get size(): number {
    return this.#begins.size;
  }

  /**
   * Takes the session out and answers whether it was there. One that began later than that of the same id is another.
   * What was seen to begin carries the time of seeing, which is at or after the kernel's.
   */
  take(records: SessionRecords, index: number): boolean {
    const begin = this.#begins.get(records.id(index) | 0);
    if (begin === undefined || records.start(index) > begin + inexact) return false;
    return this.#begins.delete(records.id(index) | 0);
  }

  /** The session is here, and is the same. */
  has(records: SessionRecords, index: number): boolean {
    return this.#begins.get(records.id(index) | 0) === records.start(index);
  }
}

/** Makes a record of the kernel's table one of a session that began: it has no end, and no time when it expires. */
export function asBegun(records: SessionRecords, index: number): void {
  records.u32[index * 32 + 5] = records.flags(index) & ~SessionFlag.open;
  records.f64[index * 16 + 4] = 0;
}

/** Notes that a session had ended by `at`, nobody knows when. */
export function asEndedUnseen(records: SessionRecords, index: number, at: number): void {
  records.u32[index * 32 + 5] = (records.flags(index) & ~SessionFlag.open) | SessionFlag.endUnknown;
  records.f64[index * 16 + 4] = at;
}
