import { systemClock } from '../../../system/clock.ts';
import type { DesiredIsolation } from '../../driver.ts';
import type { CountedPorts } from '../nftables/counted-ports.ts';
import { droppedSet, isolationSets, isolationTable, renderIsolations, renderNoIsolation } from './render-isolation.ts';

/** Milliseconds before its end in which nobody asks any more whether a port is still cut off. */
const nearlyOver = 2_000;

/** `ends` is by the monotonic clock: a clock that is set neither lets go early nor isolates anew what is over. */
export interface Standing extends Omit<DesiredIsolation, 'until'> {
  readonly ends: number;
}

/** Ports that are cut off or limited, in a table of their own that rules of the site do not touch. */
export class IsolationPart {
  readonly #commit: (transaction: string) => Promise<void>;
  readonly #read: (set: string) => CountedPorts;
  readonly #list: () => Promise<string>;
  /** Undefined: an earlier process may have left some. */
  #standing: readonly Standing[] | undefined;
  /** The table without its elements, as it was listed after the first change of ours. */
  #frame: string | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `commit` hands a transaction to nftables, `read` counts by port in a set of a table, `list` lists a table's rules. */
  constructor(
    commit: (transaction: string) => Promise<void>,
    read: (set: string, table: string) => CountedPorts,
    list: (table: string) => Promise<string>,
  ) {
    this.#commit = commit;
    this.#read = (set) => read(set, isolationTable);
    this.#list = () => list(isolationTable);
  }

  /** Rejects with `nftables-failed`; then nothing was changed. */
  apply(isolations: readonly DesiredIsolation[]): Promise<void> {
    return this.#alone(async () => {
      const now = systemClock.now();
      const monotonic = systemClock.monotonic();
      const wanted = isolations
        .filter(({ until }) => until > now)
        .map(({ until, ...isolation }) => ({ ...isolation, ends: monotonic + until - now }));
      if (wanted.length > 0 || this.#standing?.length !== 0) await this.#put(wanted);
    });
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    if (this.#standing === undefined || this.#standing.length === 0) return counts;
    const counted = this.#read(droppedSet).counts;
    for (const { port } of this.#standing) counts.set(port, counted.get(port) ?? 0);
    return counts;
  }

  /** Cuts off again what somebody else let go; answers a sentence about each such port, or about all. */
  mend(): Promise<string[]> {
    return this.#alone(async () => {
      const now = systemClock.monotonic();
      const standing = (this.#standing ?? []).filter(({ ends }) => ends > now + nearlyOver);
      if (standing.length === 0) return [];
      const sets = isolationSets.map((set) => this.#read(set));
      // Somebody changes rules just now: the next look finds out.
      if (sets.some(({ whole }) => !whole)) return [];
      const held = new Set(sets.flatMap(({ counts }) => [...counts.keys()]));
      const free = standing.filter(({ port }) => !held.has(port));
      const said = free.map(
        ({ port }) => `port "${port}" was isolated and somebody else let it go; it is isolated again`,
      );
      // Without its rules a port is free although it stands in the set.
      if (free.length === 0 && (await this.#list()) !== this.#frame)
        said.push('the rules that isolate ports were changed by somebody else; they are as before again');
      if (said.length > 0) await this.#put((this.#standing ?? []).filter(({ ends }) => ends > now));
      return said;
    });
  }

  async #put(wanted: readonly Standing[]): Promise<void> {
    if (wanted.length === 0) await this.#commit(renderNoIsolation());
    else {
      const ports = new Set<string>(wanted.map(({ port }) => port));
      const forgotten = [...this.#read(droppedSet).counts.keys()].filter((port) => !ports.has(port));
      await this.#commit(renderIsolations(wanted, forgotten, systemClock.monotonic()));
    }
    this.#standing = wanted;
    // The same after every change.
    if (wanted.length > 0) this.#frame ??= await this.#list();
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
