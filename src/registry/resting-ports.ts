import type { Kysely } from 'kysely';
import { type Assignments, blocksOf } from '../model/assignments.ts';
import type { PortRange } from '../model/port-range.ts';
import type { Tables } from './tables.ts';

/** Blocks that ended of which it is known when the registry is opened: the address has 64,512 ports for all of them. */
const mostRead = 10_000;

/**
 * When each port of the shared address was last given back. A report about a port comes late and its time is not
 * exact, so a block goes to another guest as late as can be: ports that nobody had are given first, then those that
 * rested longest.
 */
export class RestingPorts {
  /** Milliseconds since the epoch by port; 0 where nobody had it, as far as is known. */
  readonly since: Float64Array;
  readonly #last: Map<string, PortRange & { readonly at: number }>;

  constructor(since = new Float64Array(65_536), last = new Map<string, PortRange & { readonly at: number }>()) {
    this.since = since;
    this.#last = last;
  }

  /** A guest gave a block back. */
  note(guest: string, { first, last }: PortRange, at: number): void {
    this.since.fill(at, first, last + 1);
    this.#last.delete(guest);
    this.#last.set(guest, { first, last, at });
    for (const name of this.#last.keys()) {
      if (this.#last.size <= mostRead) break;
      this.#last.delete(name);
    }
  }

  /** The block that a guest gave back last, while nobody had any port of it since. */
  lastOf(guest: string): PortRange | undefined {
    const block = this.#last.get(guest);
    if (block === undefined) return undefined;
    for (let port = block.first; port <= block.last; port++) if (this.since[port] !== block.at) return undefined;
    return { first: block.first, last: block.last };
  }

  /** The same when those who hold something and do not stay give it back, later than all others. For one proposal. */
  withLeaving(held: Assignments['guests'], stays: (guest: string) => boolean): RestingPorts {
    const leaving = [...held.values()].filter(({ guest }) => !stays(guest));
    if (leaving.length === 0) return this;
    const since = this.since.slice();
    for (const block of leaving.flatMap(blocksOf)) since.fill(Number.MAX_VALUE, block.first, block.last + 1);
    return new RestingPorts(since, this.#last);
  }

  /** Notes what guests gave back with a change. */
  follow(before: Assignments['guests'], after: Assignments['guests'], at: number): void {
    if (before === after) return;
    for (const [guest, had] of before) {
      const has = after.get(guest);
      if (has === had) continue;
      const kept = new Set((has === undefined ? [] : blocksOf(has)).map(({ first, last }) => `${first}-${last}`));
      for (const block of blocksOf(had)) if (!kept.has(`${block.first}-${block.last}`)) this.note(guest, block, at);
    }
  }

  static async load(db: Kysely<Tables>): Promise<RestingPorts> {
    const rows = await db
      .selectFrom('port_blocks')
      .select(['guest', 'first_port as first', 'last_port as last', 'until'])
      .where('until', 'is not', null)
      .orderBy('id', 'desc')
      .limit(mostRead)
      .execute();
    const resting = new RestingPorts();
    rows.sort((a, b) => Number(a.until) - Number(b.until));
    for (const { guest, first, last, until } of rows) resting.note(guest, { first, last }, Number(until));
    return resting;
  }
}

/**
 * First port of the free run of `size` ports that rested longest; of several the lowest. `taken` has one byte for each
 * port, 1 where none must be. Undefined when no run is wide enough.
 */
export function longestRested(taken: Uint8Array, since: Float64Array, size: number): number | undefined {
  let best: number | undefined;
  let bestAt = Number.POSITIVE_INFINITY;
  // The ports of the run that end latest, in falling order of when they were given back: the first is the newest.
  const newest: number[] = [];
  let head = 0;
  let run = 0;
  for (let port = 0; port < taken.length; port++) {
    if (taken[port] === 1) {
      run = 0;
      newest.length = head = 0;
      continue;
    }
    run++;
    const at = since[port] as number;
    while (newest.length > head && (since[newest.at(-1) as number] as number) <= at) newest.pop();
    newest.push(port);
    if (run < size) continue;
    if ((newest[head] as number) <= port - size) head++;
    const rested = since[newest[head] as number] as number;
    if (rested >= bestAt) continue;
    best = port - size + 1;
    bestAt = rested;
    if (bestAt === 0) return best;
  }
  return best;
}
