import type { AlertView } from '../../reconciler/alerts/contract.ts';
import type { Kept, KeptItem } from '../../registry/kept/kept.ts';

/** An alert as it is kept. */
export interface StoredAlert {
  readonly view: AlertView;
  /** Which rule at which subject. */
  readonly key: string;
  /** Somebody was told that it fires; of one that is over: nobody has to be told of that any more. */
  readonly told: boolean;
  /** Milliseconds since the epoch. */
  readonly toldAt: number;
  readonly actionUntil?: number;
  readonly folded?: true;
}

const idsName = 'ids';
/** Ids that are set aside at once, so that not each one costs a write; and how many are left when it is done again. */
const idsAtOnce = 1_000;
const idsLeft = 500;
/** Alerts in one transaction: the thread that waits for the disk is that of the API, too. */
const atOnce = 500;

/**
 * Alerts in the registry: written in batches, one write at a time. What could not be written waits for the next batch,
 * and costs memory for no more than the alerts that there are. That an alert was told is never kept before the message is:
 * a daemon that is killed between the two tells again, with the same id.
 */
export class AlertStore {
  readonly #kept: Kept;
  readonly #messagesKept: () => Promise<boolean>;
  readonly #failed: (error: unknown) => void;
  /** What is on the disk. */
  readonly #stored = new Set<string>();
  readonly #put = new Map<string, () => StoredAlert>();
  readonly #remove = new Set<string>();
  #nextId = 1;
  #reserved = 1;
  #writing: Promise<void> | undefined;

  /** `messagesKept` answers whether what was handed over to the notifiers so far is kept. */
  constructor(kept: Kept, messagesKept: () => Promise<boolean>, failed: (error: unknown) => void) {
    this.#kept = kept;
    this.#messagesKept = messagesKept;
    this.#failed = failed;
  }

  async load(): Promise<StoredAlert[]> {
    const items = await this.#kept.load<StoredAlert | { reserved: number }>('alert');
    const alerts: StoredAlert[] = [];
    for (const { id, body } of items) {
      this.#stored.add(id);
      if ('reserved' in body) this.#nextId = Math.max(this.#nextId, body.reserved);
      else if (id !== idsName) alerts.push(body);
    }
    for (const { view } of alerts) this.#nextId = Math.max(this.#nextId, view.id + 1);
    this.#reserved = this.#nextId;
    await this.flush();
    return alerts;
  }

  /** Never the same twice, also after kill -9: ids that were set aside and not used are left out. */
  nextId(): number {
    return this.#nextId++;
  }

  /** Writes it soon, as it is then. */
  put(id: number, read: () => StoredAlert): void {
    this.#remove.delete(String(id));
    this.#put.set(String(id), read);
  }

  remove(id: number): void {
    this.#put.delete(String(id));
    // It may be being written just now.
    if (this.#stored.has(String(id)) || this.#writing) this.#remove.add(String(id));
  }

  /** Everything is written. */
  get done(): boolean {
    return this.#put.size + this.#remove.size === 0;
  }

  /** Writes what waits. Never rejects: what could not be written stays waiting. */
  flush(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Writes what waits, and gives back ids that were not used. */
  async close(): Promise<void> {
    await this.flush();
    const { id, body } = { id: idsName, body: { reserved: this.#nextId } };
    await this.#kept.change('alert', { put: [{ id, body }] }).catch(this.#failed);
  }

  #idsRunShort(): boolean {
    return this.#reserved - this.#nextId < idsLeft;
  }

  async #write(): Promise<void> {
    // What comes while a batch is being written is the next batch.
    while (this.#put.size + this.#remove.size > 0 || this.#idsRunShort()) {
      const put = [...this.#put].slice(0, atOnce);
      const remove = [...this.#remove].slice(0, atOnce);
      const reserve = this.#idsRunShort() ? this.#nextId + idsAtOnce : undefined;
      const bodies = put.map(([id, read]) => ({ id, body: read() }));
      const items: KeptItem[] = [...bodies];
      if (reserve !== undefined) items.push({ id: idsName, body: { reserved: reserve } });
      for (const [id] of put) this.#put.delete(id);
      for (const id of remove) this.#remove.delete(id);
      try {
        if (bodies.some(({ body }) => body.told) && !(await this.#messagesKept()))
          throw new Error('messages about alerts could not be kept');
        await this.#kept.change('alert', { put: items, remove });
        for (const { id } of bodies) this.#stored.add(id);
        for (const id of remove) this.#stored.delete(id);
        if (reserve !== undefined) this.#reserved = reserve;
      } catch (error) {
        for (const [id, read] of put) if (!this.#put.has(id) && !this.#remove.has(id)) this.#put.set(id, read);
        for (const id of remove) if (!this.#put.has(id)) this.#remove.add(id);
        for (const id of this.#remove) if (!this.#stored.has(id)) this.#remove.delete(id);
        this.#failed(error);
        return;
      }
    }
  }
}
