import { AppError } from '../../errors/app-error.ts';
import { parseUuid } from '../../model/names.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { type Guest, nicId, type Pool, type Segment, type Site } from '../../model/site.ts';
import type { LeaseOrder, LeaseWish, SegmentSpace } from '../../registry/leases/leases.ts';
import { type PoolSpace, PoolTree, type PoolWish, poolSpaceOf } from '../../registry/pools/pool-space.ts';
import type { LeaseItem, LeaseRequest } from './contract.ts';
import { readAddresses, readLabel, readUnicast, unknownName } from './read-item.ts';

/** Addresses of one request at most; more come in several. */
export const mostItems = 100_000;

/** The part of an order that the request decides. */
export type OrderParts = Pick<LeaseOrder, 'pool' | 'wishes' | 'segments' | 'owner' | 'comment'>;

/** Turns what was asked for into an order, in terms of the site's pools and segments. Pure. Throws as `Macs` says. */
export function planOrder(site: Site | undefined, request: LeaseRequest): OrderParts {
  const planner = new OrderPlanner(site, request);
  const { items, count } = request;
  if ((items === undefined) === (count === undefined)) {
    throw new AppError(
      'value-invalid',
      'The request has neither or both of "items" and "count"; expected one of the two',
    );
  }
  if (count !== undefined) return planner.planCount(count);
  return planner.planItems(items ?? []);
}

/** What was asked for, the same text for the same request however its keys were ordered. The key itself is no part. */
export function renderRequest({ requestKey: _, state = 'active', ...request }: LeaseRequest): string {
  return JSON.stringify({ ...request, state }, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function checkCount(count: number, what: string): void {
  if (Number.isInteger(count) && count >= 1 && count <= mostItems) return;
  throw new AppError('value-invalid', `${what} is ${count}; expected a whole number from 1 to ${mostItems}`);
}

/** Reads items one by one, with what they need of the site looked up once. */
export class OrderPlanner {
  readonly #request: LeaseRequest;
  readonly #pools: readonly Pool[];
  readonly #tree: PoolTree;
  readonly #segments: ReadonlyMap<string, Segment>;
  readonly #guests: ReadonlyMap<string, Guest>;
  readonly #spaces = new Map<string, PoolSpace>();
  readonly #used = new Map<string, SegmentSpace>();

  constructor(site: Site | undefined, request: LeaseRequest) {
    this.#request = request;
    this.#pools = site?.pools ?? [];
    this.#tree = new PoolTree(this.#pools);
    this.#segments = new Map((site?.segments ?? []).map((segment) => [segment.name, segment]));
    this.#guests = new Map((site?.guests ?? []).map((guest) => [guest.name, guest]));
  }

  planCount(count: number): OrderParts {
    checkCount(count, 'The count of addresses');
    const { owner, segment, pool, host } = this.#request;
    const found = segment === undefined ? undefined : this.#segment(segment);
    const wishes = found === undefined ? count : Array.from({ length: count }, () => ({ segment: found.name }));
    return this.#order(wishes, this.#space({ pool: pool ?? found?.pool, owner, segment, host }));
  }

  planItems(items: readonly LeaseItem[]): OrderParts {
    checkCount(items.length, 'The number of items');
    const wishes = items.map((item, index) => {
      try {
        return this.wish(item);
      } catch (error) {
        if (items.length === 1 || !(error instanceof AppError)) throw error;
        throw new AppError(error.code, `Item ${index + 1} of ${items.length}: ${error.message}`, { cause: error });
      }
    });
    return this.#order(wishes, undefined);
  }

  /** Segments that the wishes so far are in. */
  segments(): SegmentSpace[] {
    return [...this.#used.values()];
  }

  #shared(): LeaseItem {
    const { pool, owner, segment, host, comment } = this.#request;
    const given = { pool, owner, segment, host, comment };
    return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  }

  #order(wishes: LeaseOrder['wishes'], pool: PoolSpace | undefined): OrderParts {
    const { owner, comment } = this.#request;
    return {
      wishes,
      segments: this.segments(),
      ...(pool === undefined ? {} : { pool }),
      ...(owner === undefined ? {} : { owner: readLabel('owner', owner) }),
      ...(comment === undefined ? {} : { comment }),
    };
  }

  /** What one item wishes for. Throws as `Macs` says. */
  wish(asked: LeaseItem): LeaseWish {
    const item = this.#withSite({ ...this.#shared(), ...asked });
    const segment = item.segment === undefined ? undefined : this.#segment(item.segment);
    const mac = item.mac === undefined ? undefined : readUnicast(item.mac);
    const { owner, host, comment } = item;
    const wish: LeaseWish = {
      ...(item.guest === undefined ? {} : { guest: readLabel('guest', item.guest), nic: item.nic ?? 0 }),
      ...(item.uuid === undefined ? {} : { uuid: parseUuid(item.uuid) }),
      ...(owner === undefined ? {} : { owner: readLabel('owner', owner) }),
      ...(segment === undefined ? {} : { segment: segment.name }),
      ...(comment === undefined ? {} : { comment }),
      ...readAddresses(item, segment),
    };
    if (item.guest === undefined && item.nic !== undefined) {
      throw new AppError('value-invalid', `NIC index ${item.nic} belongs to no guest; expected a guest beside it`);
    }
    if (mac !== undefined) return { ...wish, mac };
    return { ...wish, pool: this.#space({ pool: item.pool ?? segment?.pool, owner, segment: segment?.name, host }) };
  }

  /** What the site says of its own NICs holds for them here too. */
  #withSite(item: LeaseItem): LeaseItem {
    const guest = item.guest === undefined ? undefined : this.#guests.get(item.guest);
    const nic = guest?.nics[item.nic ?? 0];
    if (guest === undefined || nic === undefined) return item;
    if (item.segment !== undefined && item.segment !== nic.segment) {
      throw new AppError(
        'conflict',
        `NIC "${nicId(guest.name, item.nic ?? 0)}" is in segment "${nic.segment}" by the site; expected that segment or none, seen ${quoteValue(item.segment)}`,
      );
    }
    if (item.owner !== undefined && guest.owner !== undefined && item.owner !== guest.owner) {
      throw new AppError(
        'conflict',
        `NIC "${nicId(guest.name, item.nic ?? 0)}" belongs to owner "${guest.owner}" by the site; expected that owner or none, seen ${quoteValue(item.owner)}`,
      );
    }
    return {
      ...item,
      segment: nic.segment,
      ...(guest.owner === undefined ? {} : { owner: guest.owner }),
      ...(guest.uuid === undefined ? {} : { uuid: guest.uuid }),
      ...(nic.pool === undefined ? {} : { pool: nic.pool }),
    };
  }

  #segment(name: string): Segment {
    const segment = this.#segments.get(name);
    if (segment === undefined) throw unknownName('segment', name, [...this.#segments.keys()]);
    if (!this.#used.has(name)) {
      const { subnet, subnet6, address6 } = segment;
      this.#used.set(name, { name, subnet, ...(subnet6 === undefined ? {} : { subnet6 }), address6 });
    }
    return segment;
  }

  #space(wish: PoolWish): PoolSpace {
    const pool = this.#tree.choose(wish);
    if (pool === undefined) {
      if (wish.pool !== undefined)
        throw unknownName(
          'pool',
          wish.pool,
          this.#pools.map(({ name }) => name),
        );
      throw new AppError(
        'not-found',
        'There is no pool to lease from; make one with `bridgekeeper mac pool add default 02:1a:3f:00:00:00/24`',
      );
    }
    const known = this.#spaces.get(pool.name) ?? poolSpaceOf(pool, this.#pools);
    this.#spaces.set(pool.name, known);
    return known;
  }
}
