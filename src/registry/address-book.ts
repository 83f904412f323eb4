import { AppError } from '../errors/app-error.ts';
import type { NicAssignment } from '../model/assignments.ts';
import { nicId } from '../model/site.ts';
import { claimRefused } from './claim-refused.ts';
import { holdsAddress } from './leases/lease-states.ts';
import type { Lease } from './leases/leases.ts';
import { isForTaking, restsFor } from './leases/take-over.ts';
import type { NicWish } from './nic-wishes.ts';

/** NICs of the site as they will be: those that keep all they have, and those that still wish for something. */
export type ProposedNics = ReadonlyMap<string, NicAssignment | NicWish>;

/** MACs are unique in the whole site, IP addresses in their segment. */
export const ipKey = (segment: string, address: string): string => `${segment} ${address}`;

/** What keeps an address from a NIC; `leaving`: a NIC gives it up in the very change that is being proposed. */
interface Bar {
  readonly why: 'held' | 'leaving' | 'resting';
  readonly lease: Lease;
}

/** Who has what while one proposal is made: the leases of the registry, and what the proposal gave already. */
export class AddressBook {
  readonly #proposed: ProposedNics;
  readonly #given = new Map<string, string>();
  readonly #leases = new Map<string, Lease>();

  constructor(proposed: ProposedNics) {
    this.#proposed = proposed;
  }

  /** Leases that keep addresses from others, by their keys. An address is only asked about after it was learnt about. */
  learn(leases: ReadonlyMap<string, Lease>): void {
    for (const [key, lease] of leases) this.#leases.set(key, lease);
  }

  /** Takes an address that was drawn; false when this proposal gave it to another NIC already. */
  take(key: string, wish: NicWish): boolean {
    if (this.#given.has(key)) return false;
    this.#given.set(key, wish.id);
    return true;
  }

  /** Whether a NIC may have the address (again): nobody holds it, and it rests for no other guest. */
  openTo(key: string, wish: NicWish): boolean {
    return !this.#given.has(key) && this.#barOf(key, wish) === undefined;
  }

  /**
   * Takes an address that the site names. One that is released by the very same change may be taken (that is how two
   * guests swap, and how a guest gets another name), and one that is leased for nobody in particular by a guest of its
   * owner; one from an earlier change stays in quarantine. Throws `conflict`.
   */
  claim(key: string, kind: string, address: string, wish: NicWish): void {
    const other = this.#given.get(key);
    if (other !== undefined && other !== wish.id) {
      throw new AppError(
        'conflict',
        `${kind} "${address}" of NIC "${wish.id}" is already held by NIC "${other}"; expected an address that is free`,
        { details: { address, nic: wish.id, holder: other } },
      );
    }
    const bar = this.#barOf(key, wish);
    // A lease goes with its MAC address: who names the IP address alone has no claim to it.
    const names = bar?.lease.mac === wish.nic.mac;
    const makesRoom = bar?.why === 'leaving' || (names && bar && isForTaking(bar.lease, wish.guest.owner));
    if (bar !== undefined && !makesRoom) throw claimRefused(key, wish.id, bar.lease);
    this.#given.set(key, wish.id);
  }

  #barOf(key: string, wish: NicWish): Bar | undefined {
    const lease = this.#leases.get(key);
    if (lease === undefined) return undefined;
    if (!holdsAddress(lease.state))
      return restsFor(lease, wish.guest.name, wish.guest.owner) ? undefined : { why: 'resting', lease };
    const holder = holderOf(lease);
    if (lease.source === 'request') return holder === wish.id ? undefined : { why: 'held', lease };
    if (keeps(this.#proposed.get(holder), key)) return holder === wish.id ? undefined : { why: 'held', lease };
    return lease.guest === wish.guest.name ? undefined : { why: 'leaving', lease };
  }
}

/** The NIC that holds a lease; the lease itself when it is nobody's in particular. */
function holderOf({ id, guest, nic }: Lease): string {
  return guest === undefined || nic === undefined ? `lease ${id}` : nicId(guest, nic);
}

function keeps(nic: NicAssignment | NicWish | undefined, key: string): boolean {
  if (nic === undefined) return false;
  if (!key.includes(' ')) return nic.mac === key || nic.also?.mac === key;
  const segment = typeof nic.segment === 'string' ? nic.segment : nic.segment.name;
  return key === ipKey(segment, nic.ipv4 ?? '') || key === ipKey(segment, nic.ipv6 ?? '');
}
