import type { Lease } from './leases.ts';

/**
 * Whether a lease ends for a NIC that names its address: one of nobody in particular, for a guest of the same owner or
 * when it has none. That is how addresses that were leased in bulk get to guests.
 */
export function isForTaking(
  { guest, source, owner }: Pick<Lease, 'guest' | 'source' | 'owner'>,
  taker: string | undefined,
): boolean {
  return guest === undefined && source === 'request' && (owner === undefined || owner === taker);
}
