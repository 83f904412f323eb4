import { isAppError } from '../../../errors/app-error.ts';
import type { Engine } from '../../../reconciler/engine-contract.ts';
import type { GuestLimitsView } from '../../../reconciler/limits/contract.ts';
import type { GuestSessions, SessionSummary } from '../../../reconciler/sessions/contract.ts';
import { countUp, Samples, type SharedLabels } from '../samples.ts';
import { RefusalTotals } from './refusal-totals.ts';

/** Most guests that `sessions.summary` tells of. */
const mostSummary = 10_000;

const other: SharedLabels = { guest: '_other' };

/** What one guest, or all that have no series of their own, have in common. */
interface GuestSums {
  readonly labels: SharedLabels;
  open: number;
  limit: number;
  used: number;
  size: number;
  readonly refused: Map<string, number>;
}

const newSums = (labels: SharedLabels): GuestSums => ({
  labels,
  open: 0,
  limit: 0,
  used: 0,
  size: 0,
  refused: new Map(),
});

/** Sessions, their limits and who was refused more; of guests by name, the rest as `_other`. */
export class SessionSource {
  readonly #engine: Pick<Engine, 'sessions' | 'limits'>;
  readonly #mostGuests: number;
  readonly #refusals = new RefusalTotals();
  /** Kept from look to look, because prom-client renders an object of labels once. */
  #labels = new Map<string, SharedLabels>();

  constructor(engine: Pick<Engine, 'sessions' | 'limits'>, mostGuests: number) {
    this.#engine = engine;
    this.#mostGuests = mostGuests;
  }

  async collect(): Promise<Samples> {
    const summary = await this.#summary();
    const limits = await this.#engine.limits.list({ all: true });
    this.#refusals.take(limits.guests);
    const samples = new Samples();
    samples.add('bridgekeeper_sessions_limit', limits.sessions);
    if (summary !== undefined) {
      samples.add('bridgekeeper_sessions_open', summary.all.sessions);
      for (const [protocol, open] of Object.entries(summary.all.protocols))
        samples.add('bridgekeeper_protocol_sessions_open', open, { protocol });
    }
    for (const [limit, count] of this.#refusals.byLimit)
      samples.add('bridgekeeper_sessions_refused_total', count, { limit });
    if (this.#mostGuests > 0) this.#addGuests(samples, limits.guests, summary);
    return samples;
  }

  /** Undefined without a gateway. */
  async #summary(): Promise<SessionSummary | undefined> {
    try {
      return await this.#engine.sessions.summary({ limit: mostSummary });
    } catch (error) {
      if (isAppError(error) && error.code === 'unsupported') return undefined;
      throw error;
    }
  }

  #addGuests(samples: Samples, guests: readonly GuestLimitsView[], summary: SessionSummary | undefined): void {
    const open = new Map(summary?.guests.map((each) => [each.guest, each] as const));
    const labels = new Map<string, SharedLabels>();
    const rest = newSums(other);
    // By name, so that it is the same guests each time.
    for (const [place, each] of guests.entries()) {
      if (place >= this.#mostGuests) {
        this.#sum(rest, each, open.get(each.guest));
        continue;
      }
      const own = this.#labelsOf(each);
      labels.set(each.guest, own);
      const sums = newSums(own);
      this.#sum(sums, each, open.get(each.guest));
      addGuest(samples, sums, summary !== undefined);
    }
    if (guests.length > this.#mostGuests) addGuest(samples, rest, summary !== undefined);
    this.#labels = labels;
  }

  #labelsOf({ guest, owner }: GuestLimitsView): SharedLabels {
    const held = this.#labels.get(guest);
    if (held !== undefined && held.owner === owner) return held;
    return { guest, ...(owner === undefined ? {} : { owner }) };
  }

  #sum(sums: GuestSums, { guest, sessions: limit }: GuestLimitsView, open: GuestSessions | undefined): void {
    sums.limit += limit;
    sums.open += open?.sessions ?? 0;
    sums.used += open?.ports.used ?? 0;
    sums.size += open?.ports.size ?? 0;
    for (const [kind, count] of this.#refusals.of(guest)) countUp(sums.refused, kind, count);
  }
}

function addGuest(samples: Samples, { labels, open, limit, used, size, refused }: GuestSums, gateway: boolean): void {
  samples.add('bridgekeeper_guest_sessions_limit', limit, undefined, labels);
  if (gateway) samples.add('bridgekeeper_guest_sessions_open', open, undefined, labels);
  if (size > 0) {
    samples.add('bridgekeeper_guest_ports_used', used, undefined, labels);
    samples.add('bridgekeeper_guest_ports_size', size, undefined, labels);
  }
  for (const [kind, count] of refused)
    samples.add('bridgekeeper_guest_sessions_refused_total', count, { limit: kind }, labels);
}
