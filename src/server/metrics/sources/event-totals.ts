import type { BridgekeeperEvent } from '../../../model/event.ts';
import type { Events } from '../../../reconciler/events/contract.ts';
import { countUp, Samples } from '../samples.ts';

/** Events whose count is remembered, so that more of the same can be added. */
const mostKnown = 20_000;

interface PortCount {
  readonly labels: { readonly port: string; readonly guest?: string; readonly owner?: string };
  readonly offence: string;
  count: number;
}

/**
 * Counts events as they come. Memory is bounded: by kind and severity, by offence, and `mostPorts` ports and offences;
 * what does not fit is counted as port `_other`.
 */
export class EventTotals {
  readonly #mostPorts: number;
  readonly #began = new Map<string, { kind: string; severity: string; count: number }>();
  /** Counts that were added already, by id of the event; those that were heard of longest ago first. */
  readonly #added = new Map<number, number>();
  /** Ids up to this one may have been forgotten. */
  #forgotten = 0;
  readonly #offences = new Map<string, number>();
  readonly #ports = new Map<string, PortCount>();
  #events: Pick<Events, 'listen' | 'lasting'> | undefined;
  #stop: (() => void) | undefined;

  constructor(mostPorts: number) {
    this.#mostPorts = mostPorts;
  }

  /** Counts what comes until `close`. What goes on from before this process is known, but not counted again. */
  start(events: Pick<Events, 'listen' | 'lasting'>): void {
    this.#events = events;
    for (const event of [...events.lasting()].reverse()) {
      if (event.at < performance.timeOrigin) this.#remember(event.id, event.count);
      else this.take(event);
    }
    this.#stop = events.listen((event) => this.take(event));
  }

  close(): void {
    this.#stop?.();
  }

  take(event: BridgekeeperEvent): void {
    const { id, kind, severity, count } = event;
    // The journal cannot be written just now; it comes again with an id.
    if (id === 0) return;
    const before = this.#added.get(id);
    // Forgotten meanwhile: what of it was counted is not known any more.
    const more = before === undefined && id <= this.#forgotten ? 0 : count - (before ?? 0);
    if (before === undefined && id > this.#forgotten) {
      const key = `${kind} ${severity}`;
      const began = this.#began.get(key) ?? { kind, severity, count: 0 };
      began.count += 1;
      this.#began.set(key, began);
    }
    this.#remember(id, count);
    if (kind === 'violation' && more > 0) this.#addViolation(event, more);
  }

  samples(): Samples {
    const samples = new Samples();
    for (const { kind, severity, count } of this.#began.values())
      samples.add('bridgekeeper_events_total', count, { kind, severity });
    const lasting = new Map<string, number>();
    for (const { kind } of this.#events?.lasting() ?? []) countUp<string>(lasting, kind);
    for (const [kind, count] of lasting) samples.add('bridgekeeper_events_lasting', count, { kind });
    for (const [offence, count] of this.#offences) samples.add('bridgekeeper_violations_total', count, { offence });
    for (const { labels, offence, count } of this.#ports.values())
      samples.add('bridgekeeper_port_violations_total', count, { offence, ...labels });
    return samples;
  }

  #remember(id: number, count: number): void {
    // The last that was heard of stands last: what goes on is not forgotten for what is over.
    this.#added.delete(id);
    this.#added.set(id, count);
    if (this.#added.size <= mostKnown) return;
    const [oldest] = this.#added.keys();
    if (oldest === undefined) return;
    this.#added.delete(oldest);
    this.#forgotten = Math.max(this.#forgotten, oldest);
  }

  #addViolation({ subject, detail: offence = 'other' }: BridgekeeperEvent, more: number): void {
    countUp(this.#offences, offence, more);
    const { port, guest, owner } = subject;
    const key = JSON.stringify([port, guest, owner, offence]);
    let held = port === undefined ? undefined : this.#ports.get(key);
    if (held === undefined && port !== undefined && this.#ports.size < this.#mostPorts) {
      const labels = { port, ...(guest === undefined ? {} : { guest }), ...(owner === undefined ? {} : { owner }) };
      held = { labels, offence, count: 0 };
      this.#ports.set(key, held);
    }
    if (held === undefined) {
      const rest = `_other ${offence}`;
      held = this.#ports.get(rest) ?? { labels: { port: '_other' }, offence, count: 0 };
      this.#ports.set(rest, held);
    }
    held.count += more;
  }
}
