import type { Kysely } from 'kysely';
import { AppError } from '../../errors/app-error.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Privacy, Retention } from '../../model/retention-schema.ts';
import { type Actor, appendJournal } from '../journal/journal.ts';
import { keyRingOf } from '../journal/key-ring.ts';
import { type Period, parsePeriod } from '../journal/period.ts';
import type { Tables } from '../tables.ts';
import { eraseOwner } from './erase-owner.ts';
import type { Erasure, OwnerRecord, PeriodState, PersonalData, Traces, UpkeepReport } from './personal-data.ts';
import { planErasure } from './plan-erasure.ts';
import { showOwner } from './show-owner.ts';
import { runUpkeep } from './upkeep.ts';

/** What the personal data of a registry is reached by. */
export interface PersonalStore {
  readonly db: Kysely<Tables>;
  /** Any failure as an AppError. */
  explain(error: unknown): AppError;
  /** See to it that nothing of these addresses is left in any file of the store, `anew`: nor of any that are gone. */
  eraseTraces(macs: ReadonlySet<number>, anew: boolean): Promise<Traces>;
  /** Leases whose quarantine is over become history. */
  endQuarantines(now: number): Promise<void>;
  /** What was seen of these addresses on the wire is forgotten. */
  forgetSeen(macs: ReadonlySet<number>): Promise<unknown>;
}

export class SqlPersonalData implements PersonalData {
  readonly #store: PersonalStore;
  /** Erasures and upkeep write the same rows: one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: PersonalStore) {
    this.#store = store;
  }

  async *show(owner: string): AsyncGenerator<OwnerRecord> {
    try {
      yield* showOwner(this.#store.db, owner);
    } catch (error) {
      throw this.#store.explain(error);
    }
  }

  plan(owner: string, request: { readonly privacy: Privacy; readonly now: number }): Promise<Erasure> {
    return this.#inTurn(async () => {
      await this.#store.endQuarantines(request.now);
      return (await planErasure(this.#store.db, owner, request)).erasure;
    });
  }

  erase(owner: string, request: Parameters<PersonalData['erase']>[1]): Promise<Erasure & { readonly traces: Traces }> {
    return this.#inTurn(async () => {
      await this.#store.endQuarantines(request.now);
      const plan = await planErasure(this.#store.db, owner, request);
      await this.#store.forgetSeen(plan.gone);
      const anew = await isUnderWay(this.#store.db);
      if (plan.gone.size > 0) await noteUnderWay(this.#store.db);
      await eraseOwner(this.#store.db, plan, request);
      if (plan.gone.size > 0) await request.forget(Array.from(plan.gone, macFromInteger));
      const traces = await this.#store.eraseTraces(plan.gone, anew);
      await noteDone(this.#store.db);
      return { ...plan.erasure, traces };
    });
  }

  periods(now: number): Promise<PeriodState[]> {
    return this.#inTurn(async () =>
      keyRingOf(this.#store.db)
        .periods()
        .map(({ period, destroyed }) => ({ ...period, destroyed, current: period.end > now })),
    );
  }

  planForgetting(id: string, now: number): Promise<PeriodState> {
    return this.#inTurn(async () => ({ ...this.#periodThatIsOver(id, now).period, destroyed: true, current: false }));
  }

  /** Throws `not-found`, `conflict`. */
  #periodThatIsOver(id: string, now: number): { readonly period: Period; readonly destroyed: boolean } {
    const period = parsePeriod(id);
    const found = keyRingOf(this.#store.db)
      .periods()
      .find((known) => known.period.id === period?.id);
    if (found === undefined || period === undefined)
      throw new AppError('not-found', `there is no period "${id}"; see \`bridgekeeper privacy periods\``);
    if (period.end <= now) return { period, destroyed: found.destroyed };
    const end = new Date(period.end).toISOString().slice(0, 10);
    throw new AppError('conflict', `period "${id}" is not over: its key is in use until ${end}; expected one that is`);
  }

  forgetPeriod(id: string, { now, actor }: { readonly now: number; readonly actor: Actor }): Promise<PeriodState> {
    return this.#inTurn(async () => {
      const { db } = this.#store;
      const ring = keyRingOf(db);
      const { period, destroyed } = this.#periodThatIsOver(id, now);
      if (!destroyed) {
        await db.deleteFrom('pseudonyms').where('period', '=', period.id).execute();
        ring.destroy(period);
        const text = `the key of period ${period.id} was destroyed: its pseudonyms are anonymous for good`;
        await appendJournal(db, [{ kind: 'forget-period', text, at: now, actor, after: { period: period.id } }]);
        // The rows are gone, but the file may still hold them.
        await this.#store.eraseTraces(new Set(), false);
      }
      return { ...period, destroyed: true, current: false };
    });
  }

  upkeep(request: {
    readonly privacy: Privacy;
    readonly retention: Retention;
    readonly now: number;
  }): Promise<UpkeepReport> {
    return this.#inTurn(async () => {
      await this.#store.endQuarantines(request.now);
      if (await isUnderWay(this.#store.db)) {
        await this.#store.eraseTraces(new Set(), true);
        await noteDone(this.#store.db);
      }
      return runUpkeep(this.#store.db, request);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work).catch((error: unknown) => {
      throw this.#store.explain(error);
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/**
 * Setting of the store while an erasure is under way: once the rows are gone nobody knows any more whose traces are to
 * be erased, so what a daemon that was killed left in the database is erased by whoever comes next.
 */
const underWay = 'erasure-under-way';

async function isUnderWay(db: Kysely<Tables>): Promise<boolean> {
  const row = await db.selectFrom('settings').select('name').where('name', '=', underWay).executeTakeFirst();
  return row !== undefined;
}

async function noteUnderWay(db: Kysely<Tables>): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name: underWay, value: 'yes' })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
}

async function noteDone(db: Kysely<Tables>): Promise<void> {
  await db.deleteFrom('settings').where('name', '=', underWay).execute();
}
