import { parseIpv4Subnet, parseIpv6Subnet } from '../../../src/model/subnet.ts';
import type { Actor } from '../../../src/registry/journal/journal.ts';
import type { Lease, LeaseOrder, Leases, LeaseWish, SegmentSpace } from '../../../src/registry/leases/leases.ts';
import type { PoolSpace } from '../../../src/registry/pools/pool-space.ts';

/** One store of leases: `open` again after `close` finds what was stored. */
export interface LeaseStore {
  open(): Promise<{ readonly leases: Leases; close(): Promise<void> }>;
  remove(): Promise<void>;
}

export { code, halfHour, noon } from '../registry/samples.ts';

export const ada: Actor = { who: 'ada', from: 'unix socket' };
export const strategies = ['sequential', 'random', 'hashed', 'cycle'] as const;
export const begin = 0x021a3f000000;

/** 256 addresses from 02:1a:3f:00:00:00 on unless told otherwise. */
export function pool(rest: Partial<PoolSpace> = {}): PoolSpace {
  const first = rest.first ?? begin;
  return {
    name: 'default',
    text: '02:1a:3f:00:00:00/40',
    first,
    last: first + 255,
    strategy: 'sequential',
    quarantine: 1800,
    holes: [],
    ...rest,
  };
}

export const dev: SegmentSpace = {
  name: 'dev',
  subnet: parseIpv4Subnet('10.77.10.0/29'),
  subnet6: parseIpv6Subnet('fd00:77:10::/64'),
  address6: 'opaque',
};

export function order(
  wishes: readonly LeaseWish[] | number,
  rest: Partial<Omit<LeaseOrder, 'pool'>> & { now: number; pool?: PoolSpace | undefined },
): LeaseOrder {
  const { pool: from, ...others } = { pool: pool(), ...rest };
  return { wishes, state: 'active', actor: ada, ...others, ...(from === undefined ? {} : { pool: from }) };
}

export const nic = (guest: string, rest: Partial<LeaseWish> = {}): LeaseWish => ({ guest, nic: 0, ...rest });

export const macs = (leases: readonly Lease[]): string[] => leases.map(({ mac }) => mac);

/** The text of begin + offset. */
export const mac = (offset: number): string =>
  (begin + offset)
    .toString(16)
    .padStart(12, '0')
    .replace(/..(?!$)/g, '$&:');
