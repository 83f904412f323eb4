import { bytesOfIp, type IpAddress } from '../../../model/ip-address.ts';
import type { SessionRecords } from '../../../model/session-record.ts';

/** An address as the key of a set or map, made without reading its text: one number, or the four of IPv6. */
export type AddressKey = number | string;

const keyOfWords = (words: Uint32Array, at: number, family: 4 | 6): AddressKey =>
  family === 4 ? (words[at] as number) : `${words[at]}.${words[at + 1]}.${words[at + 2]}.${words[at + 3]}`;

export function keyOfIp(address: IpAddress): AddressKey {
  const bytes = bytesOfIp(address);
  return keyOfWords(new Uint32Array(bytes.buffer), 0, bytes.length === 4 ? 4 : 6);
}

/** Of one end of a session (`End`). */
export function keyOfEnd(records: SessionRecords, index: number, end: number): AddressKey {
  return keyOfWords(records.u32, index * 32 + 16 + end * 4, records.family(index));
}
