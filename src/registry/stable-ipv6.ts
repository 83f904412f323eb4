import { createHmac } from 'node:crypto';
import { eui64, type Ipv6Address, ipv6FromInteger, ipv6ToInteger } from '../model/ip-address.ts';
import type { MacAddress } from '../model/mac-address.ts';
import { gateway6Of, type Ipv6Subnet } from '../model/subnet.ts';

/** Interface identifiers that no node may take (RFC 5453): IANA's Ethernet block and subnet anycast addresses. */
const reserved: readonly (readonly [bigint, bigint])[] = [
  [0x0200_5eff_fe00_0000n, 0x0200_5eff_fe00_ffffn],
  [0xfdff_ffff_ffff_ff80n, 0xfdff_ffff_ffff_ffffn],
];

/** After so many addresses that were taken, the subnet counts as full. */
const dadLimit = 64;

/**
 * Stable opaque address of a NIC (RFC 7217 with HMAC-SHA-256): the same for the same subnet, guest, NIC and key, and
 * nothing can be learnt from it. `isFree` plays duplicate address detection; undefined when no address was found.
 */
export function stableIpv6(
  subnet: Ipv6Subnet,
  guest: string,
  nic: number,
  siteKey: string | Buffer,
  isFree: (address: Ipv6Address) => boolean,
): Ipv6Address | undefined {
  const bits = 128 - subnet.prefix;
  for (let dad = 0; dad < dadLimit; dad++) {
    const digest = createHmac('sha256', siteKey).update(`${subnet.text}\0${guest}\0${nic}\0${dad}`).digest();
    const low = (digest.readBigUInt64BE(16) << 64n) | digest.readBigUInt64BE(24);
    const identifier = BigInt.asUintN(bits, low);
    if (isReserved(identifier, bits)) continue;
    const address = ipv6FromInteger(subnet.first | identifier);
    if (address !== gateway6Of(subnet) && isFree(address)) return address;
  }
  return undefined;
}

function isReserved(identifier: bigint, bits: number): boolean {
  if (identifier === 0n) return true;
  return bits === 64 && reserved.some(([first, last]) => identifier >= first && identifier <= last);
}

/**
 * Address of the interface identifier that is made of a MAC (RFC 4291 appendix A). Undefined in a subnet longer than
 * /64, which has no room for it.
 */
export function eui64Ipv6(subnet: Ipv6Subnet, mac: MacAddress): Ipv6Address | undefined {
  return subnet.prefix > 64 ? undefined : ipv6FromInteger(subnet.first | eui64(mac));
}

/** Whether an address has the form of those that are made of a MAC: `ff:fe` in the middle of its identifier. */
export function isEui64(address: Ipv6Address): boolean {
  return BigInt.asUintN(16, ipv6ToInteger(address) >> 24n) === 0xfffen;
}
