import { setImmediate } from 'node:timers/promises';
import { type SessionFilter, SessionRecords } from '../../../model/session-record.ts';
import type { Conntrack } from '../../../system/conntrack/conntrack.ts';
import { openConntrack } from '../../../system/conntrack/open-conntrack.ts';

/** Sessions that are deleted, or looked at, before the event loop may go on with something else: about a millisecond. */
const deletedAtOnce = 128;
const lookedAtAtOnce = 8_192;

/** The kernel's table of sessions. It is opened when it is first needed. */
export class SessionsPart {
  #table: Conntrack | undefined;

  /** Rejects with `command-failed` when the kernel refuses. */
  async list(filter: SessionFilter = {}): Promise<SessionRecords> {
    const found = new SessionRecords();
    await this.#opened().dump(found, filter);
    return found;
  }

  /** Ends what `pick` chooses; answers how many sessions were there to be ended. */
  async end(pick: (records: SessionRecords, index: number) => boolean, filter: SessionFilter = {}): Promise<number> {
    const found = await this.list(filter);
    let ended = 0;
    for (let index = 0, since = 0; index < found.length; index++) {
      if (pick(found, index)) {
        if (this.#opened().delete(found, index)) ended++;
        since += lookedAtAtOnce / deletedAtOnce;
      }
      if (++since < lookedAtAtOnce) continue;
      since = 0;
      await setImmediate();
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
