import { BitReader, BitWriter, type ByteReader, type ByteWriter } from './byte-stream.ts';

/**
 * Entropy coding of small numbers: range asymmetric numeral systems with static tables (J. Duda, arXiv:1311.2540; the
 * byte-wise form of F. Giesen's ryg_rans). A symbol costs what its frequency among those of its context says, to the
 * fraction of a bit. That is why it is here and not zstd, whose Huffman codes cost a whole bit at least and know no
 * contexts: docs/decisions/0022.
 */

/** Symbols are below this. */
const mostSymbols = 512;
const mostScaleBits = 12;
const lowest = 2 ** 23;

/** How often a symbol occurs, as it stands in a table: three significant bits. */
function roundCount(count: number): number {
  const spare = Math.max(0, 29 - Math.clz32(count));
  return Math.floor(count / 2 ** spare) * 2 ** spare;
}

interface Table {
  readonly bits: number;
  /** Symbols that occur, ascending, and their frequencies: at least 1, with a sum of 2^bits. */
  readonly symbols: Uint16Array;
  readonly frequencies: Uint16Array;
}

/** Writer and reader make the same table of the same rounded counts. */
function makeTable(symbols: Uint16Array, counts: Uint32Array): Table {
  const { length } = symbols;
  if (length < 2) return { bits: 0, symbols, frequencies: new Uint16Array(length).fill(1) };
  const total = counts.reduce((sum, count) => sum + count, 0);
  let bits = 1;
  while (bits < mostScaleBits && (1 << bits < total || 1 << bits < length * 4)) bits++;
  const sum = 1 << bits;
  const frequencies = Uint16Array.from(counts, (count) => Math.max(1, Math.round((count / total) * sum)));
  let given = frequencies.reduce((all, frequency) => all + frequency, 0);
  // What rounding gave too much or too little is taken from or given to the most frequent one, which feels it least.
  while (given !== sum) {
    let most = 0;
    for (let i = 1; i < length; i++) if ((frequencies[i] as number) > (frequencies[most] as number)) most = i;
    const change = given < sum ? sum - given : -Math.min(given - sum, (frequencies[most] as number) >> 1);
    frequencies[most] = (frequencies[most] as number) + change;
    given += change;
  }
  return { bits, symbols, frequencies };
}

/** Small numbers in few bits: Elias gamma of the number plus 1. */
function putSmall(out: BitWriter, value: number): void {
  const bits = 31 - Math.clz32(value + 1);
  out.put(0, bits);
  out.put(1, 1);
  out.put(value + 1 - (1 << bits), bits);
}

function takeSmall(input: BitReader): number {
  let bits = 0;
  while (input.take(1) === 0) if (++bits > 16) throw new RangeError('a table with a number that is none');
  return (1 << bits) - 1 + input.take(bits);
}

/** Which symbols occur, as distances, and how often: number of bits, as the difference to the one before, and two more. */
function writeTable(out: BitWriter, { symbols }: Table, counts: Uint32Array): void {
  putSmall(out, symbols.length);
  let before = -1;
  let bitsBefore = 4;
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] as number;
    putSmall(out, symbol - before - 1);
    before = symbol;
    if (symbols.length < 2) return;
    const count = counts[i] as number;
    const bits = 32 - Math.clz32(count);
    const difference = bits - bitsBefore;
    putSmall(out, difference < 0 ? -2 * difference - 1 : 2 * difference);
    bitsBefore = bits;
    const more = Math.min(2, bits - 1);
    out.put((count >>> (bits - 1 - more)) - (1 << more), more);
  }
}

function readTable(input: BitReader): Table {
  const length = takeSmall(input);
  if (length > mostSymbols) throw new RangeError(`a table of ${length} symbols`);
  const symbols = new Uint16Array(length);
  const counts = new Uint32Array(length).fill(1);
  let symbol = -1;
  let bits = 4;
  for (let i = 0; i < length; i++) {
    symbol += takeSmall(input) + 1;
    if (symbol >= mostSymbols) throw new RangeError(`symbol ${symbol} in a table`);
    symbols[i] = symbol;
    if (length < 2) break;
    const folded = takeSmall(input);
    bits += folded & 1 ? -(folded + 1) / 2 : folded / 2;
    if (bits < 1 || bits > 31) throw new RangeError(`a table with a count of ${bits} bits`);
    const more = Math.min(2, bits - 1);
    counts[i] = ((1 << more) + input.take(more)) * 2 ** (bits - 1 - more);
  }
  return makeTable(symbols, counts);
}

/** Bits that a symbol costs in a table, about. */
const tableBits = 8;

const logarithms = Float64Array.from({ length: 65_536 }, (_value, i) => i * Math.log2(Math.max(1, i)));
/** n log2 n. */
const weight = (n: number): number => (n < logarithms.length ? (logarithms[n] as number) : n * Math.log2(n));

/**
 * Which contexts are worth a table of their own, as table of every context: 0 is the one of all others. A context that
 * has few symbols, or the same ones as all, would spend more on its table than it saves.
 */
function chooseTables(counts: Uint32Array, contextCount: number): Uint8Array {
  const tables = new Uint8Array(contextCount);
  if (contextCount === 1) return tables;
  const all = new Uint32Array(mostSymbols);
  let total = 0;
  for (let slot = 0; slot < counts.length; slot++) {
    const count = counts[slot] as number;
    all[slot % mostSymbols] = (all[slot % mostSymbols] as number) + count;
    total += count;
  }
  let next = 1;
  for (let context = 0; context < contextCount; context++) {
    let own = 0;
    let shared = 0;
    let sum = 0;
    let used = 0;
    for (let symbol = 0; symbol < mostSymbols; symbol++) {
      const count = counts[context * mostSymbols + symbol] as number;
      if (count === 0) continue;
      used++;
      sum += count;
      own -= weight(count);
      shared -= count * Math.log2((all[symbol] as number) / total);
    }
    if (used > 0 && own + weight(sum) + used * tableBits < shared) tables[context] = next++;
  }
  return tables;
}

/**
 * Packs symbols, each with the context (0 to `contextCount` - 1) that tells which table it is coded with; whoever reads
 * them must know the contexts.
 */
export function packSymbols(
  out: ByteWriter,
  symbols: Uint16Array,
  contexts: Uint8Array | undefined,
  contextCount: number,
): void {
  const { length } = symbols;
  const byContext = new Uint32Array(contextCount * mostSymbols);
  for (let i = 0; i < length; i++) {
    const slot = (contexts === undefined ? 0 : (contexts[i] as number)) * mostSymbols + (symbols[i] as number);
    byContext[slot] = (byContext[slot] as number) + 1;
  }
  const tables = chooseTables(byContext, contextCount);
  if (contextCount > 1) out.append(tables);
  const tableCount = tables.reduce((most, table) => Math.max(most, table), 0) + 1;
  const counts = new Uint32Array(tableCount * mostSymbols);
  for (let slot = 0; slot < byContext.length; slot++) {
    const count = byContext[slot] as number;
    if (count === 0) continue;
    const to = (tables[Math.floor(slot / mostSymbols)] as number) * mostSymbols + (slot % mostSymbols);
    counts[to] = (counts[to] as number) + count;
  }
  const frequency = new Uint16Array(counts.length);
  const below = new Uint16Array(counts.length);
  const scale = new Uint8Array(tableCount);
  const written = new BitWriter();
  for (let number = 0; number < tableCount; number++) {
    const own = counts.subarray(number * mostSymbols, (number + 1) * mostSymbols);
    const used = Uint16Array.from([...own.keys()].filter((symbol) => own[symbol] !== 0));
    const rounded = Uint32Array.from(used, (symbol) => roundCount(own[symbol] as number));
    const table = makeTable(used, rounded);
    writeTable(written, table, rounded);
    scale[number] = table.bits;
    let sum = 0;
    for (const [i, symbol] of used.entries()) {
      frequency[number * mostSymbols + symbol] = table.frequencies[i] as number;
      below[number * mostSymbols + symbol] = sum;
      sum += table.frequencies[i] as number;
    }
  }
  out.chunk(written.finish());
  // From the last to the first, into bytes from the back: the reader then goes forward. A symbol has 12 bits at most.
  const bytes = new Uint8Array(Math.ceil(length * 1.5) + 16);
  let at = bytes.length;
  let state = lowest;
  for (let i = length - 1; i >= 0; i--) {
    const table = contexts === undefined ? 0 : (tables[contexts[i] as number] as number);
    const bits = scale[table] as number;
    if (bits === 0) continue;
    const slot = table * mostSymbols + (symbols[i] as number);
    const share = frequency[slot] as number;
    const most = (lowest >>> bits) * 256 * share;
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

/** Tables as the reader needs them, one after the other: for every slot of 2^bits its symbol, and its share of them. */
interface Slots {
  readonly bits: Uint8Array;
  readonly firsts: Uint32Array;
  readonly symbols: Uint16Array;
  /** Frequency of the symbol in the upper, the slot's place in it in the lower 16 bits. */
  readonly shares: Uint32Array;
}

function spreadTables(tables: readonly Table[]): Slots {
  const firsts = new Uint32Array(tables.length);
  let size = 0;
  for (const [number, { bits }] of tables.entries()) {
    firsts[number] = size;
    size += 1 << bits;
  }
  const symbols = new Uint16Array(size);
  const shares = new Uint32Array(size);
  for (const [number, table] of tables.entries()) {
    let slot = firsts[number] as number;
    for (let i = 0; i < table.symbols.length; i++) {
      const share = table.frequencies[i] as number;
      for (let place = 0; place < share; place++) {
        symbols[slot] = table.symbols[i] as number;
        shares[slot++] = (share << 16) | place;
      }
    }
  }
  return { bits: Uint8Array.from(tables, ({ bits }) => bits), firsts, symbols, shares };
}

/** Reads what `packSymbols` wrote. Throws a RangeError when that is not what is there. */
export function unpackSymbols(
  input: ByteReader,
  length: number,
  contexts: Uint8Array | undefined,
  contextCount: number,
): Uint16Array {
  const tableOf = contextCount > 1 ? input.take(contextCount) : new Uint8Array(1);
  const tables: Table[] = [];
  const written = new BitReader(input.chunk());
  for (let left = tableOf.reduce((most, number) => Math.max(most, number), 0); left >= 0; left--) {
    tables.push(readTable(written));
  }
  const bytes = input.chunk();
  if (tables.length === 1 && tables[0]?.bits === 0) return new Uint16Array(length).fill(tables[0].symbols[0] ?? 0);
  const slots = spreadTables(tables);
  return contexts === undefined || tables.length === 1
    ? readPlain(bytes, length, slots)
    : readInContext(bytes, contexts.subarray(0, length), tableOf, slots);
}

const firstState = (bytes: Uint8Array): number =>
  (((bytes[0] as number) << 24) | ((bytes[1] as number) << 16) | ((bytes[2] as number) << 8) | (bytes[3] as number)) >>>
  0;

/** All symbols with the first table. */
function readPlain(bytes: Uint8Array, length: number, slots: Slots): Uint16Array {
  const read = new Uint16Array(length);
  const { symbols, shares } = slots;
  const bits = slots.bits[0] as number;
  const mask = (1 << bits) - 1;
  let state = firstState(bytes);
  let at = 4;
  for (let i = 0; i < length; i++) {
    const slot = state & mask;
    const share = shares[slot] as number;
    read[i] = symbols[slot] as number;
    state = (share >>> 16) * (state >>> bits) + (share & 0xffff);
    while (state < lowest && at < bytes.length) state = (state << 8) | (bytes[at++] as number);
  }
  return read;
}

function readInContext(bytes: Uint8Array, contexts: Uint8Array, tableOf: Uint8Array, slots: Slots): Uint16Array {
  const read = new Uint16Array(contexts.length);
  const { symbols, shares, firsts } = slots;
  let state = firstState(bytes);
  let at = 4;
  for (let i = 0; i < contexts.length; i++) {
    const table = tableOf[contexts[i] as number] as number;
    const bits = slots.bits[table] as number;
    const slot = (firsts[table] as number) + (state & ((1 << bits) - 1));
    read[i] = symbols[slot] as number;
    if (bits === 0) continue;
    const share = shares[slot] as number;
    state = (share >>> 16) * (state >>> bits) + (share & 0xffff);
    while (state < lowest && at < bytes.length) state = (state << 8) | (bytes[at++] as number);
  }
  return read;
}
