import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../system/clock.ts';
import { removeFile } from '../../system/files.ts';
import { renderDay } from '../session-log/day.ts';
import { journalName, listJournals } from '../session-log/journal.ts';
import { Room } from '../session-log/room.ts';
import type { SessionLogStatus } from '../session-log/session-log.ts';

const day = 86_400_000;
const hour = 3_600_000;

interface ExpiryBounds {
  readonly keepDays: number;
  readonly mostBytes: number;
}

/** Keeps a log to its age while nobody writes it: looks at once, and every hour. */
export class Expiry {
  readonly #directory: string;
  readonly #room: Room;
  readonly #onEvent: (about: string, text: string) => void;
  readonly #timer: NodeJS.Timeout;
  #keepDays: number;
  #underWay: Promise<void>;

  constructor(directory: string, bounds: ExpiryBounds, onEvent: (about: string, text: string) => void) {
    this.#directory = directory;
    this.#onEvent = onEvent;
    this.#keepDays = bounds.keepDays;
    const options = { directory, ...bounds, leaveFree: 0, now: systemClock.now, onEvent: () => {} };
    this.#room = new Room(
      options,
      (kind, text) => onEvent(kind, `the log of sessions: ${text}`),
      () => {},
    );
    this.#underWay = this.#look();
    this.#timer = setInterval(() => {
      this.#underWay = this.#underWay.then(() => this.#look());
    }, hour);
    this.#timer.unref();
  }

  configure(bounds: ExpiryBounds): void {
    this.#keepDays = bounds.keepDays;
    this.#room.configure(bounds);
  }

  /** What there is of it; undefined when there is none. */
  async status(): Promise<SessionLogStatus | undefined> {
    await this.#underWay;
    const { bytes, oldest } = this.#room;
    if (bytes === 0) return undefined;
    return { bytes, written: 0, open: 0, lost: 0, ...(oldest === undefined ? {} : { oldestDay: renderDay(oldest) }) };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
  }

  async #look(): Promise<void> {
    try {
      await this.#room.expire(systemClock.monotonic());
      // What was not packed when the log was closed is as old as the file at least.
      for (const number of await listJournals(this.#directory)) {
        const path = join(this.#directory, journalName(number));
        const { mtimeMs } = await stat(path);
        if (mtimeMs < systemClock.now() - (this.#keepDays + 1) * day) await removeFile(path);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#onEvent('expired', `what is old in the log of sessions could not be removed: ${error}`);
    }
  }
}
