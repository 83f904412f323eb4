import type { AlertView } from '../../reconciler/alerts/contract.ts';
import type { Clock } from '../../system/clock.ts';
import type { AlertStore } from './alert-store.ts';

/** Alerts that are over and still shown. The journal knows all of them. */
const most = 1_000;
/** Milliseconds. */
const longest = 30 * 86_400_000;

/** Alerts that are over: the newest thousand, for a month. */
export class OverAlerts {
  readonly #store: AlertStore;
  readonly #clock: Clock;
  readonly #views = new Map<number, AlertView>();
  /** Those of which somebody still has to be told that they are over. */
  readonly #owed = new Set<number>();

  constructor(store: AlertStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  has(id: number): boolean {
    return this.#views.has(id);
  }

  list(): AlertView[] {
    return [...this.#views.values()];
  }

  /** `owed`: somebody has to be told, until `settle`. */
  add(view: AlertView, owed: boolean): void {
    this.restore(view);
    if (owed) this.#owed.add(view.id);
    this.#put(view);
  }

  /** It was told. */
  settle(view: AlertView): void {
    if (this.#owed.delete(view.id)) this.#put(view);
  }

  #put(view: AlertView): void {
    this.#store.put(view.id, () => ({ view, key: '', told: !this.#owed.has(view.id), toldAt: 0 }));
  }

  restore(view: AlertView): void {
    this.#views.set(view.id, view);
  }

  /** Those that were over first go first. */
  prune(): void {
    const before = this.#clock.now() - longest;
    for (const { id, resolvedAt = 0 } of this.#views.values()) {
      if (this.#views.size <= most && resolvedAt >= before) break;
      this.#views.delete(id);
      this.#owed.delete(id);
      this.#store.remove(id);
    }
  }

  /** Only those whose ids are left. */
  keep(ids: ReadonlySet<number>): void {
    for (const id of [...this.#views.keys()]) if (!ids.has(id)) this.#views.delete(id);
  }
}
