import { BitReader, BitWriter, type ByteReader, type ByteWriter } from './byte-stream.ts';
import { packSymbols, unpackSymbols } from './symbol-coder.ts';

/**
 * Columns of whole numbers from 0 to 2^53. What is below 32 is its own symbol; so are numbers that occur often (a UDP
 * session ends 30,00x ms after it began, an NTP packet has 76 bytes). All others are a bucket (four to a power of two)
 * as symbol, and the rest as bits that nothing could make smaller.
 */

const direct = 32;
const firstFrequent = direct + 192;
const mostFrequent = 256;
/** Bits that a symbol of its own costs in the tables. */
const costOfSymbol = 48;
const fewestFrequent = 6;

/** Number of bits of a whole number. */
const bitLength = (value: number): number =>
  value < 2 ** 31 ? 32 - Math.clz32(value) : 63 - Math.clz32(Math.floor(value / 2 ** 31));

/** Bucket of a number that is not direct: its highest bit and the two after it. */
function bucketOf(value: number): number {
  const bits = bitLength(value) - 3;
  return direct + (bits - 3) * 4 + (Math.floor(value / 2 ** bits) & 3);
}

/** Numbers that are worth a symbol of their own: much more frequent than others of their bucket. */
function findFrequent(values: Float64Array): Map<number, number> {
  const counts = new Map<number, number>();
  const buckets = new Uint32Array(firstFrequent);
  for (const value of values) {
    if (value < direct) continue;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    const bucket = bucketOf(value);
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  const worth: [value: number, saved: number][] = [];
  for (const [value, count] of counts) {
    if (count < fewestFrequent) continue;
    const saved = count * (Math.log2(count / (buckets[bucketOf(value)] as number)) + bitLength(value) - 3);
    if (saved > costOfSymbol) worth.push([value, saved]);
  }
  worth.sort((a, b) => b[1] - a[1]);
  const chosen = worth.slice(0, mostFrequent).map(([value]) => value);
  return new Map(chosen.sort((a, b) => a - b).map((value, i) => [value, firstFrequent + i]));
}

export function packNumbers(
  out: ByteWriter,
  values: Float64Array,
  contexts: Uint8Array | undefined,
  contextCount: number,
): void {
  const frequent = findFrequent(values);
  const symbols = new Uint16Array(values.length);
  const rests = new BitWriter();
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < direct) {
      symbols[i] = value;
      continue;
    }
    const own = frequent.get(value);
    if (own !== undefined) {
      symbols[i] = own;
      continue;
    }
    const bits = bitLength(value) - 3;
    const top = Math.floor(value / 2 ** bits);
    symbols[i] = direct + (bits - 3) * 4 + (top & 3);
    rests.put(value - top * 2 ** bits, bits);
  }
  out.varint(frequent.size);
  let before = 0;
  for (const value of frequent.keys()) {
    out.varint(value - before);
    before = value;
  }
  packSymbols(out, symbols, contexts, contextCount);
  out.chunk(rests.finish());
}

/** Reads what `packNumbers` wrote. */
export function unpackNumbers(
  input: ByteReader,
  length: number,
  contexts: Uint8Array | undefined,
  contextCount: number,
): Float64Array {
  const count = input.varint();
  if (count > mostFrequent) throw new RangeError(`${count} frequent numbers`);
  const frequent = new Float64Array(count);
  let before = 0;
  for (let i = 0; i < count; i++) {
    before += input.varint();
    frequent[i] = before;
  }
  const symbols = unpackSymbols(input, length, contexts, contextCount);
  const rests = new BitReader(input.chunk());
  const values = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const symbol = symbols[i] as number;
    if (symbol < direct) values[i] = symbol;
    else if (symbol >= firstFrequent) values[i] = frequent[symbol - firstFrequent] as number;
    else {
      const bits = ((symbol - direct) >> 2) + 3;
      const top = 4 + ((symbol - direct) & 3);
      values[i] = bits < 25 ? (top << bits) + rests.take(bits) : top * 2 ** bits + rests.take(bits);
    }
  }
  return values;
}
