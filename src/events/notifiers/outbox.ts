import type { Kept } from '../../registry/kept/kept.ts';
import type { Outgoing } from './outgoing.ts';

/** A message as it is kept, with whom it is for. */
export interface KeptMessage {
  readonly notifier: string;
  readonly message: Outgoing;
}

export interface NotifierLog {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
}

/** Milliseconds until what could not be stored is tried to be stored again. */
const storeAgain = 5_000;

const idOf = ({ notifier, message }: KeptMessage): string => `${notifier} ${message.id}`;

/**
 * What waits to be told, on the disk. What comes while a transaction is under way goes into the next one, so a flood
 * costs few of them. A full disk holds up nothing: what was not stored stays in memory and is stored when there is room.
 */
export class Outbox {
  readonly #kept: Kept;
  readonly #log: NotifierLog;
  #put = new Map<string, KeptMessage>();
  #remove = new Set<string>();
  /** What is on the disk: whatever else was told or given up needs no removal, however long the disk is full. */
  readonly #stored = new Set<string>();
  /** What is being stored. */
  #inHand: ReadonlyMap<string, KeptMessage> = new Map();
  #next: Promise<boolean> | undefined;
  #storing: Promise<boolean> | undefined;
  #again: NodeJS.Timeout | undefined;
  #failed = false;

  constructor(kept: Kept, log: NotifierLog) {
    this.#kept = kept;
    this.#log = log;
  }

  /** In the order in which they were put. Rejects with `registry-failed`. */
  async load(): Promise<KeptMessage[]> {
    const items = await this.#kept.load<KeptMessage>('message');
    for (const { id } of items) this.#stored.add(id);
    return items.map(({ body }) => body);
  }

  /** Resolves when they are stored, or could not be for now. */
  async put(messages: readonly KeptMessage[]): Promise<void> {
    for (const one of messages) {
      const id = idOf(one);
      this.#remove.delete(id);
      this.#put.set(id, one);
    }
    await this.#soon();
  }

  /** Answers whether everything so far is stored, after a try. Never rejects. */
  settle(): Promise<boolean> {
    return this.#soon();
  }

  /** Answers whether a message is still stored, or could not be stored so far. Rejects with `registry-failed`. */
  async stillThere(): Promise<(one: KeptMessage) => boolean> {
    await this.#soon();
    const stored = new Set((await this.load()).map(idOf));
    return (one) => stored.has(idOf(one)) || this.#put.has(idOf(one));
  }

  /** They were told, or given up. */
  async remove(messages: readonly KeptMessage[]): Promise<void> {
    for (const one of messages) {
      const id = idOf(one);
      this.#put.delete(id);
      if (this.#stored.has(id) || this.#inHand.has(id)) this.#remove.add(id);
    }
    await this.#soon();
  }

  /** Stores what is still to be stored, once. */
  async close(): Promise<void> {
    clearTimeout(this.#again);
    await this.#soon();
    clearTimeout(this.#again);
  }

  /** At once when nothing is under way, so that it is stored before what its caller stores next; or with the next transaction. */
  #soon(): Promise<boolean> {
    this.#next ??= this.#storing?.then(() => this.#begin());
    return this.#next ?? this.#begin();
  }

  #begin(): Promise<boolean> {
    this.#next = undefined;
    const storing = this.#store().finally(() => {
      if (this.#storing === storing) this.#storing = undefined;
    });
    this.#storing = storing;
    return storing;
  }

  async #store(): Promise<boolean> {
    clearTimeout(this.#again);
    const [put, remove] = [this.#put, this.#remove];
    if (put.size + remove.size === 0) return true;
    this.#put = new Map();
    this.#remove = new Set();
    this.#inHand = put;
    try {
      await this.#kept.change('message', {
        put: [...put].map(([id, body]) => ({ id, body })),
        remove: [...remove],
      });
      for (const id of put.keys()) this.#stored.add(id);
      for (const id of remove) this.#stored.delete(id);
      if (this.#failed) this.#log.info({}, 'messages that wait to be told are kept again');
      this.#failed = false;
      return true;
    } catch (error) {
      if (!this.#failed)
        this.#log.error({ error }, 'messages that wait to be told could not be kept; they are in memory');
      this.#failed = true;
      this.#takeBack(put, remove);
      this.#again = setTimeout(() => void this.#soon(), storeAgain);
      return false;
    } finally {
      this.#inHand = new Map();
    }
  }

  /** What came meanwhile is newer. */
  #takeBack(put: ReadonlyMap<string, KeptMessage>, remove: ReadonlySet<string>): void {
    const removed = new Set([...remove, ...this.#remove].filter((id) => this.#stored.has(id)));
    const merged = new Map([...put].filter(([id]) => !this.#remove.has(id)));
    for (const [id, one] of this.#put) {
      merged.set(id, one);
      removed.delete(id);
    }
    this.#put = merged;
    this.#remove = removed;
  }
}
