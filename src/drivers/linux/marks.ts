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

/** Routing table that sends the shared address to a same-address guest. Above 255, clear of what tools take by hand. */
export function tableOf(shareId: number): number {
  return 110_000 + shareId;
}

/** Preferences of the policy-routing rules; the kernel's own are 0 (local), 32766 (main) and 32767 (default). */
export const rulePreferences = { skip: 9, guest: 10, local: 100 } as const;

/** `proto` of our routes and rules (rtnetlink: above 4 is free for routing daemons), by which they can be told. */
export const routeProtocol = 107;

/** On-link gateway of same-address guests (RFC 3927 space, as cloud providers use it). */
export const sameAddressGateway = '169.254.1.1';
