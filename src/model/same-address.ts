/**
 * Bits of the packet and conntrack mark that belong to Bridgekeeper. Everything else in the mark belongs to others
 * (Docker, Kubernetes and ufw use the low 16 bits), so every match and every write goes through the mask.
 */
export const markMask = 0x0ffff000;

/** The part of the mask that says "this mark is a same-address guest's", whatever its share id. */
export const markFamilyMask = 0x0f000000;
export const markFamily = 0x0b000000;

/** Mark of a same-address guest's packets. `shareId` is 1..4095. */
export function markOf(shareId: number): number {
  return (markFamily | (shareId << 12)) >>> 0;
}

/** Share id of the same-address guest that a mark belongs to; undefined for every other mark. */
export function shareIdOf(mark: number): number | undefined {
  return (mark & markFamilyMask) === markFamily ? (mark >>> 12) & 0xfff : undefined;
}

/** On-link gateway of same-address guests (RFC 3927 space, as cloud providers use it). */
export const sameAddressGateway = '169.254.1.1';
