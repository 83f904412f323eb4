import type { Driver } from '../../drivers/driver.ts';
import { AppError } from '../../errors/app-error.ts';
import type { ObservationSink } from '../../events/contract.ts';
import type { DesiredState } from '../../model/desired-state.ts';
import type { Guest, Limits, Site } from '../../model/site.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../engine-parts.ts';
import { Serial } from '../serial.ts';
import type { GuestLimitsView, LimitsFilter, LimitsView, SessionLimits } from './contract.ts';
import { allowedOf, describeRefusal } from './describe-refusal.ts';
import { type NewRefusals, overAfter, RefusalBook } from './refusal-book.ts';

/** What the limits need of the engine around them. */
interface LimitParts {
  readonly driver: Pick<Driver, 'refusals' | 'sessionTable'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly site: () => Site | undefined;
  readonly desired: () => DesiredState | null;
  readonly events: ObservationSink;
}

const lookEvery = 2_000;
const mostWarnings = 20;
/** Share of the kernel's table from which on it is said that it is nearly full: the kernel drops at all of it. */
const nearlyFull = 0.8;

/** Sees who is refused, tells the stream of events, and says it in `status` while it lasts. */
export class LimitDesk implements SessionLimits {
  readonly #parts: LimitParts;
  readonly #book = new RefusalBook();
  readonly #serial = new Serial();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #failing = false;

  constructor(parts: LimitParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.look().then(() => this.start()), lookEvery);
    this.#timer.unref();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#serial.idle();
  }

  /** Takes in what the host counted. Never throws: a host that cannot be asked is logged once, and asked again. */
  look(): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#closed) return;
      try {
        const refusals = await this.#parts.driver.refusals();
        const site = this.#parts.site();
        this.#book.keep(new Set(site?.guests.map(({ name }) => name)));
        const fresh = this.#book.take(refusals, this.#parts.desired(), this.#parts.clock.now());
        for (const each of fresh) if (site) this.#publish(each, site);
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.#parts.log.error({ error }, 'who was refused new sessions cannot be seen');
        this.#failing = true;
      }
    });
  }

  async list({ all = false, guest }: LimitsFilter = {}): Promise<LimitsView> {
    await this.look();
    const site = this.#parts.site();
    if (guest !== undefined && !guestOf(site, guest)) throw new AppError('not-found', `there is no guest "${guest}"`);
    const refused = this.#book.guests();
    const shown = (site?.guests ?? []).filter(({ name }) =>
      guest === undefined ? all || refused.has(name) : name === guest,
    );
    return {
      sessions: site?.limits.sessions ?? 0,
      table: this.#parts.driver.sessionTable(),
      guests: shown
        .map((each) => this.#viewOf(each, (site as Site).limits))
        .sort((a, b) => (a.guest < b.guest ? -1 : 1)),
    };
  }

  warnings(): string[] {
    const site = this.#parts.site();
    if (!site) return [];
    const lasting = this.#book.lasting().slice(0, mostWarnings);
    const { count, max } = this.#parts.driver.sessionTable();
    const fill =
      max > 0 && count >= nearlyFull * max
        ? [
            `the kernel's table of sessions holds ${count} of ${max}: when it is full, new sessions of everybody are dropped; raise net.netfilter.nf_conntrack_max`,
          ]
        : [];
    return [
      ...fill,
      ...lasting.map(({ guest, limit, count: times, since }) => {
        const text = describeRefusal(guest, limit, site.limits, guestOf(site, guest)?.limits);
        return `${text} (${times} since ${new Date(since).toISOString()})`;
      }),
    ];
  }

  #publish({ guest, limit, count, last }: NewRefusals, site: Site): void {
    const { owner, limits } = guestOf(site, guest) ?? {};
    this.#parts.events.publish({
      kind: 'limit',
      severity: 'warning',
      subject: { guest, ...(owner === undefined ? {} : { owner }) },
      detail: limit,
      text: describeRefusal(guest, limit, site.limits, limits),
      at: last,
      count,
      lasts: { quietAfter: overAfter },
    });
  }

  #viewOf({ name, owner, limits: own }: Guest, limits: Limits): GuestLimitsView {
    return {
      guest: name,
      ...(owner === undefined ? {} : { owner }),
      ...allowedOf(limits, own),
      refused: this.#book.of(name),
    };
  }
}

const guestOf = (site: Site | undefined, name: string): Guest | undefined =>
  site?.guests.find((guest) => guest.name === name);
