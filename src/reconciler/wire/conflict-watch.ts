import type { ObservationSink } from '../../events/contract.ts';
import type { EventSubject, Observation } from '../../model/event.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Lease } from '../../registry/leases/leases.ts';
import type { Conflict, NewConflict, Seen } from '../../registry/seen/seen.ts';
import { type FoundConflict, freshFor } from './find-conflicts.ts';
import type { Home } from './homes.ts';

/** A port that claims more addresses of others than this is named for these; more would only fill the journal. */
const perPort = 32;
/** Milliseconds between two notes of a conflict that goes on. */
const noteEvery = 60_000;
/** An acknowledged conflict that was not seen for so long begins anew when it comes back. */
const acknowledgedFor = 7 * 86_400_000;

const placeOf = ({ mac, otherHost, otherDevice }: Pick<Conflict, 'mac' | 'otherHost' | 'otherDevice'>): string =>
  `${mac} ${otherHost} ${otherDevice}`;

/** One sentence that names both places. `nic`: whose port the other place is. */
function describeConflict(conflict: Omit<Conflict, 'id' | 'lease' | 'state'>, nic?: string): string {
  const { mac, holder, host, device, otherHost, otherDevice, otherKind } = conflict;
  const home = device === undefined ? 'is plugged in nowhere' : `is at port "${device}" of host "${host}"`;
  const what = otherKind === 'interface' ? 'interface' : 'port';
  const whose = nic === undefined ? '' : ` (NIC "${nic}")`;
  const dropped = otherKind === 'offender' ? ', where the guard drops it' : '';
  return `MAC address ${macFromInteger(mac)} of ${/^(?:lease|owner) /.test(holder) ? holder : `NIC "${holder}"`} ${home}, and was seen at ${what} "${otherDevice}" of host "${otherHost}"${whose}${dropped}`;
}

/** What watching conflicts needs. */
interface ConflictParts {
  readonly seen: Seen;
  readonly events: ObservationSink;
  readonly nicAt: (host: string, device: string) => Home | undefined;
  /** Who is at a device, as far as it is one of this host. */
  readonly subjectAt: (host: string, device: string) => EventSubject;
}

/**
 * Raises each conflict once, keeps in mind how long it lasts, and closes it when nothing was seen of it for minutes. The
 * event is about whoever is at the other place, not about the holder.
 */
export class ConflictWatch {
  readonly #parts: ConflictParts;
  readonly #seen: Seen;
  #told = false;

  constructor(parts: ConflictParts) {
    this.#parts = parts;
    this.#seen = parts.seen;
  }

  /** `leaseOf` finds the lease of an address; one that is nobody's by now is no conflict. Answers those that are new. */
  async follow(
    found: readonly FoundConflict[],
    leaseOf: (mac: number) => Promise<Lease | undefined>,
    now: number,
  ): Promise<readonly Conflict[]> {
    this.#tellStanding(now);
    const standing = new Map<string, Conflict>();
    const perPlace = new Map<string, number>();
    for (const conflict of this.#seen.conflicts()) {
      if (conflict.state === 'resolved') continue;
      standing.set(placeOf(conflict), conflict);
      count(perPlace, conflict);
    }
    const changed: Conflict[] = [];
    const fresh = new Map<string, FoundConflict>();
    for (const conflict of found) {
      const known = standing.get(placeOf(conflict));
      if (known === undefined) {
        if (!fresh.has(placeOf(conflict)) && count(perPlace, conflict) <= perPort)
          fresh.set(placeOf(conflict), conflict);
      } else if (conflict.lastAt - known.lastAt >= noteEvery) {
        const later = { ...known, lastAt: conflict.lastAt };
        standing.set(placeOf(conflict), later);
        changed.push(later);
        if (later.state === 'open') this.#publish(later, { lasts: 'begins' });
      }
    }
    if (changed.length > 0) await this.#seen.update(changed, []);
    await this.#close([...standing.values()], found, now);
    return this.#raise([...fresh.values()], leaseOf);
  }

  async #raise(
    fresh: readonly FoundConflict[],
    leaseOf: (mac: number) => Promise<Lease | undefined>,
  ): Promise<readonly Conflict[]> {
    const conflicts: NewConflict[] = [];
    for (const conflict of fresh) {
      const lease = await leaseOf(conflict.mac);
      if (lease === undefined) continue;
      conflicts.push({ ...conflict, lease: lease.id, state: 'open' });
    }
    if (conflicts.length === 0) return [];
    const raised = await this.#seen.raise(conflicts);
    for (const conflict of raised) this.#publish(conflict, { lasts: 'begins' });
    return raised;
  }

  async #close(standing: readonly Conflict[], found: readonly FoundConflict[], now: number): Promise<void> {
    const alive = new Set(found.map(placeOf));
    const over = standing.filter((conflict) => {
      const patience = conflict.state === 'open' ? freshFor : acknowledgedFor;
      return !alive.has(placeOf(conflict)) && conflict.lastAt < now - patience;
    });
    if (over.length === 0) return;
    await this.#seen.update(
      over.map((conflict) => ({ ...conflict, state: 'resolved' })),
      [],
    );
    for (const conflict of over) {
      const last = `it was last seen there at ${new Date(conflict.lastAt).toISOString()}`;
      this.end(conflict, `conflict ${conflict.id} is over: ${last}`, now);
    }
  }

  /** Tells that a conflict is none any more. */
  end(conflict: Conflict, text: string, at: number): void {
    this.#publish(conflict, { lasts: 'over', text, at });
  }

  /** What an earlier daemon found goes on, also where the journal does not know of it. */
  #tellStanding(now: number): void {
    if (this.#told) return;
    this.#told = true;
    for (const conflict of this.#seen.conflicts())
      if (conflict.state === 'open') this.#publish(conflict, { lasts: 'begins', at: now, count: 0 });
  }

  #publish(conflict: Conflict, more: Pick<Observation, 'lasts'> & Partial<Observation>): void {
    const { mac, host, device, otherHost, otherDevice, otherKind, firstAt, lastAt } = conflict;
    const { events, nicAt, subjectAt } = this.#parts;
    events.publish({
      kind: 'conflict',
      severity: otherKind === 'offender' ? 'warning' : 'critical',
      subject: { ...subjectAt(otherHost, otherDevice), object: macFromInteger(mac) },
      detail: `conflict-${conflict.id}`,
      text: describeBoth(conflict, nicAt),
      seen: `${macFromInteger(mac)} at "${otherDevice}" of host "${otherHost}"`,
      expected: device === undefined ? 'nowhere' : `only at port "${device}" of host "${host}"`,
      at: firstAt,
      last: lastAt,
      ...more,
    });
  }
}

export function describeBoth(conflict: Conflict, nicAt: (host: string, device: string) => Home | undefined): string {
  return describeConflict(conflict, nicAt(conflict.otherHost, conflict.otherDevice)?.nic);
}

function count(counts: Map<string, number>, { otherHost, otherDevice }: FoundConflict): number {
  const place = `${otherHost} ${otherDevice}`;
  const next = (counts.get(place) ?? 0) + 1;
  counts.set(place, next);
  return next;
}
