import type { SessionRecords } from '../../model/session-record.ts';
import type { SessionOrder } from '../../model/session-words.ts';
import { EventLoopTurn } from '../../registry/event-loop-turn.ts';

import { newPlacing, type Placing, placeSession } from './place-session.ts';
import type { Conditions } from './read-filter.ts';
import type { SiteNames } from './site-names.ts';

/** Records that are looked at before the clock is. */
export const stretch = 1024;

/** What was read from the kernel, and when (ms since the epoch). */
export interface Look {
  readonly at: number;
  readonly records: SessionRecords;
}

/** Calls back for each session of the site's guests, in turns that leave the event loop free. `placing` is used again. */
export async function eachSession(
  { records }: Look,
  names: SiteNames,
  onSession: (index: number, placing: Placing) => void,
): Promise<void> {
  const turn = new EventLoopTurn();
  const placing = newPlacing();
  for (let index = 0; index < records.length; index++) {
    if (index % stretch === 0) await turn.pause();
    if (placeSession(records, index, names, placing)) onSession(index, placing);
  }
}

/** What sessions are ordered by: the largest first. Of age the earlier begin; unknown ones began before all others. */
function keyOf(records: SessionRecords, index: number, order: SessionOrder): number {
  if (order === 'bytes') return records.octets(index, 0) + records.octets(index, 1);
  if (order === 'packets') return records.packets(index, 0) + records.packets(index, 1);
  return -records.start(index);
}

/** Keeps the `most` records with the largest keys of those that it is given, as numbers. */
class Largest {
  readonly #most: number;
  readonly #key: (index: number) => number;
  #kept: number[] = [];
  /** What is below it is not among the largest. */
  #least = Number.NEGATIVE_INFINITY;

  constructor(most: number, key: (index: number) => number) {
    this.#most = most;
    this.#key = key;
  }

  add(index: number): void {
    if (this.#key(index) < this.#least) return;
    this.#kept.push(index);
    // Seldom, so that sorting costs little of each.
    if (this.#kept.length >= 2 * this.#most + stretch) this.#cut();
  }

  /** The largest first; what is equally large in the order in which it came. */
  indexes(): readonly number[] {
    this.#cut();
    return this.#kept;
  }

  #cut(): void {
    this.#kept.sort((a, b) => this.#key(b) - this.#key(a) || a - b);
    this.#kept.length = Math.min(this.#kept.length, this.#most);
    if (this.#kept.length === this.#most) this.#least = this.#key(this.#kept.at(-1) as number);
  }
}

interface Choice {
  /** How many fit. */
  readonly total: number;
  /** Indexes of the records that were asked for, in order. */
  readonly chosen: readonly number[];
}

/** The sessions that fit, the largest `limit` after the first `offset`. No object is made of the others. */
export async function chooseSessions(
  look: Look,
  names: SiteNames,
  conditions: Conditions,
  order: { readonly sort?: SessionOrder; readonly limit: number; readonly offset?: number },
): Promise<Choice> {
  const { sort = 'bytes', limit, offset = 0 } = order;
  const largest = new Largest(offset + limit, (index) => keyOf(look.records, index, sort));
  let total = 0;
  await eachSession(look, names, (index, placing) => {
    if (!conditions.fits(look.records, index, placing, look.at)) return;
    total++;
    largest.add(index);
  });
  return { total, chosen: largest.indexes().slice(offset) };
}
