import { type Kysely, sql } from 'kysely';
import type { AppError } from '../../errors/app-error.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import { parseObject } from '../../model/parse-site.ts';
import { renderPortRange } from '../../model/port-range.ts';
import { forwardId } from '../../model/site.ts';
import { erasedGuest, type HoldingRow, type PortBlockRow, type Tables } from '../tables.ts';
import type {
  BlockHolding,
  HeldBetween,
  HeldSince,
  Holders,
  NicHolding,
  PublishedPort,
  SharedAddresses,
  Span,
} from './holders.ts';

/** Erased stretches that are told of: that there were some is all that is asked for. */
const mostErased = 100;

interface HolderStore {
  readonly db: Kysely<Tables>;
  /** Any failure as an AppError. */
  explain(error: unknown): AppError;
}

export class SqlHolders implements Holders {
  readonly #store: HolderStore;

  constructor(store: HolderStore) {
    this.#store = store;
  }

  between(from: number, to: number): HeldBetween {
    return new SqlHeldBetween(this.#store, from, to);
  }

  async sharedNow(): Promise<HeldSince> {
    const { db, explain } = this.#store;
    try {
      const blocks = await db
        .selectFrom('port_blocks')
        .select(['guest', 'first_port', 'last_port', 'share_id', 'since', 'until'])
        .where('until', 'is', null)
        .execute();
      // Not their bodies: of ten thousand forwards the times are all that the site itself does not tell.
      const forwards = await db
        .selectFrom('objects')
        .innerJoin('revisions as r', 'r.number', 'objects.first_revision')
        .select(['objects.name', sql<number>`coalesce(r.kernel_since, r.at)`.as('since')])
        .where('objects.kind', '=', 'forward')
        .where('objects.last_revision', 'is', null)
        .execute();
      const now = new SqlHeldBetween(this.#store, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
      return {
        blocks: blocks.map(blockOf),
        forwards: new Map(forwards.map(({ name, since }) => [name, Number(since)])),
        sameAddress: await now.sameAddress(),
      };
    } catch (error) {
      throw explain(error);
    }
  }
}

/** An object of the site as it was for a stretch of time. */
interface PastObject extends Span {
  readonly body: unknown;
}

class SqlHeldBetween implements HeldBetween {
  readonly #store: HolderStore;
  readonly #from: number;
  readonly #to: number;
  readonly #known = new Map<string, Promise<unknown>>();

  constructor(store: HolderStore, from: number, to: number) {
    this.#store = store;
    this.#from = from;
    this.#to = to;
  }

  shared(): Promise<readonly SharedAddresses[]> {
    return this.#once('shared', async () => {
      const past = await this.#objects('settings', sql<boolean>`name = 'site'`);
      return past.flatMap(({ body, ...span }) => {
        const { uplink } = parseObject('settings', body).value;
        if (uplink === undefined) return [];
        return [{ ...span, ipv4: uplink.ipv4, ...(uplink.ipv6 === undefined ? {} : { ipv6: uplink.ipv6 }) }];
      });
    });
  }

  blocksWith(port: number): Promise<readonly BlockHolding[]> {
    return this.#once(`blocks ${port}`, async () => {
      const rows = await this.#blocks().where('first_port', '<=', port).where('last_port', '>=', port).execute();
      return rows.map(blockOf);
    });
  }

  blocksOfShare(shareId: number): Promise<readonly BlockHolding[]> {
    return this.#once(`share ${shareId}`, async () => {
      const rows = await this.#blocks().where('share_id', '=', shareId).execute();
      return rows.map(blockOf);
    });
  }

  async publishedAt(port: number): Promise<readonly PublishedPort[]> {
    const [single, rest] = await Promise.all([
      this.#once(`forwards ${port}`, () => this.#forwards(sql<boolean>`name in (${`tcp/${port}`}, ${`udp/${port}`})`)),
      this.#once('ranges', async () => [
        ...(await this.#forwards(sql<boolean>`name like '%-%'`)),
        ...(await this.sameAddress()),
      ]),
    ]);
    return [...single, ...rest.filter(({ first, last }) => first <= port && last >= port)];
  }

  nicsWith(address: string): Promise<readonly NicHolding[]> {
    return this.#once(`address ${address}`, async () => {
      const rows = await this.#holdings()
        .where(address.includes(':') ? 'ipv6' : 'ipv4', '=', address)
        .execute();
      return rows.flatMap(holdingOf);
    });
  }

  nicsOf(guest: string): Promise<readonly NicHolding[]> {
    return this.#once(`guest ${guest}`, async () => {
      const rows = await this.#holdings().where('guest', '=', guest).execute();
      return rows.flatMap(holdingOf);
    });
  }

  erased(): Promise<readonly (Span & { readonly segment: string })[]> {
    return this.#once('erased', async () => {
      const rows = await this.#holdings().where('guest', 'is', null).limit(mostErased).execute();
      return rows.map((row) => ({ ...spanOf(row), segment: row.segment }));
    });
  }

  #holdings() {
    return this.#store.db
      .selectFrom('holdings')
      .selectAll()
      .where('since', '<=', this.#to)
      .where(({ or, eb }) => or([eb('until', 'is', null), eb('until', '>=', this.#from)]))
      .orderBy('since')
      .orderBy('id');
  }

  #blocks() {
    return this.#store.db
      .selectFrom('port_blocks')
      .select(['guest', 'first_port', 'last_port', 'share_id', 'since', 'until'])
      .where('since', '<=', this.#to)
      .where(({ or, eb }) => or([eb('until', 'is', null), eb('until', '>=', this.#from)]))
      .orderBy('since');
  }

  async #forwards(which: ReturnType<typeof sql<boolean>>): Promise<PublishedPort[]> {
    const past = await this.#objects('forward', which);
    return past.map(({ body, ...span }) => {
      const { value } = parseObject('forward', body);
      const { protocol, ports, to } = value;
      return { ...span, kind: 'forward', name: forwardId(value), protocol, ...ports, guest: to.guest, nic: to.nic };
    });
  }

  /** Same-address guests are few among the guests, whose bodies are all looked at by the database. */
  async sameAddress(): Promise<PublishedPort[]> {
    const past = await this.#objects('guest', sql<boolean>`body like '%same-address%'`);
    return past.flatMap(({ body, ...span }) => {
      const { share, ports, name: guest } = parseObject('guest', body).value;
      if (share !== 'same-address') return [];
      return ports.map((range): PublishedPort => {
        return { ...span, kind: 'same-address', name: renderPortRange(range), ...range, guest, nic: 0 };
      });
    });
  }

  async #objects(kind: Tables['objects']['kind'], which: ReturnType<typeof sql<boolean>>): Promise<PastObject[]> {
    const since = sql<number>`coalesce(r.kernel_since, r.at)`;
    const rows = await this.#store.db
      .selectFrom('objects')
      .innerJoin('revisions as r', 'r.number', 'objects.first_revision')
      .leftJoin('revisions as n', (join) => join.on(sql<boolean>`n.number = objects.last_revision + 1`))
      .select(['objects.body', since.as('since'), 'n.at as until'])
      .where('objects.kind', '=', kind)
      .where(which)
      .where(since, '<=', this.#to)
      .where(({ or, eb }) => or([eb('objects.last_revision', 'is', null), eb('n.at', '>=', this.#from)]))
      .execute();
    return rows.map((row) => ({ ...spanOf(row), body: JSON.parse(row.body) as unknown }));
  }

  #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    let known = this.#known.get(key) as Promise<T> | undefined;
    if (known === undefined) {
      known = read().catch((error: unknown) => {
        throw this.#store.explain(error);
      });
      this.#known.set(key, known);
    }
    return known;
  }
}

function spanOf({ since, until }: { since: number; until: number | null }): Span {
  return { since: Number(since), ...(until === null ? {} : { until: Number(until) }) };
}

function blockOf(row: Omit<PortBlockRow, 'id' | 'place'>): BlockHolding {
  const { guest, first_port: first, last_port: last, share_id: shareId } = row;
  return {
    ...spanOf(row),
    ...(guest === erasedGuest ? {} : { guest }),
    first,
    last,
    ...(shareId === null ? {} : { shareId }),
  };
}

function holdingOf(row: HoldingRow): NicHolding[] {
  const { guest, nic, owner, segment, mac, alias, state, ipv4, ipv6 } = row;
  if (guest === null || nic === null) return [];
  const shown = mac === null ? alias : macFromInteger(Number(mac));
  const addresses = { ...(ipv4 === null ? {} : { ipv4 }), ...(ipv6 === null ? {} : { ipv6 }) };
  const about = { ...(owner === null ? {} : { owner }), ...(shown === null ? {} : { mac: shown }) };
  return [{ ...spanOf(row), guest, nic: Number(nic), segment, state, ...about, ...addresses }];
}
