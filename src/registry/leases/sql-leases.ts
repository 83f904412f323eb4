import type { Transaction } from 'kysely';
import { AppError } from '../../errors/app-error.ts';
import { ipv4ToInteger } from '../../model/ip-address.ts';
import { nicId } from '../../model/site.ts';
import { EventLoopTurn } from '../event-loop-turn.ts';
import { appendJournal } from '../journal/journal.ts';
import { keyRingOf, pseudonymsOf } from '../journal/key-ring.ts';
import type { PoolSpace } from '../pools/pool-space.ts';
import type { LeaseRow, Tables } from '../tables.ts';
import { type AddressChanges, AddressMemory } from './address-memory.ts';
import type { DrawWish } from './address-source.ts';
import { readBarring } from './barring.ts';
import { type CheckedWish, checkOrder, checkRequestKey } from './check-order.ts';
import { drawIpv4 } from './draw-ips.ts';
import { drawMacs } from './draw-macs.ts';
import { endQuarantines } from './end-quarantines.ts';
import { fulfilOrder } from './fulfil-order.ts';
import { GroupCommit, retryWhileBusy } from './group-commit.ts';
import { leaseEntry, releaseEntry } from './journal-leases.ts';
import { leaseOf, newLeaseRow } from './lease-rows.ts';
import type { LeaseStore, NicKey, Queries } from './lease-store.ts';
import type { Fill, Lease, LeaseOrder, LeaseQuery, Leases, ReleaseOrder, SegmentSpace } from './leases.ts';
import { countDue, countFill, countLeases, highestId, listLeases } from './list-leases.ts';
import { notePools } from './note-fills.ts';
import { piecesOf } from './pieces.ts';
import { releaseLeases } from './release-leases.ts';
import { answerBefore, digestOfOrder, digestOfRelease, idsOfRequest, rememberAnswer } from './request-keys.ts';
import { WriteSession } from './write-session.ts';

/** Rows that one statement writes. */
const chunkRows = 2000;

/** Leases in an SQL database. Changes share transactions; what is free is remembered, what is taken the store decides. */
export class SqlLeases implements Leases {
  readonly #store: LeaseStore;
  readonly #siteKey: string;
  readonly #memory = new AddressMemory();
  readonly #commits: GroupCommit<WriteSession>;
  #version: number | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(store: LeaseStore, siteKey: string) {
    this.#store = store;
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
        this.#change(order.now, typeof wishes === 'number' ? wishes : wishes.length, async (session) => {
          const before = await answerBefore(session, order.requestKey, digest);
          if (before !== undefined) return this.#byId(session.transaction, before);
          const leases =
            typeof wishes === 'number'
              ? await this.#leaseRun(session, order, order.pool as PoolSpace, wishes)
              : await this.#leaseWishes(session, order, wishes);
          const ids = leases.map(({ id }) => id);
          await rememberAnswer(session, order.requestKey, digest, ids, order.now);
          return leases;
        });
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
      return this.#change(order.now, order.ids.length, async (session) => {
        const before = await answerBefore(session, order.requestKey, digest);
        if (before !== undefined) return this.#byId(session.transaction, before);
        if (order.ids.length === 0) return [];
        const rows = await this.#rowsById(session.transaction, order.ids);
        const released = await releaseLeases(session, order, rows);
        const leases = order.ids.map((id) => released.after.get(id) as Lease);
        session.note(releaseEntry(order, released.before, leases));
        await rememberAnswer(session, order.requestKey, digest, order.ids, order.now);
        return leases;
      });
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
    return this.#read(async (queries) => this.#byId(queries, (await idsOfRequest(queries, key))?.ids ?? []));
  }

  byId(ids: readonly number[]): Promise<Lease[]> {
    return this.#read((queries) => this.#byId(queries, ids));
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
    const undo = [this.#memory.change(changes)];
    const undoNote = await notePools(transaction, this.#memory, at);
    if (undoNote !== undefined) undo.push(undoNote);
    return () => {
      for (const each of undo.reverse()) each();
    };
  }

  /** Waits for what is under way and takes nothing new. The store is the opener's to close. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#underWay);
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

  /** A change in a transaction that it may share with others. */
  #change<T>(now: number, rows: number, work: (session: WriteSession) => Promise<T>): Promise<T> {
    return this.#commits.submit(rows, async (session) => {
      session.at = Math.max(session.at, now);
      await endQuarantines(session, now);
      return work(session);
    });
  }

  /** A number of leases for nobody in particular: the quick way. */
  async #leaseRun(session: WriteSession, order: LeaseOrder, pool: PoolSpace, count: number): Promise<Lease[]> {
    const wishes = new Array<DrawWish>(count).fill({ title: count === 1 ? 'a lease' : `one of ${count} leases` });
    const macs = await drawMacs(session, pool, wishes, order.now);
    // In the order of the addresses the database finds its way from one to the next.
    if (pool.strategy !== 'cycle') macs.sort((a, b) => a - b);
    const firstId = session.takeIds(count);
    const {
      id: _,
      mac: __,
      ...run
    } = newLeaseRow({
      id: firstId,
      mac: 0,
      state: order.state,
      source: 'request',
      since: order.now,
      owner: order.owner ?? null,
      comment: order.comment ?? null,
    });
    const leases: Lease[] = [];
    for (let start = 0; start < count; start += chunkRows) {
      const chunk = macs.slice(start, start + chunkRows);
      await this.#store.insertRun(session.transaction, firstId + start, chunk, run);
      for (const [index, mac] of chunk.entries()) leases.push(leaseOf({ ...run, id: firstId + start + index, mac }));
      await session.turn.pause();
    }
    session.change({ held: macs.map((mac) => ({ mac, segment: null, ipv4: null })) });
    session.note(leaseEntry(order, leases));
    return leases;
  }

  async #leaseWishes(session: WriteSession, order: LeaseOrder, wishes: readonly CheckedWish[]): Promise<Lease[]> {
    const { rows, begun, activated } = await fulfilOrder(session, order, wishes);
    for await (const piece of piecesOf(session.turn, begun)) await this.#store.insertRows(session.transaction, piece);
    if (activated.length > 0) {
      const ids = activated.map(({ id }) => id);
      await session.transaction
        .updateTable('leases')
        .set({ state: 'active' })
        .where('id', 'in', this.#store.listOf(ids) as never)
        .execute();
    }
    const changed = [...begun, ...activated];
    if (changed.length > 0) session.note(leaseEntry(order, changed.map(leaseOf)));
    return rows.map(leaseOf);
  }

  async #byId(queries: Queries, ids: readonly number[]): Promise<Lease[]> {
    const rows = await this.#rowsById(queries, ids);
    return ids.flatMap((id) => {
      const row = rows.get(id);
      return row === undefined ? [] : [leaseOf(row)];
    });
  }

  async #rowsById(queries: Queries, ids: readonly number[]): Promise<Map<number, LeaseRow>> {
    const turn = new EventLoopTurn();
    const found = new Map<number, LeaseRow>();
    for await (const piece of piecesOf(turn, ids)) {
      const rows = await queries
        .selectFrom('leases')
        .selectAll()
        .where('id', 'in', this.#store.listOf(piece) as never)
        .execute();
      for (const row of rows) found.set(Number(row.id), row);
    }
    return found;
  }

  #read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    return this.#attempt(() => retryWhileBusy(this.#store, () => work(this.#store.db)));
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new AppError('registry-failed', 'the registry is closed');
    const result = work();
    this.#underWay.add(result);
    try {
      return await result;
    } catch (error) {
      throw this.#store.explain(error);
    } finally {
      this.#underWay.delete(result);
    }
  }
}

function once<T>(compute: () => T): () => T {
  let value: { readonly computed: T } | undefined;
  return () => {
    value ??= { computed: compute() };
    return value.computed;
  };
}
