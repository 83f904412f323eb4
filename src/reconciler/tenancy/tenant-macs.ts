import { createHash } from 'node:crypto';
import type { AppError } from '../../errors/app-error.ts';
import { parseMacAddress } from '../../model/mac-address.ts';
import { ownPrefix } from '../../model/owner.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { nicId } from '../../model/site.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type {
  LeaseAnswer,
  LeaseItem,
  LeaseRequest,
  MacDetails,
  MacFilter,
  MacLease,
  Macs,
  ReleaseAnswer,
  ReleaseRequest,
} from '../macs/contract.ts';
import { blindly, closedToTenants, reading, tellTenant } from './blind-failures.ts';
import type { BlindNumbers } from './blind-numbers.ts';
import { refuseOver } from './check-turn.ts';
import { countAddresses, nicsOfAddresses } from './count-addresses.ts';
import type { OwnSite } from './own-site.ts';
import { blindRotation } from './tenant-rotations.ts';

interface MacParts {
  readonly macs: Macs;
  readonly owner: string;
  readonly own: () => OwnSite;
  readonly ids: BlindNumbers;
  readonly nameOf: (who: string) => string;
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Leases that a release may name before it is one for an operator. */
const mostNamed = 1_000;

/** Says what of the request cannot be read, and nothing of what there is. */
const aboutTheRequest = ['value-invalid'] as const;

const refused = (sentence: string): AppError => tellTenant('forbidden', sentence);

/** MAC addresses of one owner. Pools, and who else holds what, are the operators' business. */
export class TenantMacs implements Macs {
  readonly #parts: MacParts;

  constructor(parts: MacParts) {
    this.#parts = parts;
  }

  lease(request: LeaseRequest, actor: Asker): Promise<LeaseAnswer> {
    const { macs, owner, alone, nameOf } = this.#parts;
    return blindly(
      () =>
        alone(async () => {
          this.#checkShared(request);
          for (const item of request.items ?? []) this.#checkItem(item, item.segment ?? request.segment);
          if (request.count !== undefined) this.#checkItem({}, request.segment);
          await this.#checkQuota(request);
          const { leases } = await macs.lease(
            { ...request, owner, ...this.#keyed(request) },
            { ...actor, who: nameOf(actor.who) },
          );
          return { leases: leases.map((lease) => this.#shown(lease)), warnings: [] };
        }),
      aboutTheRequest,
    );
  }

  release(request: ReleaseRequest, actor: Asker): Promise<ReleaseAnswer> {
    const { macs, owner, alone, nameOf } = this.#parts;
    return blindly(
      () =>
        alone(async () => {
          const { owner: named, now, macs: addresses = [], nics = [] } = request;
          if (now) throw refused('addresses of tenants rest before others get them; leave "now" out');
          if (named !== undefined && named !== owner)
            throw tellTenant('not-found', `there is no owner ${quoteValue(named)} whose leases you could release`);
          if (addresses.length + nics.length > mostNamed)
            throw tellTenant(
              'value-invalid',
              `the request names ${addresses.length + nics.length} leases; expected at most ${mostNamed}`,
            );
          const held = await this.#held();
          for (const text of addresses) {
            const mac = reading(() => parseMacAddress(text));
            if (!held.some((lease) => lease.mac === mac))
              throw tellTenant('not-found', `MAC address ${quoteValue(text)} is not leased by a request of yours`);
          }
          for (const { guest, nic } of nics) {
            if (!held.some((lease) => lease.guest === guest && lease.nic === nic))
              throw tellTenant(
                'not-found',
                `NIC ${quoteValue(nicId(guest, nic))} holds no MAC address that you leased by a request`,
              );
          }
          const answer = await macs.release(
            { ...request, ...this.#keyed(request) },
            { ...actor, who: nameOf(actor.who) },
          );
          const own = (leases: readonly MacLease[]): MacLease[] =>
            leases.filter((lease) => lease.owner === owner).map((lease) => this.#shown(lease));
          return { released: own(answer.released), kept: own(answer.kept) };
        }),
      aboutTheRequest,
    );
  }

  list(filter: MacFilter, page: { from?: number; limit: number }): Promise<{ leases: MacLease[]; next?: number }> {
    const { macs, owner, ids } = this.#parts;
    return blindly(async () => {
      if (filter.pool !== undefined) throw closedToTenants('Looking into a pool');
      if (filter.owner !== undefined && filter.owner !== owner) return { leases: [] };
      const { limit, from } = page;
      const found = await macs.list(
        { ...filter, owner },
        { limit, ...(from === undefined ? {} : { from: ids.see(from) }) },
      );
      const next = found.next === undefined ? {} : { next: ids.blind(found.next) };
      return { leases: found.leases.map((lease) => this.#shown(lease)), ...next };
    }, aboutTheRequest);
  }

  show(text: string): Promise<MacDetails> {
    return blindly(async () => {
      reading(() => parseMacAddress(text));
      const { kind, mac, history, lease, rotation } = await this.#parts.macs.show(text);
      const own = history.filter((each) => each.owner === this.#parts.owner);
      if (own.length === 0) throw tellTenant('not-found', `MAC address ${quoteValue(text)} is not and was not yours`);
      return {
        mac,
        kind,
        ...(lease?.owner === this.#parts.owner ? { lease: this.#shown(lease) } : {}),
        history: own.map((each) => this.#shown(each)),
        seen: [],
        conflicts: [],
        ...(rotation?.owner === this.#parts.owner ? { rotation: blindRotation(rotation) } : {}),
        journal: [],
      };
    });
  }

  async who(): Promise<never> {
    throw closedToTenants('Who held an address');
  }

  async pools(): Promise<never> {
    throw closedToTenants('The list of pools');
  }

  async map(): Promise<never> {
    throw closedToTenants('The map of a pool');
  }

  async capacity(): Promise<never> {
    throw closedToTenants('How full pools are');
  }

  async import(): Promise<never> {
    throw closedToTenants('Importing addresses');
  }

  async carve(): Promise<never> {
    throw closedToTenants('Dividing a pool');
  }

  async giveBack(): Promise<never> {
    throw closedToTenants('Removing a pool');
  }

  async fillWarnings(): Promise<never> {
    throw closedToTenants('How full pools are');
  }

  /** Where an address comes from is decided for tenants: which are taken nobody learns by asking for them. */
  #checkShared({ pool, host, owner, probe, adopt }: LeaseRequest): void {
    if (pool !== undefined || host !== undefined)
      throw refused('tenants get addresses from the pool that is theirs; leave "pool" and "host" out');
    if (probe !== undefined || adopt !== undefined)
      throw refused('how an address is looked for is not for tenants to say; leave "probe" and "adopt" out');
    this.#checkOwner(owner);
  }

  #checkOwner(owner: string | undefined): void {
    if (owner === undefined || owner === this.#parts.owner) return;
    throw refused(
      `addresses would be of owner ${quoteValue(owner)}; expected ${quoteValue(this.#parts.owner)}, or none`,
    );
  }

  #checkItem({ guest, nic = 0, owner, pool, host, mac, ip4, ip6 }: LeaseItem, segment: string | undefined): void {
    const { guests, entry, exclusive } = this.#parts.own();
    if (entry === undefined)
      throw refused(
        `owner ${quoteValue(this.#parts.owner)} is not in \`owners\` of the site, so its tenant cannot lease addresses`,
      );
    this.#checkOwner(owner);
    if (pool !== undefined || host !== undefined || mac !== undefined)
      throw refused('tenants get MAC addresses from the pool that is theirs; leave "pool", "host" and "mac" out');
    if (segment !== undefined && !entry.segments.includes(segment as (typeof entry.segments)[number]))
      throw tellTenant('not-found', `there is no segment ${quoteValue(segment)} that you could lease addresses in`);
    if ((ip4 ?? ip6) !== undefined && !(segment !== undefined && exclusive.has(segment)))
      throw refused(
        'IP addresses can be named only in a segment that is for one owner alone; leave "ip4" and "ip6" out',
      );
    if (guest === undefined || guests.has(guest)) return;
    const prefix = ownPrefix(this.#parts.owner);
    if (!guest.startsWith(prefix))
      throw refused(
        `NIC ${quoteValue(nicId(guest, nic))} cannot be yours; expected a guest whose name begins with ${quoteValue(prefix)}`,
      );
  }

  async #checkQuota({ items, count, requestKey }: LeaseRequest): Promise<void> {
    const { macs, owner, own } = this.#parts;
    const site = own();
    const used = [...site.guests.values()].reduce((sum, { nics }) => sum + nics.length, 0);
    const was = used + nicsOfAddresses(await countAddresses(macs, owner));
    const held = await this.#held();
    // What a NIC has already it gets again, and so does who asks again with a key.
    const known = (item: LeaseItem): boolean =>
      item.guest !== undefined &&
      (site.guests.get(item.guest)?.nics[item.nic ?? 0] !== undefined ||
        held.some((lease) => lease.guest === item.guest && lease.nic === (item.nic ?? 0)));
    const fresh = count ?? (items ?? []).filter((item) => !known(item)).length;
    if (requestKey !== undefined && (await this.#isRepeated(requestKey))) return;
    refuseOver(owner, 'nics', site, { was, is: was + fresh });
  }

  /** Leases that were made under a key are there already; a release that only asks tells without an own question. */
  async #isRepeated(requestKey: string): Promise<boolean> {
    try {
      const { released, kept } = await this.#parts.macs.release(
        { ...this.#keyed({ requestKey }), dryRun: true },
        { who: this.#parts.owner, from: 'this host' },
      );
      return released.length + kept.length > 0;
    } catch {
      return false;
    }
  }

  /** Leases of the owner by request that hold an address. */
  async #held(): Promise<MacLease[]> {
    const { macs, owner } = this.#parts;
    const held: MacLease[] = [];
    let from: number | undefined;
    do {
      const page = await macs.list(
        { owner, states: ['reserved', 'active', 'retiring'] },
        { limit: 10_000, ...(from === undefined ? {} : { from }) },
      );
      held.push(...page.leases.filter(({ source }) => source === 'request'));
      from = page.next;
    } while (from !== undefined);
    return held;
  }

  /** Keys of requests are of one name space: an owner has one of its own in it. */
  #keyed({ requestKey }: { requestKey?: string }): { requestKey?: string } {
    if (requestKey === undefined) return {};
    const digest = createHash('sha256').update(`${this.#parts.owner}\0${requestKey}`).digest('hex');
    return { requestKey: `tenant ${digest}` };
  }

  #shown({ pool: _, id, ...lease }: MacLease): MacLease {
    return { ...lease, id: this.#parts.ids.blind(id) };
  }
}
