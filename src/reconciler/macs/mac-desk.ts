import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.ts';
import type { Assignments } from '../../model/assignments.ts';
import { type MacAddress, macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import type { Site } from '../../model/site.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { Lease, LeaseOrder } from '../../registry/leases/leases.ts';
import { quarantineOf } from '../../registry/quarantine.ts';
import type { ApplyResult, PlanResult } from '../engine-contract.ts';
import { findPool } from './carve.ts';
import { chooseLeases } from './choose-leases.ts';
import type {
  CarveAnswer,
  CarveRequest,
  ImportAnswer,
  ImportRequest,
  LeaseAnswer,
  LeaseRequest,
  MacDetails,
  MacFilter,
  MacHolder,
  MacLease,
  Macs,
  PoolCapacity,
  PoolMap,
  PoolMapQuery,
  PoolView,
  ReleaseAnswer,
  ReleaseRequest,
} from './contract.ts';
import { describeSurroundings, poolOf, type Surroundings } from './describe-mac.ts';
import { FillWatch } from './fill-watch.ts';
import { importNics } from './import-nics.ts';
import { LeaseViewer } from './lease-views.ts';
import { holderAt, listMacs } from './look-up.ts';
import { kindOf } from './mac-kind.ts';
import { planOrder, renderRequest } from './plan-order.ts';
import { PoolDesk, type PoolDeskParts } from './pool-desk.ts';
import { poolHolding } from './pool-fill.ts';

/** What the desk needs of the engine around it. */
export interface DeskParts extends Surroundings, PoolDeskParts {
  readonly assignments: () => Assignments;
  /** Told after every change how many leases it was about. */
  readonly onChange?: ((leases: number) => void) | undefined;
  /** Looks on the wire for what an order names, and for what it would get. */
  readonly prepare: (order: LeaseOrder, options: Pick<LeaseRequest, 'probe' | 'adopt'>) => Promise<LeaseOrder>;
  /** Writes a line into the journal. */
  readonly note: (kind: string, text: string) => Promise<void>;
}

/** Leases that are made ready to be shown without a pause. */
const viewedAtOnce = 2000;

/** Leases, releases and looks up MAC addresses, in terms of the site's pools and segments. */
export class MacDesk implements Macs {
  readonly #parts: DeskParts;
  readonly #watch: FillWatch;
  readonly #pools: PoolDesk;
  #viewer: { site: Site | undefined; assignments: Assignments; viewer: LeaseViewer } | undefined;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#pools = new PoolDesk(parts);
    this.#watch = new FillWatch(parts.leases, parts.now, (text) => parts.note('fill', text));
  }

  async lease(request: LeaseRequest, actor: Asker): Promise<LeaseAnswer> {
    const { leases, now } = this.#parts;
    const { state = 'active', requestKey } = request;
    const plan = actor.onlyPlan ? { onlyPlan: true } : {};
    const order = { ...planOrder(this.#parts.site(), request), ...plan, state, actor, now: now() };
    const keyed = requestKey === undefined ? order : { ...order, requestKey, request: renderRequest(request) };
    const ready = await this.#parts.prepare(keyed, request);
    const made = await leases.lease(ready);
    if (actor.onlyPlan) {
      // What a look on the wire chose beforehand is anybody's again.
      if (ready.asked !== undefined) leases.giveBack(made.map(({ mac }) => macToInteger(mac as MacAddress)));
      return { leases: await this.#view(made), warnings: [] };
    }
    this.#parts.onChange?.(made.length);
    return { leases: await this.#view(made), warnings: await this.#warningsAfter(made) };
  }

  async release(request: ReleaseRequest, actor: Asker): Promise<ReleaseAnswer> {
    const { leases, now } = this.#parts;
    const { ending, kept } = await chooseLeases(request, leases);
    const onlyPlan = request.dryRun === true || actor.onlyPlan === true;
    if (ending.length === 0) return { released: [], kept: await this.#view(kept) };
    const released = await leases.release({
      onlyPlan,
      ids: ending.map(({ id }) => id),
      quarantine: request.now ? () => 0 : (lease) => this.#quarantine(lease),
      actor,
      now: now(),
    });
    if (!onlyPlan) this.#parts.onChange?.(released.length);
    return { released: await this.#view(released), kept: await this.#view(kept) };
  }

  async list(
    filter: MacFilter,
    page: { from?: number; limit: number },
  ): Promise<{ leases: MacLease[]; next?: number }> {
    const pool = filter.pool === undefined ? undefined : findPool(this.#parts.site(), filter.pool);
    const found = await listMacs(this.#parts.leases, filter, pool?.range, page);
    return { ...found, leases: await this.#view(found.leases) };
  }

  async show(text: string): Promise<MacDetails> {
    const mac = parseMacAddress(text);
    const pools = this.#parts.site()?.pools ?? [];
    const history = await this.#view(await this.#parts.leases.ofMac(macToInteger(mac)));
    const lease = history.find((found) => this.#bars(found));
    const around = await describeSurroundings(mac, this.#parts);
    return {
      mac,
      kind: kindOf(mac),
      ...(lease === undefined ? {} : { lease }),
      ...poolOf(mac, pools),
      history,
      ...around,
    };
  }

  async who(text: string, at: number = this.#parts.now()): Promise<MacHolder> {
    const mac = parseMacAddress(text);
    if (at > this.#parts.now()) {
      throw new AppError(
        'value-invalid',
        `Time ${new Date(at).toISOString()} has not come yet; expected one that is past`,
      );
    }
    const history = await this.#view(await this.#parts.leases.ofMac(macToInteger(mac)));
    return { mac, at, ...holderAt(history, at) };
  }

  import(request: ImportRequest, actor: Asker): Promise<ImportAnswer> {
    const { leases, site, now } = this.#parts;
    const order = actor.onlyPlan ? { ...request, dryRun: true } : request;
    return importNics(order, { leases, site: site(), now: now(), actor });
  }

  pools(): Promise<PoolView[]> {
    return this.#pools.pools();
  }

  map(pool: string, query: PoolMapQuery): Promise<PoolMap> {
    return this.#pools.map(pool, query);
  }

  capacity(): Promise<PoolCapacity[]> {
    return this.#pools.capacity();
  }

  carve(parent: string, request: CarveRequest, actor: Asker): Promise<CarveAnswer> {
    return this.#pools.carve(parent, request, actor);
  }

  giveBack(name: string, actor: Asker): Promise<ApplyResult | PlanResult> {
    return this.#pools.giveBack(name, actor);
  }

  fillWarnings(): Promise<string[]> {
    return this.#watch.warnings(this.#parts.site()?.pools ?? []);
  }

  fills(): ReturnType<FillWatch['fills']> {
    return this.#watch.fills(this.#parts.site()?.pools ?? []);
  }

  async #view(leases: readonly Lease[]): Promise<MacLease[]> {
    const site = this.#parts.site();
    const assignments = this.#parts.assignments();
    if (this.#viewer?.site !== site || this.#viewer?.assignments !== assignments) {
      this.#viewer = { site, assignments, viewer: new LeaseViewer(site, assignments) };
    }
    const { viewer } = this.#viewer;
    const views: MacLease[] = [];
    for (let first = 0; first < leases.length; first += viewedAtOnce) {
      // A bulk of them must not keep others waiting.
      if (first > 0) await setImmediate();
      views.push(...leases.slice(first, first + viewedAtOnce).map((lease) => viewer.view(lease)));
    }
    return views;
  }

  #bars({ state, freeAt }: Lease): boolean {
    return state !== 'free' && (state !== 'quarantined' || (freeAt ?? 0) > this.#parts.now());
  }

  /** Never shorter than the DHCP lease that the guest may still go by. */
  #quarantine(lease: Lease): number {
    const site = this.#parts.site();
    const dhcp = site?.segments.find(({ name }) => name === lease.segment)?.dhcp?.lease ?? 0;
    return Math.max(dhcp, quarantineOf(lease.mac as MacAddress, site?.pools ?? []));
  }

  async #warningsAfter(made: readonly Lease[]): Promise<string[]> {
    const pools = this.#parts.site()?.pools ?? [];
    const counts = new Map<(typeof pools)[number], number>();
    for (const { mac } of made) {
      const pool = poolHolding(pools, macToInteger(mac as MacAddress));
      if (pool !== undefined) counts.set(pool, (counts.get(pool) ?? 0) + 1);
    }
    const warnings: string[] = [];
    for (const [pool, count] of counts) warnings.push(...(await this.#watch.leased(pool, pools, count)));
    return warnings;
  }
}
