import type { Transaction } from 'kysely';
import type { EventLoopTurn } from '../event-loop-turn.ts';
import type { JournalInput } from '../journal/journal.ts';
import type { Tables } from '../tables.ts';
import type { AddressChanges, AddressMemory } from './address-memory.ts';
import type { LeaseStore } from './lease-store.ts';

/** One transaction, and what has to be undone in memory when it, or a change in it, fails. */
export class WriteSession {
  readonly transaction: Transaction<Tables>;
  readonly store: LeaseStore;
  readonly memory: AddressMemory;
  readonly siteKey: string;
  readonly turn: EventLoopTurn;
  /** Id of the next lease. */
  nextId: number;
  /** The latest time of any change in it. */
  at = 0;
  readonly #undo: (() => void)[] = [];
  readonly #journal: JournalInput[] = [];
  #marked = { undo: 0, journal: 0, nextId: 0 };

  constructor(
    given: Pick<WriteSession, 'transaction' | 'store' | 'memory' | 'siteKey' | 'turn'> & { readonly nextId: number },
  ) {
    this.transaction = given.transaction;
    this.store = given.store;
    this.memory = given.memory;
    this.siteKey = given.siteKey;
    this.turn = given.turn;
    this.nextId = given.nextId;
  }

  /** Ids first to first + count - 1, for new leases. */
  takeIds(count: number): number {
    const first = this.nextId;
    this.nextId += count;
    return first;
  }

  /** Memory follows a change at once, so that the next one in this transaction sees it. */
  change(changes: AddressChanges): void {
    this.undoBy(this.memory.change(changes));
  }

  undoBy(undo: () => void): void {
    this.#undo.push(undo);
  }

  note(entry: JournalInput): void {
    this.#journal.push(entry);
  }

  get journal(): readonly JournalInput[] {
    return this.#journal;
  }

  /** `undo` goes back to here. */
  mark(): void {
    this.#marked = { undo: this.#undo.length, journal: this.#journal.length, nextId: this.nextId };
  }

  undo(): void {
    this.#undoTo(this.#marked.undo);
    this.#journal.length = this.#marked.journal;
    this.nextId = this.#marked.nextId;
  }

  undoAll(): void {
    this.#undoTo(0);
  }

  #undoTo(count: number): void {
    for (const undo of this.#undo.splice(count).reverse()) undo();
  }
}
