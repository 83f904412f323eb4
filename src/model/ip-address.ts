import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { AppError } from '../errors/app-error.ts';
import type { Brand } from './brand.ts';
import { type MacAddress, macToInteger } from './mac-address.ts';
import { quoteValue } from './quote-value.ts';

/** Dotted quad, canonical (`10.77.10.20`). */
export type Ipv4Address = Brand<string, 'Ipv4Address'>;
/** RFC 5952 text (`fd00:77:10::1`). */
export type Ipv6Address = Brand<string, 'Ipv6Address'>;
export type IpAddress = Ipv4Address | Ipv6Address;

/** Throws `value-invalid` for anything but four decimal octets (`168.1.10` is refused). */
export function parseIpv4(text: string): Ipv4Address {
  if (!isIPv4(text)) {
    throw new AppError(
      'value-invalid',
      `IPv4 address ${quoteValue(text)} is not four decimal numbers such as "10.77.10.20"`,
    );
  }
  return text as Ipv4Address;
}

/** Throws `value-invalid` for anything but an IPv6 address without zone and prefix. */
export function parseIpv6(text: string): Ipv6Address {
  if (/^\[[^\]]*\](:\d*)?$|^[\d.]+:\d*$/.test(text)) {
    throw new AppError(
      'value-invalid',
      `${quoteValue(text)} is not an address alone; expected one without brackets and port, such as "10.77.10.20" or "2001:db8::10"`,
    );
  }
  if (!isIPv6(text) || text.includes('%')) {
    throw new AppError(
      'value-invalid',
      `IPv6 address ${quoteValue(text)} is not of the form "2001:db8::10" (RFC 4291)`,
    );
  }
  return ipaddr.IPv6.parse(text).toRFC5952String() as Ipv6Address;
}

export function parseIp(text: string): IpAddress {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function isIpv4(address: string): address is Ipv4Address {
  return !address.includes(':');
}

/** Unsigned integer of 32 bits. */
export function ipv4ToInteger(address: Ipv4Address): number {
  const [a, b, c, d] = address.split('.').map(Number) as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

export function ipv4FromInteger(value: number): Ipv4Address {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.') as Ipv4Address;
}

/** Unsigned integer of 128 bits. */
export function ipv6ToInteger(address: Ipv6Address): bigint {
  return ipaddr.IPv6.parse(address)
    .toByteArray()
    .reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
}

/** An address of either family as a number: of IPv4 32 bits, of IPv6 128 bits as a bigint. */
export function ipToInteger(address: IpAddress): number | bigint {
  return isIpv4(address) ? ipv4ToInteger(address) : ipv6ToInteger(address);
}

export function ipv6FromInteger(value: bigint): Ipv6Address {
  const octets = Array.from({ length: 16 }, (_, i) => Number((value >> BigInt(8 * (15 - i))) & 255n));
  return new ipaddr.IPv6(octets).toRFC5952String() as Ipv6Address;
}

/** 4 or 16 bytes in network order, as packets and packed records have them. */
export function bytesOfIp(address: IpAddress): Uint8Array {
  return Uint8Array.from(isIpv4(address) ? address.split('.').map(Number) : ipaddr.IPv6.parse(address).toByteArray());
}

/** Reads 4 or 16 bytes in network order. */
export function ipOfBytes(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return bytes.join('.') as Ipv4Address;
  return new ipaddr.IPv6([...bytes]).toRFC5952String() as Ipv6Address;
}

/** Modified EUI-64 interface identifier of a MAC (RFC 4291 appendix A), 64 bits. */
export function eui64(mac: MacAddress): bigint {
  const value = BigInt(macToInteger(mac));
  const high = (value >> 24n) ^ (1n << 17n);
  return (high << 40n) | (0xfffen << 24n) | (value & 0xffffffn);
}

/** fe80::/64 address that Linux gives an interface with this MAC (addr_gen_mode 0). */
export function linkLocal(mac: MacAddress): Ipv6Address {
  return ipv6FromInteger((0xfe80n << 112n) | eui64(mac));
}
