import type { Transaction } from 'kysely';
import { ipv4ToInteger } from '../../model/ip-address.ts';
import { nicId } from '../../model/site.ts';
import { EventLoopTurn } from '../event-loop-turn.ts';
import { appendJournal } from '../journal/journal.ts';
import { keyRingOf, pseudonymsOf } from '../journal/key-ring.ts';
import type { PoolSpace } from '../pools/pool-space.ts';
import type { Tables } from '../tables.ts';
import { WorkUnderWay } from '../work-under-way.ts';
import { type AddressChanges, AddressMemory } from './address-memory.ts';
import type { DrawWish } from './address-source.ts';
import { readBarring } from './barring.ts';
import { checkOrder, checkRequestKey } from './check-order.ts';
import { countParts } from './count-parts.ts';
import { drawIpv4 } from './draw-ips.ts';
import { drawMacs } from './draw-macs.ts';
import { endQuarantines } from './end-quarantines.ts';
import { GroupCommit, retryWhileBusy } from './group-commit.ts';
import { releaseEntry } from './journal-leases.ts';
import { leaseOf } from './lease-rows.ts';
import type { LeaseStore, NicKey, Queries } from './lease-store.ts';
import type { Fill, Lease, LeaseOrder, LeaseQuery, Leases, ReleaseOrder, SegmentSpace } from './leases.ts';
import { countDue, countFill, countLeases, highestId, listLeases } from './list-leases.ts';
import { notePools } from './note-fills.ts';
import { piecesOf } from './pieces.ts';
import { leasesById, rowsById } from './read-by-id.ts';
import { releaseLeases } from './release-leases.ts';
import { answerBefore, digestOfOrder, digestOfRelease, idsOfRequest, rememberAnswer } from './request-keys.ts';
import { leaseRun, leaseWishes } from './write-orders.ts';
import { WriteSession } from './write-session.ts';

/** Leases in an SQL database. Changes share transactions; what is free is remembered, what is taken the store decides. */
export class SqlLeases implements Leases {
  readonly #store: LeaseStore;
  readonly #siteKey: string;
  readonly #memory = new AddressMemory();
  readonly #commits: GroupCommit<WriteSession>;
  #version: number | undefined;
  readonly #reads = new EventLoopTurn();
  readonly #work: WorkUnderWay;

  constructor(store: LeaseStore, siteKey: string) {
    this.#store = store;
    this.#work = new WorkUnderWay(store);
    this.#siteKey = siteKey;
    this.#commits = new GroupCommit(store, {
      begin: (transaction) => this.#begin(transaction),
      mark: (session) => session.mark(),
      undo: (session) => session.undo(),
      end: async (session) => {
        if (session.journal.length > 0) await appendJournal(session.transaction, session.journal);
        const undo = await notePools(session.transaction, this.#memory, session.at);
        if (undo !== undefined) session.undoBy(undo);
      },
      fail: (session) => session.undoAll(),
    });
  }

  lease(order: LeaseOrder): Promise<Lease[]> {
    return this.#attempt(async () => {
      const wishes = checkOrder(order);
      const digest = once(() => digestOfOrder(order));
      const fulfil = () =>
        this.#change(
          order.now,
          typeof wishes === 'number' ? wishes : wishes.length,
          async (session) => {
            const before = await answerBefore(session, order.requestKey, digest);
            if (before !== undefined) return leasesById(this.#store, session.transaction, before);
            const leases =
              typeof wishes === 'number'
                ? await leaseRun(session, order, order.pool as PoolSpace, wishes)
                : await leaseWishes(session, order, wishes);
            const ids = leases.map(({ id }) => id);
            await rememberAnswer(session, order.requestKey, digest, ids, order.now);
            return leases;
          },
          order.onlyPlan,
        );
      try {
        return await fulfil();
      } catch (error) {
        // Somebody gave the address away past this memory; from now on it looks in the store before it gives.
        if (!this.#store.isUniqueViolation(error)) throw error;
        this.#memory.outdate();
        return fulfil();
      }
    });
  }

  release(order: ReleaseOrder): Promise<Lease[]> {
    return this.#attempt(async () => {
      checkRequestKey(order.requestKey);
      const digest = once(() => digestOfRelease(order));
      return this.#change(
        order.now,
        order.ids.length,
        async (session) => {
          const before = await answerBefore(session, order.requestKey, digest);
          if (before !== undefined) return leasesById(this.#store, session.transaction, before);
          if (order.ids.length === 0) return [];
          const rows = await rowsById(this.#store, session.transaction, order.ids);
          const released = await releaseLeases(session, order, rows);
          const ids = [...order.ids, ...released.others];
          const leases = ids.map((id) => released.after.get(id) as Lease);
          session.note(releaseEntry(order, released.before, leases));
          await rememberAnswer(session, order.requestKey, digest, ids, order.now);
          return leases;
        },
        order.onlyPlan,
      );
    });
  }

  /** Leases whose quarantine is over become history, all of them; a change ends only some, and only when there is one. */
  async endQuarantines(now: number): Promise<void> {
    const due = () =>
      this.#read((queries) =>
        queries
          .selectFrom('leases')
          .select('id')
          .where('state', '=', 'quarantined')
          .where('free_at', '<=', now)
          .limit(1)
          .executeTakeFirst(),
      );
    while ((await due()) !== undefined) await this.#attempt(() => this.#change(now, 1, async () => undefined));
  }

  list(query: LeaseQuery): Promise<{ leases: Lease[]; next?: number }> {
    return this.#read((queries) => listLeases(queries, query));
  }

  count(query: Omit<LeaseQuery, 'limit' | 'from'>): Promise<number> {
    return this.#read((queries) => countLeases(queries, query));
  }

  ofMac(mac: number): Promise<Lease[]> {
    return this.#read(async (queries) => {
      const rows = await queries.selectFrom('leases').selectAll().where('mac', '=', mac).orderBy('id').execute();
      const aliases = pseudonymsOf(keyRingOf(queries), mac).map(({ alias }) => alias);
      if (aliases.length === 0) return rows.map(leaseOf).reverse();
      const old = await queries.selectFrom('leases').selectAll().where('alias', 'in', aliases).execute();
      return [...rows, ...old].sort((a, b) => Number(b.id) - Number(a.id)).map(leaseOf);
    });
  }

  ofRequest(key: string): Promise<Lease[]> {
    return this.#read(async (queries) =>
      leasesById(this.#store, queries, (await idsOfRequest(queries, key))?.ids ?? []),
    );
  }

  byId(ids: readonly number[]): Promise<Lease[]> {
    return this.#read((queries) => leasesById(this.#store, queries, ids));
  }

  heldBy(nics: readonly { readonly guest: string; readonly nic: number }[]): Promise<Lease[]> {
    return this.#read(async (queries) => {
      const found: Lease[] = [];
      for await (const piece of piecesOf(new EventLoopTurn(), nics)) {
        found.push(...(await this.#store.heldBy(queries, piece)).map(leaseOf));
      }
      return found;
    });
  }

  latest(nics: readonly NicKey[]): Promise<Map<string, Lease>> {
    return this.#read(async (queries) => {
      const found = new Map<string, Lease>();
      for await (const piece of piecesOf(new EventLoopTurn(), nics)) {
        for (const row of await this.#store.latestOf(queries, piece)) {
          found.set(nicId(row.guest as string, Number(row.nic)), leaseOf(row));
        }
      }
      return found;
    });
  }

  barring(keys: readonly string[], now: number): Promise<Map<string, Lease>> {
    return this.#read(async (queries) => {
      const rows = await readBarring(this.#store, queries, keys, now);
      return new Map(Array.from(rows, ([key, row]) => [key, leaseOf(row)]));
    });
  }

  /** Not to be called inside a transaction of the same store: it waits for one of its own. */
  drawMacs(pool: PoolSpace, wishes: readonly DrawWish[], now: number): Promise<number[]> {
    return this.#attempt(() => this.#change(now, 1, (session) => drawMacs(session, pool, wishes, now)));
  }

  giveBack(macs: readonly number[]): void {
    for (const { draw } of this.#memory.pools) for (const mac of macs) draw.withdraw(mac);
  }

  /** Like `drawMacs`, but nothing is kept from others: the next call answers the same until one is leased. */
  drawIpv4(segment: SegmentSpace, count: number, title: string, now: number): Promise<number[]> {
    return this.#attempt(() =>
      this.#change(now, 1, async (session) => {
        const titles = new Array<string>(count).fill(title);
        const drawn = await drawIpv4(session, segment, titles, now);
        for (const address of drawn) this.#memory.segment(segment)?.give(address);
        return drawn.map(ipv4ToInteger);
      }),
    );
  }

  avoid(macs: Iterable<number>): void {
    this.#memory.avoid(macs);
  }

  fill(range: { readonly first: number; readonly last: number }, now: number): Promise<Fill> {
    return this.#read(async (queries) => {
      const map = this.#memory.exactly(range);
      if (map === undefined) return countFill(this.#store, queries, range, now);
      return { at: now, held: map.held, quarantined: map.resting - (await countDue(queries, range, now)) };
    });
  }

  fillByPart(
    range: { readonly first: number; readonly last: number },
    size: number,
    now: number,
  ): ReturnType<Leases['fillByPart']> {
    return this.#read((queries) => countParts(this.#store, queries, { range, size, now }));
  }

  fillHistory(pool: string, since: number): Promise<Fill[]> {
    return this.#read(async (queries) => {
      const rows = await queries
        .selectFrom('fills')
        .selectAll()
        .where('pool', '=', pool)
        .where('at', '>=', since)
        .orderBy('hour')
        .execute();
      return rows.map(({ at, held, quarantined }) => ({
        at: Number(at),
        held: Number(held),
        quarantined: Number(quarantined),
      }));
    });
  }

  /**
   * For changes of leases that somebody else makes in a transaction of the same store, such as a commit of the site:
   * called after the rows were written and before the commit. Memory follows at once, and the fill of the pools is
   * noted. Answers what takes it back, to be called when the transaction fails.
   */
  async follow(transaction: Transaction<Tables>, changes: AddressChanges, at: number): Promise<() => void> {
    const takeBack = this.#memory.change(changes);
    try {
      const undoNote = await notePools(transaction, this.#memory, at);
      return () => {
        undoNote?.();
        takeBack();
      };
    } catch (error) {
      takeBack();
      throw error;
    }
  }

  /** Waits for what is under way and takes nothing new. The store is the opener's to close. */
  close(): Promise<void> {
    return this.#work.finish();
  }

  async #begin(transaction: Transaction<Tables>): Promise<WriteSession> {
    const version = await this.#store.version(transaction);
    if (this.#version !== undefined && version !== this.#version) this.#memory.outdate();
    this.#version = version;
    return new WriteSession({
      transaction,
      store: this.#store,
      memory: this.#memory,
      siteKey: this.#siteKey,
      turn: new EventLoopTurn(),
      nextId: (await highestId(transaction)) + 1,
    });
  }

  /** A change in a transaction that it may share with others; `onlyPlan`: it is undone, and only its answer is left. */
  #change<T>(now: number, rows: number, work: (session: WriteSession) => Promise<T>, onlyPlan?: boolean): Promise<T> {
    const change = async (session: WriteSession): Promise<T> => {
      session.at = Math.max(session.at, now);
      await endQuarantines(session, now);
      return work(session);
    };
    return this.#commits.submit(rows, change, onlyPlan);
  }

  /** A database that answers at once never waits, so who reads again and again would keep everybody else waiting. */
  #read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#attempt(async () => {
      await this.#reads.pause();
      return retryWhileBusy(this.#store, () => work(this.#store.db));
    });
  }

  #attempt<T>(work: () => Promise<T>): Promise<T> {
    return this.#work.attempt(work);
  }
}

function once<T>(compute: () => T): () => T {
  let value: { readonly computed: T } | undefined;
  return () => {
    value ??= { computed: compute() };
    return value.computed;
  };
}
