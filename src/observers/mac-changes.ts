import type { DesiredNic, DesiredState } from '../model/desired-state.ts';

/**
 * Which NICs changed their MAC address, when: they were given another one (a new lease), or another one was seen behind
 * their port. A rotation is none: somebody ordered it, it is in the journal, and the guest follows it.
 */
export class MacChanges {
  readonly #now: () => number;
  /** NICs and their addresses, as of the last site. */
  #nics: ReadonlyMap<string, DesiredNic> | undefined;
  /** NICs by segment. */
  #counts = new Map<string, number>();
  /** When a NIC changed last (by a clock that only goes on). */
  readonly #changedAt = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The site is another one. */
  follow(desired: DesiredState | null): void {
    const before = this.#nics;
    const nics: ReadonlyMap<string, DesiredNic> = desired?.nics ?? new Map();
    this.#nics = nics;
    this.#counts = new Map();
    for (const [id, nic] of nics) {
      this.#counts.set(nic.segment, (this.#counts.get(nic.segment) ?? 0) + 1);
      const was = before?.get(id);
      if (was === undefined || was === nic) continue;
      // In a rotation it has its new address beside the old one first, and then the new one alone.
      if (![was.mac, was.also].includes(nic.mac)) this.#note(id, this.#now());
    }
    for (const id of this.#changedAt.keys()) if (!nics.has(id)) this.#changedAt.delete(id);
  }

  /** An address was seen behind a port, so many milliseconds ago. */
  seen(nic: DesiredNic | undefined, mac: string, ago: number): void {
    if (nic !== undefined && nic.mac !== mac && nic.also !== mac) this.#note(nic.id, this.#now() - ago);
  }

  /** Of each segment with NICs: how many changed within so many seconds. */
  shares(within: number): { segment: string; changed: number; nics: number }[] {
    const since = this.#now() - within * 1000;
    const changed = new Map<string, number>();
    for (const [id, at] of this.#changedAt) {
      const segment = this.#nics?.get(id)?.segment;
      if (at >= since && segment !== undefined) changed.set(segment, (changed.get(segment) ?? 0) + 1);
    }
    return [...this.#counts].map(([segment, nics]) => ({ segment, changed: changed.get(segment) ?? 0, nics }));
  }

  /** Forgets what no rule looks back to. */
  prune(within: number): void {
    const since = this.#now() - within * 1000;
    for (const [id, at] of this.#changedAt) if (at < since) this.#changedAt.delete(id);
  }

  #note(id: string, at: number): void {
    if ((this.#changedAt.get(id) ?? Number.NEGATIVE_INFINITY) < at) this.#changedAt.set(id, at);
  }
}
