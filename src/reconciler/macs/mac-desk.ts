import { setImmediate } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.ts';
import type { Assignments } from '../../model/assignments.ts';
import { type MacAddress, macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import type { Site } from '../../model/site.ts';
import type { Actor } from '../../registry/journal/journal.ts';
import type { Lease, Leases } from '../../registry/leases/leases.ts';
import { capacityOf } from '../../registry/pools/capacity.ts';
import { quarantineOf } from '../../registry/quarantine.ts';
import type { ApplyResult } from '../engine-contract.ts';
import { countOthers, findPool, planCarve } from './carve.ts';
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
  PoolView,
  ReleaseAnswer,
  ReleaseRequest,
} from './contract.ts';
import { FillWatch } from './fill-watch.ts';
import { importNics } from './import-nics.ts';
import { LeaseViewer } from './lease-views.ts';
import { holderAt, listMacs } from './look-up.ts';
import { kindOf } from './mac-kind.ts';
import { planOrder } from './plan-order.ts';
import { countPool, poolHolding } from './pool-fill.ts';
import { viewPool } from './pool-views.ts';

/** What the desk needs of the engine around it. */
export interface DeskParts {
  readonly leases: Leases;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly site: () => Site | undefined;
  readonly assignments: () => Assignments;
  readonly poolOrigin: (name: string) => 'file' | 'api';
  readonly putPool: (body: Record<string, unknown>, actor: Actor) => Promise<ApplyResult>;
  readonly removePool: (name: string, actor: Actor) => Promise<ApplyResult>;
  /** Told after every change how many leases it was about. */
  readonly onChange?: ((leases: number) => void) | undefined;
  /** Writes a line into the journal. */
  readonly note: (kind: string, text: string) => Promise<void>;
}

/** Leases that are made ready to be shown without a pause. */
const viewedAtOnce = 2000;

/** Milliseconds of history that the growth of a pool is told from: a year. */
const historyTime = 365 * 86_400_000;

/** Leases that came in between make a carved part useless; then another is looked for. */
const carveAttempts = 5;

/** Leases, releases and looks up MAC addresses, in terms of the site's pools and segments. */
export class MacDesk implements Macs {
  readonly #parts: DeskParts;
  readonly #watch: FillWatch;
  #viewer: { site: Site | undefined; assignments: Assignments; viewer: LeaseViewer } | undefined;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#watch = new FillWatch(parts.leases, parts.now, (text) => parts.note('fill', text));
  }

  async lease(request: LeaseRequest, actor: Actor): Promise<LeaseAnswer> {
    const { leases, now } = this.#parts;
    const { state = 'active', requestKey } = request;
    const order = { ...planOrder(this.#parts.site(), request), state, actor, now: now() };
    const made = await leases.lease(requestKey === undefined ? order : { ...order, requestKey });
    this.#parts.onChange?.(made.length);
    return { leases: await this.#view(made), warnings: await this.#warningsAfter(made) };
  }

  async release(request: ReleaseRequest, actor: Actor): Promise<ReleaseAnswer> {
    const { leases, now } = this.#parts;
    const { ending, kept } = await chooseLeases(request, leases);
    if (request.dryRun || ending.length === 0)
      return { released: await this.#view(ending), kept: await this.#view(kept) };
    const released = await leases.release({
      ids: ending.map(({ id }) => id),
      quarantine: request.now ? () => 0 : (lease) => this.#quarantine(lease),
      actor,
      now: now(),
    });
    this.#parts.onChange?.(released.length);
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
    const value = macToInteger(mac);
    const pools = this.#parts.site()?.pools ?? [];
    const pool = poolHolding(pools, value);
    const history = await this.#view(await this.#parts.leases.ofMac(value));
    const lease = history.find((found) => this.#bars(found));
    return {
      mac,
      kind: kindOf(mac),
      ...(lease === undefined ? {} : { lease }),
      ...(pool === undefined
        ? {}
        : {
            pool: {
              name: pool.name,
              range: pool.range.text,
              strategy: pool.strategy,
              reserved: pool.reserved.some(({ first, last }) => value >= first && value <= last),
            },
          }),
      history,
    };
  }

  async who(text: string, at: number = this.#parts.now()): Promise<MacHolder> {
    const mac = parseMacAddress(text);
    const history = await this.#view(await this.#parts.leases.ofMac(macToInteger(mac)));
    return { mac, at, ...holderAt(history, at) };
  }

  async pools(): Promise<PoolView[]> {
    const views: PoolView[] = [];
    for (const { name } of this.#parts.site()?.pools ?? []) views.push(await this.#viewPool(name));
    return views;
  }

  async capacity(): Promise<PoolCapacity[]> {
    const { leases, now } = this.#parts;
    const pools = this.#parts.site()?.pools ?? [];
    const at = now();
    const views: PoolCapacity[] = [];
    for (const pool of pools) {
      const { held, quarantined, drawable } = await countPool(pool, pools, leases, at);
      const history = await leases.fillHistory(pool.name, at - historyTime);
      const parent = pool.parent === undefined ? {} : { parent: pool.parent };
      views.push({ pool: pool.name, ...parent, ...capacityOf(drawable, { at, held, quarantined }, history) });
    }
    return views;
  }

  import(request: ImportRequest, actor: Actor): Promise<ImportAnswer> {
    const { leases, site, now } = this.#parts;
    return importNics(request, { leases, site: site(), now: now(), actor });
  }

  async carve(parent: string, request: CarveRequest, actor: Actor): Promise<CarveAnswer> {
    const { leases, putPool, removePool, site } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      const { body, range } = await planCarve(parent, request, site(), leases);
      const { revision } = await putPool(body, actor);
      // From here on nobody else draws in the part; who did just before is the reason to look once more.
      const others = await countOthers(leases, range, request);
      if (others === 0) return { pool: await this.#viewPool(request.name), revision };
      await removePool(request.name, actor);
      if (request.range !== undefined || attempt === carveAttempts) {
        throw new AppError(
          'conflict',
          `Others leased in "${String(body.range)}" while pool "${parent}" was carved; try again`,
        );
      }
    }
  }

  async giveBack(name: string, actor: Actor): Promise<ApplyResult> {
    const { leases, site, removePool } = this.#parts;
    const { range } = findPool(site(), name);
    const held = { range, states: ['reserved', 'active', 'retiring'] as const };
    const count = await leases.count(held);
    if (count > 0) {
      const { leases: first } = await leases.list({ ...held, limit: 3 });
      const names = first.map((lease) => `${lease.mac} of ${holderOf(lease)}`).join(', ');
      throw new AppError(
        'conflict',
        `Pool "${name}" (${range.text}) cannot be given back: ${count} ${count === 1 ? 'lease' : 'leases'} of it ${count === 1 ? 'is' : 'are'} held (${names}${count > first.length ? ', …' : ''}); expected none`,
        { details: { held: count } },
      );
    }
    return removePool(name, actor);
  }

  fillWarnings(): Promise<string[]> {
    return this.#watch.warnings(this.#parts.site()?.pools ?? []);
  }

  #viewPool(name: string): Promise<PoolView> {
    const { leases, now, site, poolOrigin } = this.#parts;
    const pools = site()?.pools ?? [];
    return viewPool(findPool(site(), name), pools, poolOrigin(name), leases, now());
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

function holderOf({ guest, nic, owner, id }: Lease): string {
  if (guest !== undefined) return `NIC "${guest}/${nic ?? 0}"`;
  return owner === undefined ? `lease ${id}` : `owner "${owner}"`;
}
