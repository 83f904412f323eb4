import type { Refusal } from '../../drivers/driver.ts';
import type { DesiredState } from '../../model/desired-state.ts';
import type { LimitKind, RefusalView } from './contract.ts';

/** Milliseconds without a refusal after which it is over. */
export const overAfter = 5 * 60_000;
/** Milliseconds between two notes of one that goes on. */
const noteEvery = 3_600_000;

const limitKinds: readonly LimitKind[] = ['new-sessions', 'sessions', 'all-sessions', 'host'];

/** What a guest is refused by one limit, from the first refusal until there was none for a while. */
interface Episode {
  readonly guest: string;
  readonly limit: LimitKind;
  count: number;
  readonly since: number;
  last: number;
  notedAt: number;
  over: boolean;
}

/** Something for the journal. */
export interface RefusalNote extends RefusalView {
  readonly guest: string;
  readonly stage: 'begins' | 'goes on' | 'is over';
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

  /** Takes in a look at the host; answers what the journal should hear. */
  take(refusals: readonly Refusal[], desired: DesiredState | null, now: number): RefusalNote[] {
    const counts = new Map<string, number>();
    const notes: RefusalNote[] = [];
    const guestOf = desired === null || refusals.length === 0 ? () => undefined : guestsOf(desired);
    for (const refusal of refusals) {
      const key = keyOf(refusal);
      counts.set(key, refusal.count);
      const before = this.#counts.get(key) ?? 0;
      // Fewer than before: the rules were made anew, and everything that is counted came after that.
      const more = refusal.count < before ? refusal.count : refusal.count - before;
      const guest = more > 0 ? guestOf(refusal.of) : undefined;
      if (guest !== undefined) notes.push(...this.#add(guest, refusal, more, now));
    }
    this.#counts = counts;
    for (const episode of this.#episodes.values()) {
      if (episode.over || now - episode.last < overAfter) continue;
      episode.over = true;
      notes.push({ ...viewOf(episode), guest: episode.guest, stage: 'is over' });
    }
    return notes;
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

  #add(guest: string, { limit, ago }: Refusal, more: number, now: number): RefusalNote[] {
    const key = `${guest} ${limit}`;
    const last = now - ago;
    const known = this.#episodes.get(key);
    if (known === undefined || known.over) {
      const episode = { guest, limit, count: more, since: last, last, notedAt: now, over: false };
      this.#episodes.set(key, episode);
      return [{ ...viewOf(episode), guest, stage: 'begins' }];
    }
    known.count += more;
    known.last = Math.max(known.last, last);
    if (now - known.notedAt < noteEvery) return [];
    known.notedAt = now;
    return [{ ...viewOf(known), guest, stage: 'goes on' }];
  }
}

const viewOf = ({ limit, count, since, last, over }: Episode): RefusalView => ({
  limit,
  count,
  since,
  last,
  lasting: !over,
});
