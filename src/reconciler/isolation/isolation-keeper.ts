import type { DesiredIsolation, Driver } from '../../drivers/driver.ts';
import { AppError } from '../../errors/app-error.ts';
import type { DesiredState } from '../../model/desired-state.ts';
import type { Observation } from '../../model/event.ts';
import { parseRate, type Rate, renderRate } from '../../model/quantity.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { Site } from '../../model/site.ts';
import { type Actor, type Asker, itself } from '../../registry/journal/journal.ts';
import type { Kept } from '../../registry/kept/kept.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../engine-parts.ts';
import { Serial } from '../serial.ts';
import type { Isolation, IsolationOrder, IsolationView } from './contract.ts';
import { nicsOf } from './read-order.ts';

const defaultSeconds = 3_600;
/** How often it is looked whether ports are still the same. */
const lookEvery = 1_000;
const mostWarnings = 20;

interface IsolationParts {
  readonly driver: Pick<Driver, 'isolate' | 'isolated'>;
  readonly kept: Kept;
  readonly clock: Clock;
  readonly log: Log;
  readonly site: () => Site | undefined;
  readonly desired: () => DesiredState | null;
  readonly publish: (observation: Observation) => void;
  /** The driver enforces a gateway. */
  readonly enforced: boolean;
}

/** As it is kept in the registry. */
interface StoredIsolation {
  readonly guest: string;
  readonly owner?: string;
  readonly limit?: Rate;
  readonly since: number;
  readonly until: number;
  readonly who: string;
  readonly reason: string;
  /** The tenant of its owner did it. */
  readonly tenant?: true;
}

/** One that holds; `ends` is by the monotonic clock, so that a clock that is set ends nothing early. */
interface Held extends StoredIsolation {
  readonly nic: string;
  readonly ends: number;
}

/** How the driver is told to isolate nothing. */
const nothing = '[]';

/** Whether a limit in place of `held` would let go of something. */
function isStricter(held: Held | undefined, limit: Rate | undefined): boolean {
  if (held === undefined) return false;
  const byHuman = held.who !== itself.who && !held.tenant;
  return byHuman || (held.limit === undefined && limit !== undefined);
}

/** Keeps NICs cut off or limited: over restarts, at whatever port they are, until their time is over. */
export class IsolationKeeper implements Isolation {
  readonly #parts: IsolationParts;
  readonly #serial = new Serial();
  readonly #held = new Map<string, Held>();
  #timer: NodeJS.Timeout | undefined;
  /** What the driver was told last; undefined when it may hold something else. */
  #applied: string | undefined;
  /** The site that is being put in place. */
  #next: DesiredState | null = null;
  #failing = false;
  #told = 0;

  constructor(parts: IsolationParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier process began, and ends in the kernel what should not be. */
  async start(): Promise<void> {
    const { kept, clock } = this.#parts;
    await this.#serial.run(async () => {
      for (const { id, body } of await kept.load<StoredIsolation>('isolation')) {
        // A host that starts with its clock years back lets go in time all the same.
        const left = Math.min(body.until - clock.now(), body.until - body.since);
        this.#held.set(id, { ...body, nic: id, ends: clock.monotonic() + left });
      }
      await this.#apply(true);
    });
    this.#timer = setInterval(() => this.#look(), lookEvery);
    this.#timer.unref();
  }

  /** The kernel goes on with what it was told. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#serial.idle();
  }

  async isolate(order: IsolationOrder, { who, from, onlyPlan, tenant }: Asker): Promise<IsolationView[]> {
    if (!this.#parts.enforced) {
      throw new AppError('unsupported', 'this registry enforces nothing on the wire, so no port can be isolated');
    }
    return this.#serial.run(async () => {
      const { seconds = defaultSeconds, reason } = order;
      const limit = order.limit === undefined ? undefined : parseRate(order.limit);
      const { guest, ids: meant } = nicsOf(this.#parts.site(), order);
      if (tenant !== undefined) this.#refuseForeign(meant);
      // No rule lets go of what a human, or another rule, has cut off.
      const ids = meant.filter((id) => who !== itself.who || !isStricter(this.#held.get(id), limit));
      const { clock, kept, publish } = this.#parts;
      const since = clock.now();
      const body: StoredIsolation = {
        guest: guest.name,
        ...(guest.owner === undefined ? {} : { owner: guest.owner }),
        ...(limit === undefined ? {} : { limit }),
        since,
        until: since + seconds * 1000,
        who,
        reason,
        ...(tenant === undefined ? {} : { tenant: true }),
      };
      const holding = new Map(ids.map((nic) => [nic, { ...body, nic, ends: clock.monotonic() + seconds * 1000 }]));
      if (onlyPlan) return this.#views(meant, (id) => holding.get(id) ?? this.#held.get(id));
      const before = ids.map((id) => [id, this.#held.get(id)] as const);
      for (const [nic, held] of holding) this.#held.set(nic, held);
      try {
        await this.#apply(true);
        await kept.change('isolation', { put: ids.map((id) => ({ id, body })) });
      } catch (error) {
        for (const [id, held] of before) {
          if (held) this.#held.set(id, held);
          else this.#held.delete(id);
        }
        // What fails here is made good by the next look.
        await this.#apply(true).catch(() => undefined);
        throw error;
      }
      const until = new Date(body.until).toISOString();
      const done = limit === undefined ? 'isolated' : `limited to ${renderRate(limit)}`;
      for (const nic of ids)
        publish(this.#observation(nic, `NIC "${nic}" was ${done} until ${until}: ${reason}`, done, { who, from }));
      return this.#views(meant);
    });
  }

  /**
   * The site is about to become `next`: ports of both are cut off until this is called again with what it became, so that
   * a NIC that moves is free at neither. Never rejects: no site waits for it.
   */
  async follow(next: DesiredState | null): Promise<void> {
    this.#next = next === this.#parts.desired() ? null : next;
    if (this.#held.size === 0) return;
    await this.#serial.run(() => this.#apply()).catch((error: unknown) => this.#complain(error));
  }

  async list(): Promise<IsolationView[]> {
    return this.#serial.run(() => this.#views([...this.#held.keys()]));
  }

  undo(choice: { readonly guest: string; readonly nic?: number }, actor: Asker): Promise<IsolationView[]> {
    return this.#serial.run(async () => {
      const { guest, nic } = choice;
      const wanted = nic === undefined ? `${guest}/` : `${guest}/${nic}`;
      const ids = [...this.#held.keys()].filter((id) => (nic === undefined ? id.startsWith(wanted) : id === wanted));
      if (ids.length === 0) {
        const what = nic === undefined ? `no NIC of guest ${quoteValue(guest)}` : `NIC ${quoteValue(wanted)} is not`;
        throw new AppError(
          'not-found',
          `${nic === undefined ? `${what} is` : what} isolated; \`bridgekeeper isolate\` shows those that are`,
        );
      }
      if (actor.tenant !== undefined) this.#refuseForeign(ids);
      const views = await this.#views(ids);
      if (!actor.onlyPlan) await this.#end(ids, `was let go by ${actor.who}`, actor);
      return views;
    });
  }

  /** A tenant lets go of nothing that others cut off, and puts nothing in its place. */
  #refuseForeign(ids: readonly string[]): void {
    const id = ids.find((each) => this.#held.has(each) && !this.#held.get(each)?.tenant);
    if (id === undefined) return;
    throw new AppError(
      'conflict',
      `NIC ${quoteValue(id)} is isolated, and not by you; only who did it can change that`,
    );
  }

  /** Lets go of all: the gateway is taken away. */
  clear(actor: Actor): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#held.size > 0) await this.#end([...this.#held.keys()], 'was let go with the gateway', actor);
    });
  }

  /** A sentence for each NIC that is cut off or limited, 20 at most. */
  warnings(): string[] {
    return [...this.#held.values()].slice(0, mostWarnings).map(({ nic, limit, until, who, reason }) => {
      const done = limit === undefined ? 'isolated' : `limited to ${renderRate(limit)}`;
      return `NIC "${nic}" is ${done} until ${new Date(until).toISOString()}, by ${who}: ${reason}`;
    });
  }

  /** NIC ids that are cut off or limited now, for alerts and metrics. */
  nics(): ReadonlySet<string> {
    return new Set(this.#held.keys());
  }

  async #views(
    ids: readonly string[],
    heldOf = (id: string): Held | undefined => this.#held.get(id),
  ): Promise<IsolationView[]> {
    const dropped = await this.#parts.driver.isolated();
    return ids.flatMap((id): IsolationView[] => {
      const held = heldOf(id);
      if (!held) return [];
      const { ends: _, limit, nic, ...rest } = held;
      const port = this.#parts.desired()?.nics.get(nic)?.port;
      return [
        {
          ...rest,
          nic,
          ...(port === undefined ? {} : { port }),
          ...(limit === undefined ? {} : { limit: renderRate(limit) }),
          dropped: (port === undefined ? undefined : dropped.get(port)) ?? 0,
        },
      ];
    });
  }

  /** Tells the driver when something is different; `anew`: in any case. */
  async #apply(anew = false): Promise<void> {
    const { driver, desired, clock } = this.#parts;
    const isolations = new Map<string, DesiredIsolation>();
    for (const { nic, limit, ends } of this.#held.values()) {
      const left = ends - clock.monotonic();
      if (left <= 0) continue;
      for (const site of [desired(), this.#next]) {
        const port = site?.nics.get(nic)?.port;
        // Two NICs may have one port while it goes from one to the other.
        if (port === undefined || isolations.has(port)) continue;
        isolations.set(port, { port, ...(limit === undefined ? {} : { limit }), until: clock.now() + left });
      }
    }
    const key = JSON.stringify([...isolations.values()].map(({ port, limit }) => [port, limit]));
    if (!anew && key === this.#applied) return;
    this.#applied = undefined;
    await driver.isolate([...isolations.values()]);
    this.#applied = key;
  }

  #look(): void {
    this.#serial
      .run(async () => {
        if (this.#held.size === 0 && this.#applied === nothing) return;
        // The kernel first: ports are followed also while the registry cannot be written.
        await this.#apply();
        const { clock, site } = this.#parts;
        const now = clock.monotonic();
        const over = [...this.#held.values()].filter(({ ends }) => ends <= now).map(({ nic }) => nic);
        if (over.length > 0) await this.#end(over, 'is let go: its time is over');
        const nics = new Map(site()?.guests.map(({ name, nics: own }) => [name as string, own.length]));
        const gone = [...this.#held.values()].filter(
          ({ nic, guest }) => Number(nic.slice(guest.length + 1)) >= (nics.get(guest) ?? 0),
        );
        if (gone.length > 0)
          await this.#end(
            gone.map(({ nic }) => nic),
            'is not part of the site any more',
          );
        this.#failing = false;
      })
      .catch((error: unknown) => this.#complain(error));
  }

  /** Once until a look succeeds. */
  #complain(error: unknown): void {
    if (!this.#failing) this.#parts.log.error({ error }, 'isolated ports could not be looked after');
    this.#failing = true;
  }

  async #end(ids: readonly string[], how: string, actor: Actor = itself): Promise<void> {
    const before = ids.flatMap((id) => this.#held.get(id) ?? []);
    for (const id of ids) this.#held.delete(id);
    try {
      await this.#parts.kept.change('isolation', { remove: ids });
    } catch (error) {
      for (const held of before) this.#held.set(held.nic, held);
      throw error;
    }
    for (const held of before)
      this.#parts.publish(this.#observation(held.nic, `NIC "${held.nic}" ${how}`, 'let go', actor, held));
    await this.#apply(true);
  }

  #observation(nic: string, text: string, done: string, { who, from }: Actor, held = this.#held.get(nic)): Observation {
    const port = this.#parts.desired()?.nics.get(nic);
    const { guest, owner } = held ?? {};
    return {
      kind: 'isolation',
      severity: 'info',
      subject: {
        nic,
        ...(guest === undefined ? {} : { guest }),
        ...(owner === undefined ? {} : { owner }),
        ...(port === undefined ? {} : { port: port.port, segment: port.segment }),
      },
      // Each is an event of its own: who let whom go, and for how long, is told one by one.
      detail: String(++this.#told),
      text,
      done,
      at: this.#parts.clock.now(),
      who,
      from,
    };
  }
}
