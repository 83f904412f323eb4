import { systemClock } from '../../../system/clock.ts';
import type { DesiredIsolation } from '../../driver.ts';
import { droppedSet, isolationSets, isolationTable, renderIsolations, renderNoIsolation } from './render-isolation.ts';

/** Milliseconds before its end in which nobody asks any more whether a port is still cut off. */
const nearlyOver = 2_000;

/** Ports that are cut off or limited, in a table of their own that rules of the site do not touch. */
export class IsolationPart {
  readonly #commit: (transaction: string) => Promise<void>;
  readonly #read: (set: string) => ReadonlyMap<string, number>;
  /** Undefined: an earlier process may have left some. */
  #standing: readonly DesiredIsolation[] | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** `commit` hands a transaction to nftables, `read` counts by port in a set of a table. */
  constructor(
    commit: (transaction: string) => Promise<void>,
    read: (set: string, table: string) => { readonly counts: ReadonlyMap<string, number> },
  ) {
    this.#commit = commit;
    this.#read = (set) => read(set, isolationTable).counts;
  }

  /** Rejects with `nftables-failed`; then nothing was changed. */
  apply(isolations: readonly DesiredIsolation[]): Promise<void> {
    return this.#alone(async () => {
      const wanted = isolations.filter(({ until }) => until > systemClock.now());
      if (this.#standing !== undefined && JSON.stringify(wanted) === JSON.stringify(this.#standing)) return;
      await this.#put(wanted);
    });
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    if (this.#standing === undefined || this.#standing.length === 0) return counts;
    const counted = this.#read(droppedSet);
    for (const { port } of this.#standing) counts.set(port, counted.get(port) ?? 0);
    return counts;
  }

  /** Cuts off again what somebody else let go; answers a sentence about each such port. */
  mend(): Promise<string[]> {
    return this.#alone(async () => {
      const now = systemClock.now();
      const standing = (this.#standing ?? []).filter(({ until }) => until > now + nearlyOver);
      if (standing.length === 0) return [];
      const held = new Set(isolationSets.flatMap((set) => [...this.#read(set).keys()]));
      const free = standing.filter(({ port }) => !held.has(port));
      if (free.length === 0) return [];
      await this.#put((this.#standing ?? []).filter(({ until }) => until > now));
      return free.map(({ port }) => `port "${port}" was isolated and somebody else let it go; it is isolated again`);
    });
  }

  async #put(wanted: readonly DesiredIsolation[]): Promise<void> {
    if (wanted.length === 0) await this.#commit(renderNoIsolation());
    else {
      const ports = new Set<string>(wanted.map(({ port }) => port));
      const forgotten = [...this.#read(droppedSet).keys()].filter((port) => !ports.has(port));
      await this.#commit(renderIsolations(wanted, forgotten, systemClock.now()));
    }
    this.#standing = wanted;
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
