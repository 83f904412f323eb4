import { recordSize, SessionFlag, SessionRecords } from '../../model/session-record.ts';

/**
 * Gathers what a reader finds: in the order of begin, at most `limit`, each session once although a long one has a
 * record in the file of every day.
 */
export class FoundSessions {
  truncated = false;
  #records = new SessionRecords(64);
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The row to which they are to be added; another one after `trim` and `fullBefore`. */
  get records(): SessionRecords {
    return this.#records;
  }

  /** To be called after records were added: keeps memory bounded. */
  trim(): void {
    // Hundreds of questions gather at once.
    if (this.#records.length > this.#limit * 2 + 256) this.#records = this.#ordered(this.#limit + 1);
  }

  /** True when no session that begins after `time` can be among those asked for any more. */
  fullBefore(time: number): boolean {
    if (this.#records.length <= this.#limit) return false;
    this.#records = this.#ordered(this.#limit + 1);
    if (this.#records.length <= this.#limit) return false;
    return this.#records.start(this.#limit) < time;
  }

  finish(): { sessions: SessionRecords; truncated: boolean } {
    const sessions = this.#ordered(this.#limit + 1);
    const truncated = sessions.length > this.#limit;
    if (truncated) sessions.length = this.#limit;
    return { sessions, truncated };
  }

  #ordered(most: number): SessionRecords {
    const records = this.#records;
    const ended = new Set<string>();
    const open = new Map<string, number>();
    const order: number[] = [];
    for (let i = 0; i < records.length; i++) {
      if (hasEnd(records, i)) {
        order.push(i);
        ended.add(sessionKey(records, i));
      } else if (records.start(i) === 0) order.push(i);
    }
    for (let i = 0; i < records.length; i++) {
      if (hasEnd(records, i) || records.start(i) === 0) continue;
      const key = sessionKey(records, i);
      const other = open.get(key);
      if (!ended.has(key) && (other === undefined || tellsMore(records, i, other))) open.set(key, i);
    }
    order.push(...open.values());
    order.sort((a, b) => records.start(a) - records.start(b) || a - b);
    const ordered = new SessionRecords(Math.max(64, Math.min(most, order.length)));
    for (const i of order.slice(0, most)) ordered.copy(records, i);
    return ordered;
  }
}

/** False for one that is open, or was when its day ended. */
const hasEnd = (records: SessionRecords, i: number): boolean =>
  (records.flags(i) & (SessionFlag.stillOpen | SessionFlag.open)) === 0 && records.end(i) !== 0;

/** What makes a session one and the same: begin, protocol, zone and tuples. Packed files know no id. */
function sessionKey(records: SessionRecords, i: number): string {
  const bytes = Buffer.from(records.bytes.buffer, records.bytes.byteOffset + i * recordSize, recordSize);
  return `${bytes.toString('latin1', 4, 8)}${bytes.toString('latin1', 12, 20)}${bytes.toString('latin1', 24, 32)}${bytes.toString('latin1', 64, 128)}`;
}

/** That a session is open now tells more than that it was on a day, and that of a later day more than of an earlier one. */
const tellsMore = (records: SessionRecords, a: number, b: number): boolean =>
  records.end(a) === 0 || (records.end(b) !== 0 && records.end(a) > records.end(b));
