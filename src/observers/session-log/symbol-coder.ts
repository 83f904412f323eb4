import { type ByteReader, ByteWriter } from './byte-stream.ts';

/**
 * Entropy coding of small numbers: range asymmetric numeral systems with static tables (J. Duda, arXiv:1311.2540; the
 * byte-wise form of F. Giesen's ryg_rans). A symbol costs what its frequency among those of its context says, to the
 * fraction of a bit. That is why it is here and not zstd, whose Huffman codes cost a whole bit at least and know no
 * contexts: docs/decisions/0022.
 */

/** Symbols are below this. */
export const mostSymbols = 512;
const mostScaleBits = 12;
const lowest = 2 ** 23;

/** Frequencies scaled to a sum of 2^bits, at least 1 for what occurs. */
function scaleFrequencies(counts: Uint32Array, used: readonly number[], total: number, bits: number): Uint16Array {
  const sum = 1 << bits;
  const scaled = new Uint16Array(used.length);
  let given = 0;
  for (const [i, symbol] of used.entries()) {
    const share = Math.max(1, Math.round(((counts[symbol] as number) / total) * sum));
    scaled[i] = share;
    given += share;
  }
  // What rounding gave too much or too little is taken from or given to the most frequent ones, which feel it least.
  while (given !== sum) {
    let most = 0;
    for (let i = 1; i < scaled.length; i++) if ((scaled[i] as number) > (scaled[most] as number)) most = i;
    const change = given < sum ? sum - given : -Math.min(given - sum, Math.max(1, (scaled[most] as number) >> 1));
    scaled[most] = (scaled[most] as number) + change;
    given += change;
  }
  return scaled;
}

function chooseScaleBits(total: number, used: number): number {
  let bits = 1;
  while (bits < mostScaleBits && (1 << bits < total || 1 << bits < used * 4)) bits++;
  return bits;
}

/** Table of one context: how many symbols occur, which (as distances), and how often. */
function writeTable(out: ByteWriter, used: readonly number[], scaled: Uint16Array, bits: number): void {
  out.varint(used.length);
  if (used.length === 0) return;
  if (used.length > 1) out.u8(bits);
  let before = -1;
  for (const [i, symbol] of used.entries()) {
    out.varint(symbol - before - 1);
    if (used.length > 1) out.varint((scaled[i] as number) - 1);
    before = symbol;
  }
}

/**
 * Packs `length` symbols, each with the context (0 to `contextCount` - 1) that tells which table it is coded with;
 * whoever reads them must know the contexts.
 */
export function packSymbols(
  out: ByteWriter,
  symbols: Uint16Array,
  contexts: Uint8Array | undefined,
  contextCount: number,
  length = symbols.length,
): void {
  const counts = new Uint32Array(contextCount * mostSymbols);
  for (let i = 0; i < length; i++) {
    const slot = (contexts === undefined ? 0 : (contexts[i] as number)) * mostSymbols + (symbols[i] as number);
    counts[slot] = (counts[slot] as number) + 1;
  }
  const frequency = new Uint16Array(contextCount * mostSymbols);
  const below = new Uint16Array(contextCount * mostSymbols);
  const scale = new Uint8Array(contextCount);
  for (let context = 0; context < contextCount; context++) {
    const own = counts.subarray(context * mostSymbols, (context + 1) * mostSymbols);
    const used: number[] = [];
    let total = 0;
    for (let symbol = 0; symbol < mostSymbols; symbol++) {
      if (own[symbol] === 0) continue;
      used.push(symbol);
      total += own[symbol] as number;
    }
    const bits = used.length < 2 ? 0 : chooseScaleBits(total, used.length);
    const scaled = used.length < 2 ? new Uint16Array([1]) : scaleFrequencies(own, used, total, bits);
    writeTable(out, used, scaled, bits);
    scale[context] = bits;
    let sum = 0;
    for (const [i, symbol] of used.entries()) {
      frequency[context * mostSymbols + symbol] = scaled[i] as number;
      below[context * mostSymbols + symbol] = sum;
      sum += scaled[i] as number;
    }
  }
  // From the last to the first, into bytes from the back: the reader then goes forward.
  let bytes = new Uint8Array(length + 16);
  let at = bytes.length;
  let state = lowest;
  for (let i = length - 1; i >= 0; i--) {
    const context = contexts === undefined ? 0 : (contexts[i] as number);
    const bits = scale[context] as number;
    if (bits === 0) continue;
    const slot = context * mostSymbols + (symbols[i] as number);
    const share = frequency[slot] as number;
    const most = (lowest >>> bits) * 256 * share;
    if (at < 8) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes, bytes.length);
      at += bytes.length;
      bytes = larger;
    }
    while (state >= most) {
      bytes[--at] = state & 255;
      state >>>= 8;
    }
    const whole = Math.floor(state / share);
    state = (whole << bits) + (state - whole * share) + (below[slot] as number);
  }
  for (let i = 0; i < 4; i++) {
    bytes[--at] = state & 255;
    state >>>= 8;
  }
  out.chunk(bytes.subarray(at));
}

interface Table {
  readonly bits: number;
  /** For every slot of 2^bits: symbol, its frequency, and the slot's place in it. */
  readonly symbols: Uint16Array;
  readonly frequencies: Uint16Array;
  readonly offsets: Uint16Array;
}

function readTable(input: ByteReader): Table | undefined {
  const used = input.varint();
  if (used === 0) return undefined;
  if (used > mostSymbols) throw new RangeError(`a table of ${used} symbols`);
  const bits = used > 1 ? input.u8() : 0;
  if (bits > mostScaleBits) throw new RangeError(`a table of 2^${bits} slots`);
  const size = 1 << bits;
  const table = {
    bits,
    symbols: new Uint16Array(size),
    frequencies: new Uint16Array(size),
    offsets: new Uint16Array(size),
  };
  let symbol = -1;
  let slot = 0;
  for (let i = 0; i < used; i++) {
    symbol += input.varint() + 1;
    const share = used > 1 ? input.varint() + 1 : 1;
    if (symbol >= mostSymbols || slot + share > size) throw new RangeError('a table that does not add up');
    table.symbols.fill(symbol, slot, slot + share);
    table.frequencies.fill(share, slot, slot + share);
    for (let place = 0; place < share; place++) table.offsets[slot++] = place;
  }
  if (slot !== size) throw new RangeError('a table that does not add up');
  return table;
}

/** Reads what `packSymbols` wrote. Throws a RangeError when that is not what is there. */
export function unpackSymbols(
  input: ByteReader,
  length: number,
  contexts: Uint8Array | undefined,
  contextCount: number,
): Uint16Array {
  const tables: (Table | undefined)[] = [];
  for (let context = 0; context < contextCount; context++) tables.push(readTable(input));
  const bytes = input.chunk();
  const symbols = new Uint16Array(length);
  let state = 0;
  let at = 0;
  while (at < 4) state = (state << 8) | (bytes[at++] as number);
  state >>>= 0;
  let table = tables[0];
  for (let i = 0; i < length; i++) {
    if (contexts !== undefined) table = tables[contexts[i] as number];
    if (table === undefined) throw new RangeError('a symbol of a context that has none');
    const bits = table.bits;
    const slot = state & ((1 << bits) - 1);
    symbols[i] = table.symbols[slot] as number;
    if (bits === 0) continue;
    state = (table.frequencies[slot] as number) * (state >>> bits) + (table.offsets[slot] as number);
    while (state < lowest && at < bytes.length) state = ((state << 8) | (bytes[at++] as number)) >>> 0;
  }
  return symbols;
}

/** A fresh writer whose bytes are one column. */
export function packColumn(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(4096);
  write(out);
  return out.written();
}
