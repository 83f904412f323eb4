import { PoolDraw } from '../pools/pool-draw.ts';
import type { PoolSpace } from '../pools/pool-space.ts';

/**
 * What this process knows of the addresses of one pool: which are taken, and how many of them rest. It was read from
 * the store once and is kept up with every change of this process; what other processes change makes it stale.
 */
export class PoolMap {
  readonly draw: PoolDraw;
  /** Range, holes and strategy: a pool with others needs a new map. */
  readonly identity: string;
  held = 0;
  resting = 0;
  /** Other processes have written since it was read: what it calls free has to be looked up, its counts may lag. */
  stale = false;
  /** Counts changed since they were noted in the store. */
  dirty = false;
  /** Cursor as the store has it. */
  storedCursor: number;

  constructor(space: PoolSpace, siteKey: string, cursor: number) {
    this.draw = new PoolDraw(space, { siteKey, cursor });
    this.identity = poolIdentity(space);
    this.storedCursor = this.draw.cursor;
  }

  /** A lease of the address begins. */
  hold(mac: number): void {
    if (!this.draw.holds(mac)) return;
    this.draw.settle(mac);
    this.held++;
    this.dirty = true;
  }

  /** A lease that had begun never was. */
  unhold(mac: number): void {
    if (!this.draw.holds(mac)) return;
    this.draw.unmark(mac);
    this.held--;
    this.dirty = true;
  }

  /** It was held and rests now. */
  rest(mac: number): void {
    if (!this.draw.holds(mac)) return;
    this.held--;
    this.resting++;
    this.dirty = true;
  }

  /** It rested and is held after all. */
  unrest(mac: number): void {
    if (!this.draw.holds(mac)) return;
    this.held++;
    this.resting--;
    this.dirty = true;
  }

  /** It rested and is free now. */
  wake(mac: number): void {
    if (!this.draw.holds(mac)) return;
    this.draw.unmark(mac);
    this.resting--;
    this.dirty = true;
  }

  /** It rests, which this process did not know or had undone. */
  lull(mac: number): void {
    if (!this.draw.holds(mac)) return;
    this.draw.settle(mac);
    this.resting++;
    this.dirty = true;
  }
}

/** Two spaces with one identity give the same addresses. */
export function poolIdentity({ name, first, last, strategy, holes }: PoolSpace): string {
  return JSON.stringify([name, first, last, strategy, holes.map((hole) => [hole.first, hole.last])]);
}
