import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { type SessionFilter, SessionRecords, type SessionTable } from '../../../model/session-record.ts';
import type { Conntrack } from '../../../system/conntrack/conntrack.ts';
import { openConntrack } from '../../../system/conntrack/open-conntrack.ts';
import type { Cleaning } from './plan-cleaning.ts';
import { isStale } from './stale-sessions.ts';

const tableSize = '/proc/sys/net/netfilter/nf_conntrack_max';

/** Sessions that are ended before the event loop may go on with something else: about a millisecond. */
const endedAtOnce = 64;

/** The kernel's table of sessions. It is opened when it is first needed. */
export class SessionsPart {
  #table: Conntrack | undefined;
  readonly #owed: Cleaning[] = [];
  /** A sentence about what could not be ended yet. */
  notice: string | undefined;

  /** Rejects with `command-failed` when the kernel refuses. */
  async list(filter: SessionFilter = {}): Promise<SessionRecords> {
    const found = new SessionRecords();
    await this.#opened().dump(found, filter);
    return found;
  }

  table(): SessionTable {
    return { count: this.#opened().count(), max: Number(readFileSync(tableSize, 'utf8')) };
  }

  /** Ends what `pick` chooses; answers how many sessions were there to be ended. */
  async end(pick: (records: SessionRecords, index: number) => boolean, filter: SessionFilter = {}): Promise<number> {
    const table = this.#opened();
    const chosen = new SessionRecords();
    await table.walk((piece) => {
      for (let index = 0; index < piece.length; index++) if (pick(piece, index)) chosen.copy(piece, index);
    }, filter);
    let ended = 0;
    for (let index = 0; index < chosen.length; index++) {
      if (table.delete(chosen, index)) ended++;
      if (index % endedAtOnce === endedAtOnce - 1) await setImmediate();
    }
    return ended;
  }

  /**
   * Ends what a change left behind; answers how many sessions. Never rejects: what could not be ended is tried again by
   * `retry`, and `notice` says so.
   */
  async clean(cleaning: Cleaning): Promise<number> {
    this.#owed.push(cleaning);
    return this.retry();
  }

  /** Ends what could not be ended before. Costs nothing when there is nothing of that kind. */
  async retry(): Promise<number> {
    let ended = 0;
    try {
      for (let cleaning = this.#owed[0]; cleaning !== undefined; cleaning = this.#owed[0]) {
        const { judged, looks } = cleaning;
        for (const look of looks) ended += await this.end((records, index) => isStale(judged, records, index), look);
        this.#owed.shift();
      }
      this.notice = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.notice = `sessions to guests, forwards or addresses that are gone could not be ended: ${why}`;
    }
    return ended;
  }

  close(): void {
    this.#table?.close();
    this.#table = undefined;
  }

  #opened(): Conntrack {
    this.#table ??= openConntrack();
    return this.#table;
  }
}
