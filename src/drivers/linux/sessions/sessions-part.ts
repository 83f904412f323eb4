import { readFileSync } from 'node:fs';
import { type SessionFilter, SessionRecords, type SessionTable } from '../../../model/session-record.ts';
import type { Conntrack } from '../../../system/conntrack/conntrack.ts';
import { openConntrack } from '../../../system/conntrack/open-conntrack.ts';

const tableSize = '/proc/sys/net/netfilter/nf_conntrack_max';

/** The kernel's table of sessions. It is opened when it is first needed. */
export class SessionsPart {
  #table: Conntrack | undefined;

  /** Rejects with `command-failed` when the kernel refuses. */
  async list(filter: SessionFilter = {}): Promise<SessionRecords> {
    const found = new SessionRecords();
    await this.#opened().dump(found, filter);
    return found;
  }

  table(): SessionTable {
    return { count: this.#opened().count(), max: Number(readFileSync(tableSize, 'utf8')) };
  }

  /** Ends what `pick` chooses, piece by piece; answers how many sessions were there to be ended. */
  async end(pick: (records: SessionRecords, index: number) => boolean, filter: SessionFilter = {}): Promise<number> {
    const table = this.#opened();
    let ended = 0;
    await table.walk((piece) => {
      for (let index = 0; index < piece.length; index++) {
        if (pick(piece, index) && table.delete(piece, index)) ended++;
      }
    }, filter);
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
