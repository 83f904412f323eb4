import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { packSymbols, unpackSymbols } from './symbol-coder.ts';

/**
 * Lists of addresses of one length (4 or 16 bytes): how many bytes each has in common with the one before it, then the
 * others, byte by byte with their place as context. So sorted ones lose what they share, and the zeros in the middle of
 * most servers' IPv6 addresses cost nothing.
 */
export function packAddresses(out: ByteWriter, addresses: readonly Uint8Array[], length: number): void {
  out.varint(addresses.length);
  if (addresses.length === 0) return;
  const shared = new Uint16Array(addresses.length);
  const bytes = new Uint16Array(addresses.length * length);
  const places = new Uint8Array(bytes.length);
  let count = 0;
  for (const [i, address] of addresses.entries()) {
    const before = addresses[i - 1];
    let place = 0;
    while (before !== undefined && place < length && address[place] === before[place]) place++;
    shared[i] = place;
    for (; place < length; place++) {
      bytes[count] = address[place] as number;
      places[count++] = place;
    }
  }
  packSymbols(out, shared, undefined, 1);
  packSymbols(out, bytes.subarray(0, count), places.subarray(0, count), length);
}

/** Reads what `packAddresses` wrote. */
export function unpackAddresses(input: ByteReader, length: number): Uint8Array[] {
  const count = input.varint();
  if (count === 0) return [];
  if (count > input.left * 4096) throw new RangeError(`${count} addresses in ${input.left} bytes`);
  const shared = unpackSymbols(input, count, undefined, 1);
  const places: number[] = [];
  for (const first of shared) for (let place = first; place < length; place++) places.push(place);
  const bytes = unpackSymbols(input, places.length, Uint8Array.from(places), length);
  const all = new Uint8Array(count * length);
  let at = 0;
  return Array.from({ length: count }, (_address, i) => {
    const address = all.subarray(i * length, (i + 1) * length);
    const same = shared[i] as number;
    if (same > 0) address.set(all.subarray((i - 1) * length, (i - 1) * length + same));
    for (let place = same; place < length; place++) address[place] = bytes[at++] as number;
    return address;
  });
}
