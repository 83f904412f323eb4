import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { MacAddress } from '../../../src/model/mac-address.ts';

/** Modified EUI-64 (RFC 4291, appendix A), written down a second time so that the first is checked. */
export function eui64(prefix: string, mac: MacAddress): string {
  const octets = mac.split(':').map((octet) => Number.parseInt(octet, 16)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const identifier = [octets[0] ^ 2, octets[1], octets[2], 0xff, 0xfe, octets[3], octets[4], octets[5]];
  const bytes = [...ipaddr.IPv6.parse(prefix).toByteArray().slice(0, 8), ...identifier];
  const text = new ipaddr.IPv6(bytes).toRFC5952String();
  if (!isIPv6(text)) throw new Error(`${text} is no IPv6 address`);
  return text;
}
