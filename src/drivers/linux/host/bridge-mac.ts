import { createHash } from 'node:crypto';
import { type MacAddress, macFromInteger } from '../../../model/mac-address.ts';

/**
 * MAC of a segment's bridge: the same on every apply and every host, so that guests keep their neighbour entry of the
 * gateway when the bridge is made anew. A locally administered address of the AAI quadrant (RFC 8948).
 */
export function bridgeMac(site: string, segment: string): MacAddress {
  const digest = createHash('sha256').update(`bridge ${site} ${segment}`).digest();
  const first = ((digest[0] as number) & 0xf0) | 0x02;
  return macFromInteger(first * 2 ** 40 + digest.readUIntBE(1, 5));
}
