import type { Pool } from '../../model/site.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import { countPool, drawableOf, fillOf, gradeOf, type PoolFill, renderFillWarning } from './pool-fill.ts';

interface Watched {
  /** The pools as they were when it was counted: another list, another count. */
  readonly pools: readonly Pool[];
  readonly fill: PoolFill;
  readonly at: number;
  /** Leased since it was counted. */
  since: number;
  /** Grade that the journal knows of. */
  grade: number;
}

/** Milliseconds that a look is good for where the next warning is not near, and where one is due already. */
const calmFor = 60_000;
const warningFor = 1000;
/** Milliseconds back from now in which the store may have noted a fill. */
const notedWithin = 7 * 86_400_000;

/**
 * Knows which pools are fuller than they should be. A pool is looked at when what was leased since the last look could
 * have made a difference; that is one row that the store notes with each change. Every address is counted only where
 * nothing was noted, and before it is said that a grade was crossed. Each crossing is journalled once.
 */
export class FillWatch {
  readonly #leases: Leases;
  readonly #now: () => number;
  readonly #note: (text: string) => Promise<void>;
  readonly #watched = new Map<string, Watched>();

  constructor(leases: Leases, now: () => number, note: (text: string) => Promise<void>) {
    this.#leases = leases;
    this.#now = now;
    this.#note = note;
  }

  /** What is to be said after so many addresses were leased from a pool. */
  async leased(pool: Pool, pools: readonly Pool[], count: number): Promise<string[]> {
    const known = this.#watched.get(pool.name);
    if (known !== undefined) known.since += count;
    const watched =
      known !== undefined && this.#stillGood(pool, pools, known) ? known : await this.#look(pool, pools, count);
    return warningOf(pool, watched);
  }

  /** What is to be said about all pools. */
  async warnings(pools: readonly Pool[]): Promise<string[]> {
    return (await this.#lookAtAll(pools)).flatMap(([pool, watched]) => warningOf(pool, watched));
  }

  /** How full all pools are; where nothing is near, as of a minute ago at most. */
  async fills(pools: readonly Pool[]): Promise<readonly { pool: Pool; fill: PoolFill }[]> {
    return (await this.#lookAtAll(pools)).map(([pool, { fill }]) => ({ pool, fill }));
  }

  async #lookAtAll(pools: readonly Pool[]): Promise<[Pool, Watched][]> {
    const found: [Pool, Watched][] = [];
    for (const pool of pools) {
      const known = this.#watched.get(pool.name);
      const good = known !== undefined && this.#stillGood(pool, pools, known);
      found.push([pool, good ? known : await this.#look(pool, pools, 0)]);
    }
    return found;
  }

  #stillGood(pool: Pool, pools: readonly Pool[], { fill, at, since, pools: before, grade }: Watched): boolean {
    if (before !== pools) return false;
    const age = this.#now() - at;
    if (grade > 0 && age > warningFor) return false;
    const used = fill.held + fill.quarantined + since;
    const next = pool.warnings.find((percent) => percent > grade);
    return age <= calmFor && (next === undefined || used * 100 < next * fill.drawable);
  }

  async #look(pool: Pool, pools: readonly Pool[], leased: number): Promise<Watched> {
    const at = this.#now();
    const known = this.#watched.get(pool.name);
    const noted = await this.#noted(pool, pools, at, known);
    // At the first look, what stood before this lease was journalled by an earlier process.
    const gradeBefore = (fill: PoolFill): number =>
      known?.grade ?? gradeOf(pool, { ...fill, held: fill.held - leased }) ?? 0;
    const calm = noted !== undefined && (gradeOf(pool, noted) ?? 0) <= gradeBefore(noted);
    const fill = calm ? noted : await countPool(pool, pools, this.#leases, at);
    const grade = gradeOf(pool, fill) ?? 0;
    const before = gradeBefore(fill);
    const watched = { pools, fill, at, since: 0, grade };
    this.#watched.set(pool.name, watched);
    if (grade > before) await this.#note(renderFillWarning(pool, grade, fill));
    return watched;
  }

  /** What the store noted last; what was known before when nothing was noted since. */
  async #noted(pool: Pool, pools: readonly Pool[], at: number, known?: Watched): Promise<PoolFill | undefined> {
    const last = (await this.#leases.fillHistory(pool.name, at - notedWithin)).at(-1);
    if (last !== undefined) return fillOf(last.held, last.quarantined, drawableOf(pool, pools));
    return known?.pools === pools && known.since === 0 ? known.fill : undefined;
  }
}

function warningOf(pool: Pool, { fill, grade }: Watched): string[] {
  return grade === 0 ? [] : [renderFillWarning(pool, grade, fill)];
}
