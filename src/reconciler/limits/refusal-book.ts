import type { Refusal } from '../../drivers/driver.ts';
import type { DesiredState } from '../../model/desired-state.ts';
import type { LimitKind, RefusalView } from './contract.ts';

/** Milliseconds without a refusal after which it is over. */
export const overAfter = 5 * 60_000;

const limitKinds: readonly LimitKind[] = ['new-sessions', 'sessions', 'all-sessions', 'host'];

/** What a guest is refused by one limit, from the first refusal until there was none for a while. */
interface Episode {
  readonly guest: string;
  readonly limit: LimitKind;
  count: number;
  readonly since: number;
  last: number;
  over: boolean;
}

/** New refusals of a guest since the look before. */
export interface NewRefusals {
  readonly guest: string;
  readonly limit: LimitKind;
  readonly count: number;
  /** When the last of them was (ms since the epoch). */
  readonly last: number;
}

const keyOf = ({ limit, of }: Refusal): string => `${limit} ${Object.values(of).join('')}`;

/** Finds the guest that an address, a mark or a MAC address belongs to. */
function guestsOf(desired: DesiredState): (of: Refusal['of']) => string | undefined {
  const byKey = new Map<string | number, string>();
  for (const nic of desired.nics.values()) {
    for (const key of [nic.ipv4, nic.ipv6, nic.mac, nic.also]) if (key !== undefined) byKey.set(key, nic.guest);
  }
  for (const { shareId, guest } of desired.sameAddress.values()) byKey.set(shareId, guest);
  return (of) => byKey.get('address' in of ? of.address : 'mac' in of ? of.mac : of.shareId);
}

/**
 * Makes of the kernel's counts who is refused what, since when. Pure but for what it remembers: at most four episodes a
 * guest.
 */
export class RefusalBook {
  /** Counts of the kernel at the last look. */
  #counts = new Map<string, number>();
  readonly #episodes = new Map<string, Episode>();

  /** Takes in a look at the host; answers what is new. */
  take(refusals: readonly Refusal[], desired: DesiredState | null, now: number): NewRefusals[] {
    const counts = new Map<string, number>();
    const fresh: NewRefusals[] = [];
    const guestOf = desired === null || refusals.length === 0 ? () => undefined : guestsOf(desired);
    for (const refusal of refusals) {
      const key = keyOf(refusal);
      counts.set(key, refusal.count);
      const before = this.#counts.get(key) ?? 0;
      // Fewer than before: the rules were made anew, and everything that is counted came after that.
      const more = refusal.count < before ? refusal.count : refusal.count - before;
      const guest = more > 0 ? guestOf(refusal.of) : undefined;
      if (guest !== undefined) fresh.push(this.#add(guest, refusal, more, now));
    }
    this.#counts = counts;
    for (const episode of this.#episodes.values()) episode.over ||= now - episode.last >= overAfter;
    return fresh;
  }

  /** The latest first. */
  of(guest: string): RefusalView[] {
    return limitKinds
      .flatMap((limit) => this.#episodes.get(`${guest} ${limit}`) ?? [])
      .map(viewOf)
      .sort((a, b) => b.last - a.last);
  }

  /** Guests with refusals. */
  guests(): Set<string> {
    return new Set([...this.#episodes.values()].map(({ guest }) => guest));
  }

  /** What is going on, the latest first. */
  lasting(): { guest: string; limit: LimitKind; count: number; since: number }[] {
    return [...this.#episodes.values()].filter(({ over }) => !over).sort((a, b) => b.last - a.last);
  }

  /** Forgets guests that are gone. */
  keep(guests: ReadonlySet<string>): void {
    for (const [key, { guest }] of this.#episodes) if (!guests.has(guest)) this.#episodes.delete(key);
  }

  #add(guest: string, { limit, ago }: Refusal, count: number, now: number): NewRefusals {
    const key = `${guest} ${limit}`;
    const last = now - ago;
    const known = this.#episodes.get(key);
    if (known === undefined || known.over) {
      this.#episodes.set(key, { guest, limit, count, since: last, last, over: false });
    } else {
      known.count += count;
      known.last = Math.max(known.last, last);
    }
    return { guest, limit, count, last };
  }
}

const viewOf = ({ limit, count, since, last, over }: Episode): RefusalView => ({
  limit,
  count,
  since,
  last,
  lasting: !over,
});
