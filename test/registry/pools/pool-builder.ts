import { PoolDraw, type PoolDrawOptions } from '../../../src/registry/pools/pool-draw.ts';
import type { PoolSpace } from '../../../src/registry/pools/pool-space.ts';

export const first = 0x02_1a_3f_00_00_00;

export const strategies = ['sequential', 'random', 'hashed', 'cycle'] as const;

/** A pool of `size` addresses from `first` on. */
export function space(strategy: PoolSpace['strategy'], size: number, holes: PoolSpace['holes'] = []): PoolSpace {
  return { name: 'default', text: 'a range', first, last: first + size - 1, strategy, quarantine: 1800, holes };
}

export function pool(of: PoolSpace, options: Partial<PoolDrawOptions> = {}): PoolDraw {
  return new PoolDraw(of, { siteKey: 'site key', ...options });
}

/** Draws and settles until the pool has nothing left. */
export function drain(draw: PoolDraw, guest = 'guest'): number[] {
  const drawn: number[] = [];
  for (let nic = 0; nic <= draw.size; nic++) {
    const mac = draw.draw(0, { guest, nic });
    if (mac === undefined) return drawn;
    draw.settle(mac);
    drawn.push(mac);
  }
  throw new Error('the pool gave more addresses than it has');
}
