import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../tables.ts';
import type { LeaseStore } from './lease-store.ts';

/** One change that waits for the next transaction. */
interface Waiting<Session> {
  readonly run: (session: Session) => Promise<unknown>;
  readonly rows: number;
  /** What it did is undone as soon as it is known. */
  readonly onlyPlan: boolean;
  readonly answer: (result: unknown) => void;
  readonly refuse: (error: unknown) => void;
}

/** What is told about each change and each transaction, so that memory follows what the store does. */
export interface Sessions<Session> {
  begin(transaction: Transaction<Tables>): Promise<Session>;
  /** A change of the session begins. */
  mark(session: Session): void;
  /** The change that was marked last failed: what it did in memory is undone. */
  undo(session: Session): void;
  /** Writes what belongs to all changes together. */
  end(session: Session): Promise<void>;
  /** The transaction failed: everything in memory is undone. */
  fail(session: Session): void;
}

/** Changes, and rows of theirs, that share one transaction at most: who asks for one lease waits for no ten bulk orders. */
const batchLimit = 64;
const rowLimit = 10_000;
/** How long somebody else may write before it is a failure, and how long to wait between two tries, in ms. */
const busyLimit = 30_000;
const busyPause = 4;

/**
 * Changes that come while a transaction runs wait and share the next one, so that many writers pay for one durable
 * commit. Each has a savepoint: one that fails leaves nothing behind and does not fail the others. All are answered
 * after the commit.
 */
export class GroupCommit<Session> {
  readonly #store: LeaseStore;
  readonly #sessions: Sessions<Session>;
  readonly #waiting: Waiting<Session>[] = [];
  #running = false;

  constructor(store: LeaseStore, sessions: Sessions<Session>) {
    this.#store = store;
    this.#sessions = sessions;
  }

  /** `rows`: how many it will write, about. `onlyPlan`: it is undone, and only its answer is left. */
  submit<T>(rows: number, run: (session: Session) => Promise<T>, onlyPlan = false): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ run, rows, onlyPlan, answer: (result) => resolve(result as T), refuse: reject });
      if (!this.#running) void this.#drain();
    });
  }

  /** Never rejects: whatever goes wrong is the answer to the changes that it went wrong for. */
  async #drain(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#batchSize());
      try {
        const settle = await retryWhileBusy(this.#store, () => this.#transact(batch));
        for (const each of settle) each();
      } catch (error) {
        for (const { refuse } of batch) refuse(error);
      }
      // Who was answered and asks again at once shares the next transaction with the others.
      await nextTurn();
    }
    this.#running = false;
  }

  #batchSize(): number {
    let rows = 0;
    const end = this.#waiting.findIndex((waiting, index) => {
      rows += waiting.rows;
      return index > 0 && rows > rowLimit;
    });
    return Math.min(batchLimit, end < 0 ? this.#waiting.length : end);
  }

  /** Answers what tells each change how it went. */
  #transact(batch: readonly Waiting<Session>[]): Promise<(() => void)[]> {
    let session: Session | undefined;
    return this.#store.db
      .transaction()
      .execute(async (transaction) => {
        session = await this.#sessions.begin(transaction);
        const settle: (() => void)[] = [];
        for (const waiting of batch) settle.push(await this.#run(waiting, session, transaction, batch.length > 1));
        await this.#sessions.end(session);
        return settle;
      })
      .catch((error) => {
        if (session !== undefined) this.#sessions.fail(session);
        throw error;
      });
  }

  async #run(
    { run, answer, refuse, onlyPlan }: Waiting<Session>,
    session: Session,
    transaction: Transaction<Tables>,
    shared: boolean,
  ): Promise<() => void> {
    this.#sessions.mark(session);
    if (!shared && !onlyPlan) {
      const result = await run(session);
      return () => answer(result);
    }
    await sql`savepoint change`.execute(transaction);
    let settle: () => void;
    try {
      const result = await run(session);
      settle = () => answer(result);
      if (!onlyPlan) {
        await sql`release savepoint change`.execute(transaction);
        return settle;
      }
    } catch (error) {
      settle = () => refuse(error);
    }
    this.#sessions.undo(session);
    // Fails when the database has given the whole transaction up already: then all of it has failed.
    await sql`rollback to savepoint change`.execute(transaction);
    await sql`release savepoint change`.execute(transaction);
    return settle;
  }
}

/** Does it again while another process writes; the store itself waits only a moment, which the event loop cannot use. */
export async function retryWhileBusy<T>(store: LeaseStore, work: () => Promise<T>): Promise<T> {
  for (const begin = performance.now(); ; ) {
    try {
      return await work();
    } catch (error) {
      if (!store.isBusy(error) || performance.now() - begin > busyLimit) throw error;
      await sleep(1 + Math.random() * busyPause);
    }
  }
}
