import { bytesOfIp } from '../../model/ip-address.ts';
import { markMask, markOf } from '../../model/same-address.ts';
import type { SessionFilter } from '../../model/session-record.ts';
import type { Conditions } from './read-filter.ts';
import type { NamedGuest, SiteNames } from './site-names.ts';

/** Each walks through all of the kernel's table: with more of them it is quicker to take everything. */
const mostLooks = 5;

/**
 * What to ask of the kernel so that every session which may fit is among the answers, and as few others as can be. One
 * session may be in several answers. Undefined: everything.
 */
export function planLooks(
  { nics, peer, protocol, seenBy }: Pick<Conditions, 'nics' | 'peer' | 'protocol' | 'seenBy'>,
  names: SiteNames,
): SessionFilter[] | undefined {
  const looks =
    looksOfNics(nics, names) ??
    (peer && peer.prefix === peer.bytes.length * 8 ? looksOfPeer(peer.bytes, seenBy !== undefined) : undefined);
  if (looks === undefined || looks.length > mostLooks) return undefined;
  return protocol === undefined ? looks : looks.map((look) => ({ ...look, protocol }));
}

function looksOfNics(chosen: Uint8Array | undefined, names: SiteNames): SessionFilter[] | undefined {
  if (chosen === undefined) return undefined;
  const looks: SessionFilter[] = [];
  const shares = new Set<number>();
  for (const [index, { addresses, of }] of names.nics.entries()) {
    if (chosen[index] !== 1) continue;
    const { shareId } = names.guests[of] as NamedGuest;
    if (shareId !== undefined) shares.add(shareId);
    for (const bytes of addresses.map(bytesOfIp)) looks.push({ originalSource: bytes }, { replySource: bytes });
    if (looks.length > mostLooks) return undefined;
  }
  return [...looks, ...[...shares].map((shareId) => ({ mark: { value: markOf(shareId), mask: markMask } }))];
}

const looksOfPeer = (bytes: Uint8Array, oneSided: boolean): SessionFilter[] => [
  { originalSource: bytes },
  { originalDestination: bytes },
  { replySource: bytes },
  // Whoever is called sees the address after translation.
  ...(oneSided ? [{ replyDestination: bytes }] : []),
];
