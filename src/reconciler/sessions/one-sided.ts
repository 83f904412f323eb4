import type { SessionDirection } from '../../model/session-words.ts';
import type { Placing } from './place-session.ts';
import type { SiteNames } from './site-names.ts';

/** Which end an owner sees a session from: `began` or `called`, or both where both ends are its own. */
export type Side = 'began' | 'called' | 'both';

/**
 * The side of an owner in a session. Without an owner, or where only one guest has a part in it, everything of it may be
 * known: `both`.
 */
export function sideOf({ nic, other }: Placing, names: SiteNames, owner: string | undefined): Side {
  if (owner === undefined || other < 0) return 'both';
  const [began, called] = [names.isOf(owner, nic), names.isOf(owner, other)];
  if (began === called) return 'both';
  return began ? 'began' : 'called';
}

/** Direction as it is seen from a side: somebody else's guest is anybody. */
export function directionFrom(side: Side, direction: SessionDirection): SessionDirection {
  if (side === 'both') return direction;
  return side === 'began' ? 'out' : 'in';
}
