import { AppError } from '../../errors/app-error.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { Site } from '../../model/site.ts';
import type { SilenceOrder, SilenceView } from '../../reconciler/alerts/contract.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import type { TrackedAlert } from './tracked-alert.ts';

/** More than anyone keeps an eye on. */
const mostSilences = 1_000;

/** A silence, and its end by the monotonic clock: a clock that is set ends none early. */
interface Held extends SilenceView {
  readonly ends: number;
}

/** Silences: durable, and over when their time is. */
export class SilenceBook {
  readonly #kept: Kept;
  readonly #clock: Clock;
  readonly #held = new Map<number, Held>();

  constructor(kept: Kept, clock: Clock) {
    this.#kept = kept;
    this.#clock = clock;
  }

  async load(): Promise<void> {
    const now = this.#clock.monotonic();
    for (const { body } of await this.#kept.load<SilenceView>('silence')) {
      // A clock that was wrong when it was made, or is wrong now, makes none longer than it was meant.
      const left = Math.min(body.until - this.#clock.now(), body.until - body.since);
      this.#held.set(body.id, { ...body, ends: now + left });
    }
  }

  async add(id: number, order: SilenceOrder, who: string): Promise<SilenceView> {
    const view = this.plan(order, who, id);
    await this.#kept.change('silence', { put: [{ id: String(id), body: view }] });
    this.#held.set(id, { ...view, ends: this.#clock.monotonic() + order.seconds * 1000 });
    return view;
  }

  /** The silence that an order would make; it has no number yet. */
  plan(order: SilenceOrder, who: string, id = 0): SilenceView {
    if (this.#held.size >= mostSilences) {
      throw new AppError('conflict', `there are ${mostSilences} silences already; end some with "alerts unsilence"`);
    }
    const { seconds, ...rest } = order;
    const since = this.#clock.now();
    return { id, ...rest, since, until: since + seconds * 1000, who };
  }

  one(id: number): SilenceView {
    const held = this.#held.get(id);
    if (!held)
      throw new AppError('not-found', `there is no silence ${id}; \`bridgekeeper alerts silences\` shows them`);
    return viewOf(held);
  }

  async remove(id: number): Promise<SilenceView> {
    const view = this.one(id);
    await this.#kept.change('silence', { remove: [String(id)] });
    this.#held.delete(id);
    return view;
  }

  /** Those whose time is over, which are gone with that. */
  async expire(): Promise<readonly SilenceView[]> {
    const now = this.#clock.monotonic();
    const over = [...this.#held.values()].filter(({ ends }) => ends <= now);
    if (over.length === 0) return [];
    for (const { id } of over) this.#held.delete(id);
    await this.#kept.change('silence', { remove: over.map(({ id }) => String(id)) });
    return over.map(viewOf);
  }

  list(): SilenceView[] {
    return [...this.#held.values()].map(viewOf);
  }

  /** The silence that keeps an alert from being told. */
  over({ rule, subject }: TrackedAlert): number | undefined {
    const now = this.#clock.monotonic();
    for (const silence of this.#held.values()) {
      if (silence.ends <= now) continue;
      if (silence.rule !== undefined && silence.rule !== rule.name) continue;
      if (silence.guest !== undefined && silence.guest !== subject.guest) continue;
      if (silence.segment !== undefined && silence.segment !== subject.segment) continue;
      if (silence.ofOwner !== undefined && silence.ofOwner !== subject.owner) continue;
      return silence.id;
    }
    return undefined;
  }
}

function viewOf({ ends: _, ...view }: Held): SilenceView {
  return view;
}

/** A silence with a name that is misspelt would silence nothing, and nobody would notice. Throws `not-found`. */
export function refuseUnknownNames(
  order: SilenceOrder,
  rules: readonly { readonly name: string }[],
  site: Site | undefined,
): void {
  const nameOf = ({ name }: { readonly name: string }): string => name;
  refuseUnknown('rule', order.rule, rules.map(nameOf));
  refuseUnknown('guest', order.guest, site?.guests.map(nameOf) ?? []);
  refuseUnknown('segment', order.segment, site?.segments.map(nameOf) ?? []);
  refuseUnknown('owner', order.ofOwner, new Set(site?.guests.flatMap(({ owner }) => owner ?? [])));
}

function refuseUnknown(kind: string, name: string | undefined, names: Iterable<string>): void {
  if (name === undefined) return;
  const all = [...names];
  if (all.includes(name)) return;
  const near = nearestName(name, all);
  const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
  throw new AppError('not-found', `there is no ${kind} ${quoteValue(name)}${hint}`);
}
