import { AppError } from '../errors/app-error.ts';
import { type Ipv4Address, type Ipv6Address, ipv4FromInteger, ipv4ToInteger } from '../model/ip-address.ts';
import { type MacAddress, macFromInteger, macToInteger } from '../model/mac-address.ts';
import type { Pool, Segment, Site } from '../model/site.ts';
import type { Ipv6Subnet } from '../model/subnet.ts';
import { type AddressBook, ipKey } from './address-book.ts';
import type { NicWish } from './nic-wishes.ts';
import { type NumberSpace, SpaceDraw } from './number-space.ts';
import type { ProposalContext } from './propose.ts';
import { stableIpv6 } from './stable-ipv6.ts';

/** New addresses for one proposal; each one given is written into the book. */
export class AddressSource {
  readonly #site: Site;
  readonly #book: AddressBook;
  readonly #context: ProposalContext;
  readonly #draws = new Map<Pool | Segment, SpaceDraw>();

  constructor(site: Site, book: AddressBook, context: ProposalContext) {
    this.#site = site;
    this.#book = book;
    this.#context = context;
  }

  /** From the pool of the NIC, of its segment, or the first one. Throws `not-found`, `pool-exhausted`. */
  mac(wish: NicWish): MacAddress {
    const pool = this.#poolFor(wish);
    const draw = this.#drawFrom(pool, () => macSpace(pool));
    const value = pool.strategy === 'random' ? draw.any(wish.id, this.#context.random) : draw.lowest(wish.id);
    const mac = macFromInteger(value);
    this.#book.hold(mac, wish.id);
    return mac;
  }

  /** The first free one after the gateway. Throws `pool-exhausted`. */
  ipv4(wish: NicWish): Ipv4Address {
    const { segment } = wish;
    const address = ipv4FromInteger(this.#drawFrom(segment, () => ipv4Space(segment)).lowest(wish.id));
    this.#book.hold(ipKey(segment.name, address), wish.id);
    return address;
  }

  /** Stable and opaque. Throws `pool-exhausted`. */
  ipv6(wish: NicWish, subnet: Ipv6Subnet): Ipv6Address {
    const { segment, guest, index, id } = wish;
    const address = stableIpv6(subnet, guest.name, index, this.#context.siteKey, (candidate) =>
      this.#book.openTo(ipKey(segment.name, candidate), guest.name),
    );
    if (address === undefined) {
      throw new AppError(
        'pool-exhausted',
        `segment "${segment.name}" (${subnet.text}) has no free IPv6 address for NIC "${id}"`,
        {
          details: { nic: id, segment: segment.name, free: 0 },
        },
      );
    }
    this.#book.hold(ipKey(segment.name, address), id);
    return address;
  }

  #poolFor(wish: NicWish): Pool {
    const name = wish.nic.pool ?? wish.segment.pool;
    const { pools } = this.#site;
    const pool = name === undefined ? pools[0] : pools.find((candidate) => candidate.name === name);
    if (pool !== undefined) return pool;
    throw new AppError(
      'not-found',
      name === undefined
        ? `NIC "${wish.id}" has no MAC address and the site has no pool to lease one from; expected one of them`
        : `NIC "${wish.id}" leases from pool "${name}", which the site does not have`,
    );
  }

  #drawFrom(from: Pool | Segment, space: () => NumberSpace): SpaceDraw {
    let draw = this.#draws.get(from);
    if (draw === undefined) {
      draw = new SpaceDraw(space(), this.#book, this.#context.now);
      this.#draws.set(from, draw);
    }
    return draw;
  }
}

function macSpace(pool: Pool): NumberSpace {
  const { first, last, text } = pool.range;
  return {
    title: `pool "${pool.name}" (${text})`,
    kind: 'MAC address',
    first,
    last,
    key: macFromInteger,
    value: (key) => {
      if (key.includes(' ')) return undefined;
      const value = macToInteger(key as MacAddress);
      return value >= first && value <= last ? value : undefined;
    },
  };
}

function ipv4Space(segment: Segment): NumberSpace {
  const { subnet, name } = segment;
  const [first, last] = [subnet.first + 2, subnet.last - 1];
  const prefix = ipKey(name, '');
  return {
    title: `segment "${name}" (${subnet.text})`,
    kind: 'IPv4 address',
    first,
    last,
    key: (value) => ipKey(name, ipv4FromInteger(value)),
    value: (key) => {
      if (!key.startsWith(prefix) || key.includes(':')) return undefined;
      const value = ipv4ToInteger(key.slice(prefix.length) as Ipv4Address);
      return value >= first && value <= last ? value : undefined;
    },
  };
}
