import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Driver, WireAnswer, WireQuestion } from '../../drivers/driver.ts';
import type { ObservationSink } from '../../events/contract.ts';
import type { Assignments } from '../../model/assignments.ts';
import type { EventSubject } from '../../model/event.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Sighting } from '../../model/sighting.ts';
import type { Site } from '../../model/site.ts';
import type { Lease, Leases } from '../../registry/leases/leases.ts';
import type { Conflict, Seen, SeenEntry, SeenInput } from '../../registry/seen/seen.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../engine-parts.ts';
import { Serial } from '../serial.ts';
import { ConflictWatch } from './conflict-watch.ts';
import { conflictOfHome, conflictsOfPlaces, type FoundConflict } from './find-conflicts.ts';
import { type Home, type Homes, homesOf, isAtHome, showsMachine } from './homes.ts';
import { readSightings } from './read-sightings.ts';
import { isHeld, secondsOnly, tellStrangers, withSigns } from './tell-strangers.ts';

/** What the wire needs of the engine around it. */
export interface WireParts {
  readonly driver: Pick<Driver, 'sightings' | 'ask' | 'watchWire'>;
  readonly seen: Seen;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: ObservationSink;
  /** Name of this host. */
  readonly host: string;
  readonly site: () => Site | undefined;
  readonly assignments: () => Assignments;
  /** When the site was last changed (ms since the epoch); 0 before the first change. */
  readonly changedAt: () => number;
}

/** A look in case nothing told of a change: what the guard drops, the kernel tells to nobody. */
const lookEvery = 10_000;
/** An entry of the table is looked up and noted again after so long. */
const dueEvery = 60_000;
/** Sightings that are compared without a pause. */
const loopTurn = 2_000;

/** Looks at the wire, notes who is not at home, keeps their addresses from being handed out, and finds conflicts. */
export class WireWatch {
  readonly #parts: WireParts;
  readonly #serial = new Serial();
  readonly conflicts: ConflictWatch;
  /** Addresses of the table that somebody leases by request; all others are nobody's and are not handed out. */
  readonly #held = new Set<number>();
  /** Addresses that were to be forgotten: what was last seen before then is not noted again. */
  readonly #forgotten = new Map<number, number>();
  #homes: { site: Site | undefined; assignments: Assignments; homes: Homes } | undefined;
  #looked: readonly Sighting[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  #closed = false;

  constructor(parts: WireParts) {
    this.#parts = parts;
    this.conflicts = new ConflictWatch({
      seen: parts.seen,
      events: parts.events,
      nicAt: (host, device) => this.nicAt(host, device),
      subjectAt: (host, device) => this.#subjectAt(host, device),
    });
  }

  /** NIC of the site whose port that is. */
  nicAt(host: string, device: string): Home | undefined {
    return host === this.#parts.host ? this.homes.byPort.get(device) : undefined;
  }

  get homes(): Homes {
    const site = this.#parts.site();
    const assignments = this.#parts.assignments();
    if (this.#homes?.site !== site || this.#homes?.assignments !== assignments) {
      this.#homes = { site, assignments, homes: homesOf(site, assignments) };
    }
    return this.#homes.homes;
  }

  /** The first look, and from then on one whenever something may have changed. */
  async start(): Promise<void> {
    this.#avoid();
    this.#parts.driver.watchWire(() => void this.look());
    await this.look();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#serial.idle();
  }

  /**
   * Takes in what the host shows; `unlessChanged`, what it showed last if the kernel told of no change. Never throws: a
   * host that cannot be asked is logged, and asked again.
   */
  look(unlessChanged = false): Promise<void> {
    return this.#serial.run(async () => {
      if (this.#closed) return;
      try {
        const sightings = await this.#parts.driver.sightings(unlessChanged);
        // The very same list was taken in already; what lasts is noted again now and then.
        if (sightings !== this.#looked) await this.#take(await this.#inputs(sightings));
        this.#looked = sightings;
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.#parts.log.error({ error }, 'what shows up on the wire cannot be looked at');
        this.#failing = true;
      }
      this.#later();
    });
  }

  /** What the host shows now, after a look. */
  async sightings(): Promise<readonly Sighting[]> {
    await this.look();
    return this.#looked ?? [];
  }

  /** Takes in what others saw. Answers the conflicts that are new. */
  report(inputs: readonly SeenInput[]): Promise<readonly Conflict[]> {
    return this.#serial.run(() => this.#take(inputs));
  }

  /** Where an address was seen. A port says more than a neighbour table, the latest sighting more than an old one. */
  places(mac: number): readonly SeenEntry[] {
    return [...this.#parts.seen.of(mac)].sort(
      (a, b) => Number(showsMachine(b)) - Number(showsMachine(a)) || b.lastAt - a.lastAt,
    );
  }

  /** Where an address that nobody leases was seen, ports first. */
  strangers(mac: number): readonly SeenEntry[] {
    if (this.#held.has(mac) || this.homes.byMac.has(mac)) return [];
    return this.places(mac);
  }

  /** What was seen with an IP address in a segment. */
  withIp(segment: string): readonly SeenEntry[] {
    return [...this.#parts.seen.entries()].filter((entry) => entry.segment === segment && entry.ip !== undefined);
  }

  /** Asks in the segments, and notes who answered: nobody is handed what they use. */
  async ask(questions: readonly WireQuestion[]): Promise<readonly WireAnswer[]> {
    const answers = await this.#parts.driver.ask(questions);
    if (answers.length === 0) return answers;
    const inputs = await this.#inputs(answers.map(({ sighting }) => sighting));
    await this.#serial.run(async () => {
      await this.#parts.seen.note(inputs, this.#parts.clock.now());
      this.#avoid();
    });
    return answers;
  }

  /** Forgets an address; what was seen of it before now does not come back. */
  async forget(mac: number): Promise<number> {
    const now = this.#parts.clock.now();
    return this.#serial.run(async () => {
      this.#forgotten.set(mac, now);
      const count = await this.#parts.seen.forget(this.#parts.seen.of(mac));
      this.#avoid();
      return count;
    });
  }

  #subjectAt(host: string, device: string): EventSubject {
    if (host !== this.#parts.host) return {};
    const home = this.homes.byPort.get(device);
    if (home === undefined) return { port: device };
    const { guest, nic, segment } = home;
    const owner = this.#parts.site()?.guests.find(({ name }) => name === guest)?.owner;
    return { guest, nic, port: device, segment, ...(owner === undefined ? {} : { owner }) };
  }

  #later(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.look(), lookEvery);
    this.#timer.unref();
  }

  #inputs(sightings: readonly Sighting[]): Promise<SeenInput[]> {
    return readSightings(sightings, this.#parts.host, this.homes.segments);
  }

  async #take(inputs: readonly SeenInput[]): Promise<readonly Conflict[]> {
    const now = this.#parts.clock.now();
    const found: FoundConflict[] = [];
    const toNote: SeenInput[] = [];
    const toLookUp: SeenInput[] = [];
    const { homes } = this;
    const since = this.#parts.changedAt() + secondsOnly;
    let count = 0;
    for (const input of this.#parts.seen.admit(inputs)) {
      if (++count % loopTurn === 0) await nextTurn();
      const home = homes.byMac.get(input.mac);
      if (home === undefined) {
        if (this.#isDue(input)) toLookUp.push(input);
        continue;
      }
      if (input.at <= since || (input.host === this.#parts.host && isAtHome(home, input))) continue;
      toNote.push(input);
      const conflict = conflictOfHome(home, input, this.#parts.host, since, now);
      if (conflict) found.push(conflict);
    }
    const { strangers, leased } = await tellStrangers(toLookUp, this.#parts.leases, now);
    for (const { mac } of strangers) this.#held.delete(mac);
    for (const mac of leased.keys()) this.#held.add(mac);
    const others = [...leased.values()].flatMap(({ inputs: present }) => present);
    const changed = await this.#parts.seen.note([...toNote, ...strangers, ...others], now);
    for (const [mac, { lease, inputs: present }] of leased) {
      found.push(...conflictsOfPlaces(lease, this.#parts.seen.of(mac).map(withSigns(present)), now));
    }
    if (changed || toLookUp.length > 0) this.#avoid();
    const raised = await this.conflicts.follow(found, (mac) => this.holderOf(mac), now);
    for (const { mac, otherHost, otherDevice } of raised) {
      this.#parts.log.warn({ mac: macFromInteger(mac), otherHost, otherDevice }, 'a leased MAC address shows up twice');
    }
    return raised;
  }

  #isDue({ mac, host, device, at, ip }: SeenInput): boolean {
    const forgotten = this.#forgotten.get(mac);
    if (forgotten !== undefined && at <= forgotten) return false;
    const entries = this.#parts.seen.of(mac);
    const known = entries.find((entry) => entry.host === host && entry.device === device);
    if (known === undefined || at - known.lastAt >= dueEvery || (ip !== undefined && ip !== known.ip)) return true;
    // It has shown up elsewhere meanwhile, and is still here: who is in two places is not told a minute later.
    return entries.some(({ firstAt }) => firstAt > known.lastAt && at >= firstAt);
  }

  #avoid(): void {
    const macs = new Set<number>();
    for (const { mac } of this.#parts.seen.entries()) if (!this.#held.has(mac)) macs.add(mac);
    this.#parts.leases.avoid(macs);
  }

  /** Who holds an address now. */
  async holderOf(mac: number): Promise<Lease | undefined> {
    const text = macFromInteger(mac);
    const lease = (await this.#parts.leases.barring([text], this.#parts.clock.now())).get(text);
    return lease !== undefined && isHeld(lease) ? lease : undefined;
  }
}
