import { setTimeout as sleep } from 'node:timers/promises';
import type { SessionRecords } from '../../model/session-record.ts';
import type { Conntrack } from '../../system/conntrack/conntrack.ts';
import type { SessionLog } from '../session-log/session-log.ts';
import { asBegun, asEndedUnseen, OpenSessions } from './open-sessions.ts';
import { keepOnly } from './recorded-sessions.ts';

/** Milliseconds after a loss until the table is looked at: one look for a burst of losses. */
const calm = 1000;

interface ComparisonParts {
  readonly table: Conntrack;
  readonly log: SessionLog;
  readonly now: () => number;
  /** Milliseconds after a loss in which the kernel tells of ends that it could not tell of at once. */
  readonly lateEnds: number;
  /** Begins those that are to be recorded; answers how many these are. */
  readonly begin: (records: SessionRecords) => number;
  /** Told after the table was compared because of a loss. */
  readonly onCompared: (found: number) => void;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Compares the kernel's table with what the log has open: what began unseen is begun, what ended unseen is ended. Both
 * change meanwhile; ends that the kernel tells of in this time are noted with `ended`.
 */
export class TableComparison {
  readonly #parts: ComparisonParts;
  /** Ids of sessions that ended while the table is being walked: what is read of it may be older than that. */
  #endedMeanwhile: Set<number> | undefined;
  /** Sessions that the table did not have after a loss; what the kernel has not told of at `due` has ended unseen. */
  #missing: { readonly sessions: OpenSessions; readonly due: number } | undefined;
  #underWay: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  /** Comparisons, and what they found. */
  resynchronised = 0;
  foundBegun = 0;
  foundEnded = 0;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
  }

  ended(records: SessionRecords): void {
    if (!this.#endedMeanwhile) return;
    for (let i = 0; i < records.length; i++) this.#endedMeanwhile.add(records.id(i) | 0);
  }

  /** Begins what is in the table and not in the log; answers what is in the log and not in the table. */
  async compare(): Promise<OpenSessions> {
    const ended = new Set<number>();
    this.#endedMeanwhile = ended;
    const missing = new OpenSessions(this.#parts.log.open());
    try {
      await this.#parts.table.walk((piece) => {
        keepOnly(piece, (all, index) => {
          asBegun(all, index);
          return !missing.take(all, index) && !ended.has(all.id(index) | 0);
        });
        this.foundBegun += this.#parts.begin(piece);
      });
    } finally {
      this.#endedMeanwhile = undefined;
    }
    this.resynchronised++;
    return missing;
  }

  /** Ends those that are still open in the log. */
  endUnseen(missing: OpenSessions): void {
    if (missing.size === 0) return;
    const { log, now } = this.#parts;
    const open = log.open();
    keepOnly(open, (records, index) => missing.has(records, index));
    for (let i = 0; i < open.length; i++) asEndedUnseen(open, i, now());
    if (open.length === 0) return;
    log.end(open);
    this.foundEnded += open.length;
  }

  /** Begins were lost and ends come late: compares soon, and once more when more is lost meanwhile. */
  afterLoss(): void {
    if (this.#underWay) {
      this.#again = true;
      return;
    }
    this.#underWay = this.#compareAfterLoss()
      .catch((error: unknown) => this.#parts.onFailed(error))
      .finally(() => {
        this.#underWay = undefined;
        const again = this.#again && !this.#stopped;
        this.#again = false;
        if (again) this.afterLoss();
      });
  }

  async #compareAfterLoss(): Promise<void> {
    await sleep(calm);
    const before = this.foundBegun;
    const sessions = await this.compare();
    const { now, lateEnds, onCompared } = this.#parts;
    this.#missing = { sessions, due: now() + lateEnds };
    onCompared(this.foundBegun - before);
  }

  /** Called again and again: ends what has been missing for long enough. */
  look(): void {
    if (!this.#missing || this.#parts.now() < this.#missing.due) return;
    this.endUnseen(this.#missing.sessions);
    this.#missing = undefined;
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#underWay;
  }
}
