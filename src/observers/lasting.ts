import type { BridgekeeperEvent, EventKind, Observation } from '../model/event.ts';
import type { ObserverParts } from './observer.ts';

/** What begins; whether and when it is over is told by the key that it was begun with. */
export type Begin = Omit<Observation, 'lasts' | 'last' | 'count'>;

/**
 * What an observer told to last. It is over for the subject that it began for, whatever has become of that since: a NIC
 * may have left the site.
 */
export class Lasting {
  readonly #parts: Pick<ObserverParts, 'events' | 'clock'>;
  readonly #begun = new Map<string, Begin>();

  constructor(parts: Pick<ObserverParts, 'events' | 'clock'>) {
    this.#parts = parts;
  }

  /**
   * Takes over what an earlier process told to last, or nobody would ever say that it is over. It is told once more: the
   * stream ends what nobody has seen for some minutes after a restart.
   */
  adopt(kind: EventKind, keyOf: (event: BridgekeeperEvent) => string | undefined): void {
    for (const event of this.#parts.events.lasting()) {
      const key = event.kind === kind ? keyOf(event) : undefined;
      if (key === undefined || this.#begun.has(key)) continue;
      this.#begun.set(key, event);
      const { id: _, state: __, count: ___, ...observation } = event;
      this.#parts.events.publish({ ...observation, last: this.#parts.clock.now(), lasts: 'begins' });
    }
  }

  has(key: string): boolean {
    return this.#begun.has(key);
  }

  keys(): string[] {
    return [...this.#begun.keys()];
  }

  /** What it says now; undefined while it does not last. */
  textOf(key: string): string | undefined {
    return this.#begun.get(key)?.text;
  }

  /** Nothing while it lasts already with the same text. */
  begin(key: string, observation: Omit<Begin, 'at'>): void {
    if (this.#begun.get(key)?.text === observation.text) return;
    const begun = { ...observation, at: this.#parts.clock.now() };
    this.#begun.set(key, begun);
    this.#parts.events.publish({ ...begun, lasts: 'begins' });
  }

  /** Nothing while it does not last. `text`: how it ended; unless given, that it is over. */
  over(key: string, text?: string): void {
    const begun = this.#begun.get(key);
    if (begun === undefined) return;
    this.#begun.delete(key);
    const { kind, subject, detail } = begun;
    this.#parts.events.publish({
      kind,
      subject,
      ...(detail === undefined ? {} : { detail }),
      severity: 'info',
      text: text ?? `it is over that ${begun.text}`,
      at: this.#parts.clock.now(),
      lasts: 'over',
    });
  }
}
