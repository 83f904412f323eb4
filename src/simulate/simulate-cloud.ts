import { PlaceOrder } from '../registry/pools/place-order.ts';
import { PlacePicker } from '../registry/pools/place-picker.ts';
import type { PoolSpace } from '../registry/pools/pool-space.ts';
import type { ChangeRate } from './change-rate.ts';
import { type CloudPlan, measurePlan, tick, ticksPerDay } from './cloud-plan.ts';
import { Fleet } from './fleet.ts';
import { Luck } from './luck.ts';
import { RestingQueue } from './resting-queue.ts';
import { ReuseDistances, type ReuseReport } from './reuse-distances.ts';
import { SeededRandom } from './seeded-random.ts';

/** Points of the fill over time. */
const fillPoints = 120;
/** NICs that come in one loop. */
const batch = 16_384;

export interface CloudFill {
  readonly day: number;
  readonly held: number;
  readonly quarantined: number;
  /** Collisions so far if every NIC had drawn 24 random bits. */
  readonly collisions: number;
}

export interface CloudReport {
  /** Addresses of the pool. */
  readonly size: number;
  readonly leases: number;
  readonly releases: number;
  /** Addresses that the pool gave while they were held or resting. */
  readonly duplicates: number;
  /** The same NICs with 24 random bits each: played, and by calculation; `sharing` of them share one at the end. */
  readonly luck: { readonly collisions: number; readonly expected: number; readonly sharing: number };
  readonly reuse: ReuseReport;
  /** When the pool first had no address, and how many NICs wait for one at the end. */
  readonly exhausted?: { readonly day: number; readonly waiting: number };
  readonly fill: readonly CloudFill[];
}

/**
 * Plays a cloud: NICs that come and go, each with an address from one pool, minute by minute. The strategies are those
 * of the registry; only the random numbers are seeded, and a guest of the `hashed` strategy is new each time. Pure.
 * `passed` hears now and then which day it is. Throws `value-invalid` when it would take too long.
 */
export function simulateCloud(plan: CloudPlan, passed: (day: number) => void = () => {}): CloudReport {
  const { ticks, most } = measurePlan(plan);
  const cloud = new Cloud(plan, ticks, most);
  const fillEvery = Math.max(1, Math.floor(ticks / fillPoints));
  for (let now = 0; now <= ticks; now++) {
    cloud.step(now);
    if (now % fillEvery !== 0 && now !== ticks) continue;
    cloud.noteFill(now);
    passed(now / ticksPerDay);
  }
  return cloud.report();
}

class Cloud {
  readonly #plan: CloudPlan;
  readonly #most: number;
  readonly #random: SeededRandom;
  readonly #order: PlaceOrder;
  readonly #picker: PlacePicker;
  readonly #fleet: Fleet;
  readonly #luck: Luck;
  readonly #reuse: ReuseDistances;
  readonly #resting = new RestingQueue();
  /** Ticks of quarantine. */
  readonly #rest: number;
  readonly #fill: CloudFill[] = [];
  /** NICs that there should be, and that are to leave; fractions are carried on. */
  #wanted: number;
  #leaving = 0;
  #leases = 0;
  #releases = 0;
  #duplicates = 0;
  #exhausted: number | undefined;

  constructor(plan: CloudPlan, ticks: number, most: number) {
    const { range, strategy, quarantine, seed } = plan;
    const { first, last, text } = range;
    const space: PoolSpace = { name: 'simulated', text, first, last, strategy, quarantine, holes: [] };
    this.#plan = plan;
    this.#most = most;
    this.#random = new SeededRandom(seed);
    this.#order = new PlaceOrder(space, `simulation ${seed}`);
    this.#picker = new PlacePicker(this.#order, (max) => this.#random.below(max), 0);
    this.#fleet = new Fleet(most, this.#order.places);
    this.#luck = new Luck(most, new SeededRandom(seed ^ 0x5bd1_e995));
    this.#reuse = new ReuseDistances(this.#order.places, ticks);
    this.#rest = Math.ceil(quarantine / tick);
    this.#wanted = plan.nics;
  }

  /** One minute: NICs leave, addresses have rested enough, new NICs come. */
  step(now: number): void {
    const { churn, growth } = this.#plan;
    if (now > 0) {
      this.#leaving += perTick(churn, this.#fleet.active);
      if (growth !== undefined) this.#wanted = Math.min(this.#most, this.#wanted + perTick(growth, this.#wanted));
    }
    if (this.#leaving >= 1) this.#release(now);
    const rested = now - this.#rest;
    for (let place = this.#resting.shift(rested); place >= 0; place = this.#resting.shift(rested)) {
      this.#picker.give(place);
    }
    for (let missing = Math.floor(this.#wanted) - this.#fleet.active; missing > 0; missing -= batch) {
      const count = Math.min(missing, batch);
      if (this.#lease(now, count) < count) break;
    }
    this.#fleet.close((from, to) => this.#luck.move(from, to));
  }

  noteFill(now: number): void {
    const { collisions } = this.#luck;
    const held = this.#fleet.active;
    this.#fill.push({ day: now / ticksPerDay, held, quarantined: this.#resting.size, collisions });
  }

  report(): CloudReport {
    const { collisions, expected, sharing } = this.#luck;
    const waiting = Math.floor(this.#wanted) - this.#fleet.active;
    return {
      size: this.#order.usable.size,
      leases: this.#leases,
      releases: this.#releases,
      duplicates: this.#duplicates,
      luck: { collisions, expected, sharing },
      reuse: this.#reuse.report(tick, this.#plan.dhcpLease),
      ...(this.#exhausted === undefined ? {} : { exhausted: { day: this.#exhausted / ticksPerDay, waiting } }),
      fill: this.#fill,
    };
  }

  #release(now: number): void {
    const count = Math.floor(this.#leaving);
    this.#leaving -= count;
    const places = this.#fleet.leave(count, this.#random);
    this.#luck.release(this.#fleet.vacant);
    this.#reuse.release(places, now);
    for (const place of places) this.#resting.push(place, now);
    this.#releases += places.length;
  }

  /** How many of so many NICs got an address. */
  #lease(now: number, count: number): number {
    const nics: number[] = [];
    while (nics.length < count) {
      const place = this.#pick();
      if (place < 0) {
        this.#exhausted ??= now;
        break;
      }
      if (!this.#picker.take(place)) this.#duplicates++;
      this.#reuse.lease(place, now);
      nics.push(this.#fleet.join(place));
    }
    this.#luck.lease(nics, this.#fleet.active - nics.length);
    this.#leases += nics.length;
    return nics.length;
  }

  #pick(): number {
    if (this.#plan.strategy !== 'hashed') return this.#picker.pick();
    if (this.#picker.free === 0) return -1;
    // Hashes of guests that never come back are random numbers, only slower.
    return this.#picker.firstOf([this.#anywhere(), this.#anywhere(), this.#anywhere(), this.#anywhere()]);
  }

  #anywhere(): number {
    return this.#order.space.first + this.#random.below(this.#order.places);
  }
}

function perTick(rate: ChangeRate, nics: number): number {
  return (rate.ofNics ? rate.perDay * nics : rate.perDay) / ticksPerDay;
}
