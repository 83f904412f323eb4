import type { HostLink, WireQuestion } from '../drivers/driver.ts';
import type { Observer } from '../events/contract.ts';
import type { DesiredNic, DesiredState } from '../model/desired-state.ts';
import { defaultWatch } from '../model/watch-schema.ts';
import { Lasting } from './lasting.ts';
import { portState } from './links.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';

/** NICs that are asked in one go: as many as the driver asks at once. */
const atOnce = 256;
/** Milliseconds between two goes: few goes with many questions cost less than many with few. */
const leastPause = 5_000;
const mostPause = 15_000;
/** Goes without an answer, one after the other, after which a guest is unreachable. Each of them asks three times. */
const patience = 3;

/** What is known of one NIC. */
interface Known {
  /** Device that it was plugged into; another one is another guest that has to answer first. */
  index: number | undefined;
  /** When it was asked last (by a clock that only goes on). */
  askedAt: number;
  answered: boolean;
  missed: number;
}

/**
 * Guests that answered once since they were plugged in and do not any more. Each NIC alone is asked, by a frame to its
 * MAC address, so that nobody else on its segment hears of it; 51 a second at most.
 */
export class ReachabilityObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  readonly #known = new Map<string, Known>();
  /** By NIC. */
  readonly #silent: Lasting;
  #pause = leastPause;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#silent = new Lasting(parts);
    this.#rounds = new Rounds({
      every: () => this.#pause,
      look: () => this.look(),
      failing: 'guests cannot be asked whether they are there',
      log: parts.log,
    });
  }

  start(): void {
    this.#silent.adopt('unreachable', ({ subject }) => subject.nic);
    this.#rounds.start(leastPause);
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** One go. */
  async look(): Promise<void> {
    const { guests, interval } = this.#parts.site()?.watch ?? defaultWatch;
    const desired = this.#parts.desired();
    if (!guests || desired === null) return this.#end();
    const links = await this.#parts.driver.links();
    if (links.size === 0) return;
    const isolated = await this.#parts.driver.isolated();
    const plugged = this.#follow(desired, links, isolated);
    this.#pause = pauseFor(plugged.length, interval);
    const asked = this.#choose(plugged, interval);
    if (asked.length > 0) await this.#ask(asked, desired);
  }

  /** Forgets NICs that are gone or unplugged. Answers those that can be asked. */
  #follow(
    desired: DesiredState,
    links: ReadonlyMap<string, HostLink>,
    isolated: ReadonlyMap<string, number>,
  ): DesiredNic[] {
    const plugged: DesiredNic[] = [];
    for (const id of [...this.#known.keys(), ...this.#silent.keys()])
      if (!desired.nics.has(id)) this.#forget(id, 'is no part of the site any more');
    for (const nic of desired.nics.values()) {
      const index = links.get(nic.port)?.index;
      const known = this.#known.get(nic.id);
      if (portState(nic, links) !== 'up') this.#forget(nic.id, 'is not plugged in any more');
      // Nothing reaches a port that is cut off: that it is silent says nothing.
      else if (isolated.has(nic.port)) this.#forget(nic.id, 'is cut off');
      else {
        if (known !== undefined && known.index !== index) this.#forget(nic.id, 'was plugged in anew');
        if (!this.#known.has(nic.id))
          this.#known.set(nic.id, {
            index,
            askedAt: Number.NEGATIVE_INFINITY,
            answered: this.#silent.has(nic.id),
            missed: 0,
          });
        plugged.push(nic);
      }
    }
    return plugged;
  }

  /** Those that did not answer the last time first, then those that were not asked for longest. */
  #choose(plugged: readonly DesiredNic[], interval: number): DesiredNic[] {
    const now = this.#parts.clock.monotonic();
    const due: { nic: DesiredNic; order: number }[] = [];
    for (const nic of plugged) {
      const known = this.#known.get(nic.id) as Known;
      const doubtful = known.answered && known.missed > 0 && !this.#silent.has(nic.id);
      // A little early, or a NIC that was asked just less than the interval ago would wait for another go.
      if (doubtful) due.push({ nic, order: Number.NEGATIVE_INFINITY });
      else if (now - known.askedAt >= interval * 1000 - this.#pause / 2) due.push({ nic, order: known.askedAt });
    }
    due.sort((a, b) => (a.order === b.order ? 0 : a.order - b.order));
    const goes = Math.max(1, Math.floor((interval * 1000) / (this.#pause + 500)));
    // Spread over the interval, also when all are due at once, as at the start.
    const each = Math.min(atOnce, Math.ceil(plugged.length / goes) + due.filter(({ order }) => order < 0).length);
    return due.slice(0, each).map(({ nic }) => nic);
  }

  async #ask(nics: readonly DesiredNic[], desired: DesiredState): Promise<void> {
    const asked = nics.flatMap((nic) => questionsOf(nic).map((question) => ({ nic, question })));
    const answers = await this.#parts.driver.ask(asked.map(({ question }) => question));
    const nicOf = new Map(asked.map(({ nic, question }) => [question, nic]));
    const there = new Set<string>();
    for (const { question, sighting } of answers) {
      const nic = nicOf.get(question);
      // Whoever answers from another port is somebody else.
      if (nic !== undefined && (sighting.device === nic.port || sighting.device === nic.bridge)) there.add(nic.id);
    }
    // What was applied meanwhile is another matter.
    if (this.#parts.desired() !== desired) return;
    const now = this.#parts.clock.monotonic();
    for (const nic of nics) {
      const known = this.#known.get(nic.id);
      if (known === undefined) continue;
      known.askedAt = now;
      if (there.has(nic.id)) this.#answered(nic, known);
      else this.#missed(nic, known);
    }
  }

  #answered(nic: DesiredNic, known: Known): void {
    known.answered = true;
    known.missed = 0;
    this.#silent.over(nic.id, `NIC "${nic.id}" answers again`);
  }

  #missed(nic: DesiredNic, known: Known): void {
    known.missed++;
    if (!known.answered || known.missed < patience || this.#silent.has(nic.id)) return;
    this.#silent.begin(nic.id, {
      kind: 'unreachable',
      severity: 'warning',
      subject: this.#parts.subjects.byPort(nic.port),
      detail: 'silent',
      text: `NIC "${nic.id}" does not answer any more`,
      seen: `no answer to ${patience * 3} questions`,
      expected: 'an answer by ARP or neighbour discovery',
    });
  }

  #forget(id: string, why: string): void {
    this.#silent.over(id, `NIC "${id}" ${why}`);
    this.#known.delete(id);
  }

  #end(): void {
    for (const id of [...this.#known.keys(), ...this.#silent.keys()]) this.#forget(id, 'is not asked any more');
    this.#pause = leastPause;
  }
}

/** Milliseconds from one go to the next, so that all are asked within the interval where that is possible. */
function pauseFor(nics: number, interval: number): number {
  const needed = (interval * 1000 * atOnce) / Math.max(1, nics);
  return Math.min(mostPause, interval * 500, Math.max(leastPause, needed));
}

/** During a rotation the guest answers at one of its addresses; which one it says itself. */
function questionsOf({ bridge, mac, also, sources4, ipv6 }: DesiredNic): WireQuestion[] {
  const [ipv4] = sources4;
  const addresses = { ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) };
  return [mac, ...(also === undefined ? [] : [also])].map((to) => ({ bridge, to, ...addresses }));
}
