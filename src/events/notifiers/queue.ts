import type { Outgoing } from './outgoing.ts';

/** Ids of what was told, so that the same message is not told again. */
const mostTold = 2_000;

interface Waiting {
  readonly message: Outgoing;
  readonly until: number;
}

/** Messages that wait, in order, each once. Those at the head may be under way: they stay together until they are taken. */
export class Queue {
  #items: Waiting[] = [];
  readonly #ids = new Set<string>();
  readonly #told = new Set<string>();
  #underWay = 0;

  get length(): number {
    return this.#items.length;
  }

  get messages(): Outgoing[] {
    return this.#items.map(({ message }) => message);
  }

  /** How many are under way. */
  get underWay(): number {
    return this.#underWay;
  }

  /** What is under way. */
  get batch(): Outgoing[] {
    return this.#items.slice(0, this.#underWay).map(({ message }) => message);
  }

  /** Answers false for one that waits or was told already. `until`: when it is too late to try it again. */
  add(message: Outgoing, until: number): boolean {
    if (this.#ids.has(message.id) || this.#told.has(message.id)) return false;
    this.#items.push({ message, until });
    this.#ids.add(message.id);
    return true;
  }

  /** The first `count` are under way. */
  begin(count: number): void {
    this.#underWay = Math.min(count, this.#items.length);
  }

  /** How many of those that are under way cannot be tried again: the oldest ones. */
  tooLate(now: number): number {
    const found = this.#items.slice(0, this.#underWay).findIndex(({ until }) => until > now);
    return found < 0 ? this.#underWay : found;
  }

  /** Takes out and answers messages from a place on. */
  take(from: number, count: number): Outgoing[] {
    const taken = this.#items.splice(from, count).map(({ message }) => message);
    if (from === 0) this.#underWay = Math.max(0, this.#underWay - count);
    for (const { id } of taken) this.#ids.delete(id);
    return taken;
  }

  /** They were told, and are not taken again. */
  remember(messages: readonly Outgoing[]): void {
    for (const { id } of messages) this.#told.add(id);
    for (const id of this.#told) {
      if (this.#told.size <= mostTold) break;
      this.#told.delete(id);
    }
  }

  /** Forgets messages. One that is being told cannot be called back. */
  forget(gone: (message: Outgoing) => boolean): void {
    this.#underWay -= this.batch.filter(gone).length;
    this.#items = this.#items.filter(({ message }) => {
      if (gone(message)) this.#ids.delete(message.id);
      return this.#ids.has(message.id);
    });
  }
}
