import type { Lease } from './leases.ts';

/**
 * Whether a lease ends for a NIC that names its MAC address: one of nobody in particular, for a guest of the same owner.
 * That is how addresses that were leased in bulk get to guests. One without an owner goes to anybody's guest, unless it
 * is reserved: what was put aside for nobody is not taken by chance.
 */
export function isForTaking(
  { guest, source, owner, state }: Pick<Lease, 'guest' | 'source' | 'owner' | 'state'>,
  taker: string | undefined,
): boolean {
  if (guest !== undefined || source !== 'request') return false;
  return owner === undefined ? state === 'active' : owner === taker;
}

/** Whether what rests does so for the guest that had it. Another owner's guest of the same name is another guest. */
export function restsFor({ guest, owner }: Pick<Lease, 'guest' | 'owner'>, name: string, taker?: string): boolean {
  return guest === name && (owner === undefined || owner === taker);
}
