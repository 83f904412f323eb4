import { recordSize } from '../../model/session-record.ts';
import { packAddresses } from './address-list.ts';
import {
  columns,
  contextsOfKinds,
  inward,
  type Kind,
  mostContexts,
  outward,
  PeerCode,
  type Roles,
  Shape,
  sizeClass,
} from './block-layout.ts';
import { BitWriter, ByteWriter } from './byte-stream.ts';
import { dayStart } from './day.ts';
import { packNumbers } from './number-column.ts';
import type { SortedBatch } from './sort-batch.ts';

/** A service is kept in its kind when this many sessions of the block share it. */
const fewestOfService = 6;

/** Kinds of the records of a block, most frequent first, and the kind of each. */
function findKinds(batch: SortedBatch, rows: Uint32Array) {
  const { records, shapes } = batch;
  const flagsSeen = new Map<number, number>();
  const keys = new Float64Array(rows.length);
  const byKey = new Map<number, { kind: Kind; count: number }>();
  const services = new Map<number, number>();
  for (const row of rows) {
    const service = records.u16[row * 64 + 7] as number;
    services.set(service, (services.get(service) ?? 0) + 1);
  }
  for (const [i, row] of rows.entries()) {
    const flags = records.flags(row);
    let flagsNumber = flagsSeen.get(flags);
    if (flagsNumber === undefined) {
      flagsNumber = flagsSeen.size;
      flagsSeen.set(flags, flagsNumber);
    }
    const ownPort = records.u16[row * 64 + 7] as number;
    const shared = (services.get(ownPort) as number) >= fewestOfService;
    const shape = (shapes[row] as number) | (shared ? 0 : Shape.otherPort);
    const service = shared ? ownPort : 0;
    const protocol = records.bytes[row * recordSize + 5] as number;
    const key = ((flagsNumber * 128 + shape) * 256 + protocol) * 65536 + service;
    keys[i] = key;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, { kind: { shape, protocol, flags, service }, count: 1 });
    else known.count++;
  }
  const sorted = [...byKey].sort((a, b) => b[1].count - a[1].count);
  const numbers = new Map(sorted.map(([key], number) => [key, number]));
  return {
    kinds: sorted.map(([, { kind }]) => kind),
    counts: Uint32Array.from(sorted, ([, { count }]) => count),
    ofRow: Float64Array.from(keys, (key) => numbers.get(key) as number),
  };
}

/** Order of two addresses of the same length, as numbers. */
const compareAddresses = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

/**
 * Addresses of one family after the other, each family in the order of how often they occur; those that occur as often
 * are in the order of their numbers, where they take less room.
 */
class RankedAddresses {
  readonly #ranks = new Map<number, number>();
  readonly #lists: [Uint8Array[], Uint8Array[]] = [[], []];

  constructor({ addresses }: SortedBatch, numbers: readonly number[], fewest: number) {
    const counts = new Map<number, number>();
    for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
    const ranked: { number: number; count: number; address: Uint8Array }[] = [];
    for (const [number, count] of counts) {
      if (count >= fewest) ranked.push({ number, count, address: addresses.bytes(number) });
    }
    ranked.sort((a, b) => b.count - a.count || compareAddresses(a.address, b.address));
    for (const { number, address } of ranked) {
      const list = this.#lists[address.length === 16 ? 1 : 0];
      this.#ranks.set(number, list.length);
      list.push(address);
    }
  }

  rank(number: number): number | undefined {
    return this.#ranks.get(number);
  }

  write(out: ByteWriter): void {
    packAddresses(out, this.#lists[0], 4);
    packAddresses(out, this.#lists[1], 16);
  }
}

/** Bytes as bytes a packet and a rest: both directions of a session are far more alike so than in bytes. */
function packOctets(out: ByteWriter, octets: Float64Array, packets: Float64Array, contexts: Uint8Array): void {
  const means = new Float64Array(octets.length);
  const rests = new BitWriter();
  for (let i = 0; i < octets.length; i++) {
    const divisor = Math.max(1, packets[i] as number);
    const mean = Math.floor((octets[i] as number) / divisor);
    means[i] = mean;
    rests.put((octets[i] as number) - mean * divisor, 32 - Math.clz32(divisor - 1));
  }
  packNumbers(out, means, contexts, mostContexts);
  out.chunk(rests.finish());
}

/** The writer of one block: a method for every column that is more than a row of numbers. */
class BlockPacker {
  readonly #batch: SortedBatch;
  readonly #rows: Uint32Array;
  readonly #start: number;
  readonly #kinds: Kind[];
  readonly #kindOf: Float64Array;
  readonly #contexts: Uint8Array;
  readonly #lowestPorts: number[] = [];
  readonly #ours: RankedAddresses;
  readonly #out = new ByteWriter(65536);

  constructor(batch: SortedBatch, rows: Uint32Array, day: number) {
    this.#batch = batch;
    this.#rows = rows;
    this.#start = dayStart(day);
    const { kinds, counts, ofRow } = findKinds(batch, rows);
    this.#kinds = kinds;
    this.#kindOf = ofRow;
    const contexts = contextsOfKinds(counts);
    this.#contexts = Uint8Array.from(ofRow, (kind) => contexts[kind] as number);
    const ours: number[] = [];
    for (let i = 0; i < rows.length; i++) {
      if (this.#shape(i) & Shape.outerAddress) ours.push(this.#address(i, 'outer'));
      if (this.#shape(i) & Shape.farAddress) ours.push(this.#address(i, 'far'));
    }
    this.#ours = new RankedAddresses(batch, ours, 1);
    this.#preamble(counts);
  }

  #shape = (i: number): number => (this.#kinds[this.#kindOf[i] as number] as Kind).shape;
  #roles = (i: number): Roles => (this.#shape(i) & Shape.inward ? inward : outward);
  #address(i: number, role: keyof Roles): number {
    return this.#batch.ends[(this.#rows[i] as number) * 4 + this.#roles(i)[role]] as number;
  }
  #port(i: number, role: keyof Roles): number {
    return this.#batch.records.port(this.#rows[i] as number, this.#roles(i)[role]);
  }
  /** A number of every record, or of every one whose shape has this bit. */
  #numbers(of: (row: number, i: number) => number, bit = 0): Float64Array {
    const numbers = new Float64Array(this.#rows.length);
    let length = 0;
    for (let i = 0; i < numbers.length; i++) {
      if (bit === 0 || this.#shape(i) & bit) numbers[length++] = of(this.#rows[i] as number, i);
    }
    return numbers.subarray(0, length);
  }
  #contextsOf(bit: number): Uint8Array {
    return this.#contexts.filter((_context, i) => this.#shape(i) & bit);
  }

  #preamble(counts: Uint32Array): void {
    const out = this.#out;
    out.varint(this.#kinds.length);
    for (const [i, kind] of this.#kinds.entries()) {
      out.varint(counts[i] as number);
      out.u8(kind.shape);
      out.u8(kind.protocol);
      out.varint(kind.flags);
      out.u16(kind.service);
    }
    const { records, owns } = this.#batch;
    const sides = new ByteWriter();
    let sideCount = 0;
    for (let first = 0; first < this.#rows.length; sideCount++) {
      const row = this.#rows[first] as number;
      let end = first;
      let lowest = 65536;
      for (; end < this.#rows.length && owns[this.#rows[end] as number] === owns[row]; end++) {
        const shape = this.#shape(end);
        if (shape & Shape.outerPort && !(shape & Shape.inward)) lowest = Math.min(lowest, this.#port(end, 'outer'));
      }
      if (lowest === 65536) lowest = 0;
      sides.varint(end - first);
      const address = this.#batch.addresses.bytes(this.#address(first, 'own'));
      sides.u8(address.length);
      sides.append(address);
      sides.varint(records.mark(row));
      sides.varint(records.zone(row));
      sides.varint(lowest);
      while (this.#lowestPorts.length < end) this.#lowestPorts.push(lowest);
      first = end;
    }
    out.varint(sideCount);
    out.append(sides.written());
    this.#ours.write(out);
  }

  kinds(out: ByteWriter): void {
    packNumbers(out, this.#kindOf, undefined, 1);
  }

  /** Of one side, distances; the first of each is the distance from the earliest of the block. */
  starts(out: ByteWriter): void {
    const { records, owns } = this.#batch;
    const times = this.#numbers((row) => Math.round(records.start(row)) - this.#start);
    const earliest = times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
    const deltas = this.#numbers((row, i) => {
      const follows = i > 0 && owns[this.#rows[i - 1] as number] === owns[row];
      return (times[i] as number) - (follows ? (times[i - 1] as number) : earliest);
    });
    // Begins that are more than some months apart within a block are out of order.
    const least = deltas.reduce((lowest, delta) => Math.min(lowest, delta), 0);
    out.f64(earliest);
    out.f64(least);
    packNumbers(
      out,
      deltas.map((delta) => delta - least),
      undefined,
      1,
    );
  }

  durations(out: ByteWriter): void {
    const { records } = this.#batch;
    const durations = this.#numbers(
      (row) => Math.round(records.f64[row * 16 + 4] as number) - Math.round(records.start(row)),
    );
    const least = durations.reduce((lowest, duration) => Math.min(lowest, duration), 0);
    out.f64(least);
    packNumbers(
      out,
      durations.map((duration) => duration - least),
      this.#contexts,
      mostContexts,
    );
  }

  sourcePorts(out: ByteWriter): void {
    packNumbers(
      out,
      this.#numbers((row) => this.#batch.records.port(row, 0)),
      this.#contexts,
      mostContexts,
    );
  }

  services(out: ByteWriter): void {
    packNumbers(
      out,
      this.#numbers((row) => this.#batch.records.port(row, 1), Shape.otherPort),
      undefined,
      1,
    );
  }

  /** Outward: what the source port is translated to. Inward: the port of our side that the service is translated to. */
  outerPorts(out: ByteWriter): void {
    const numbers = this.#numbers((_row, i) => {
      if (this.#shape(i) & Shape.inward) return this.#port(i, 'own');
      return this.#port(i, 'outer') - (this.#lowestPorts[i] as number);
    }, Shape.outerPort);
    packNumbers(out, numbers, this.#contextsOf(Shape.outerPort), mostContexts);
  }

  farPorts(out: ByteWriter): void {
    packNumbers(
      out,
      this.#numbers((_row, i) => this.#port(i, 'far'), Shape.farPort),
      undefined,
      1,
    );
  }

  peers(out: ByteWriter): void {
    const numbers = Array.from(this.#rows, (_row, i) => this.#address(i, 'peer'));
    const table = new RankedAddresses(this.#batch, numbers, 2);
    const here: [Uint8Array[], Uint8Array[]] = [[], []];
    const before = new Int32Array(this.#kinds.length).fill(-1);
    const codes = this.#numbers((_row, i) => {
      const peer = numbers[i] as number;
      const kind = this.#kindOf[i] as number;
      const rank = table.rank(peer);
      if (rank === undefined) {
        const address = this.#batch.addresses.bytes(peer);
        here[address.length === 16 ? 1 : 0].push(address);
        return PeerCode.here;
      }
      if (before[kind] === peer) return PeerCode.before;
      before[kind] = peer;
      return PeerCode.table + rank;
    });
    table.write(out);
    packAddresses(out, here[0], 4);
    packAddresses(out, here[1], 16);
    packNumbers(out, codes, this.#contexts, mostContexts);
  }

  outers(out: ByteWriter): void {
    const numbers = this.#numbers((_row, i) => this.#ours.rank(this.#address(i, 'outer')) ?? 0, Shape.outerAddress);
    packNumbers(out, numbers, this.#contextsOf(Shape.outerAddress), mostContexts);
  }

  fars(out: ByteWriter): void {
    const numbers = this.#numbers((_row, i) => this.#ours.rank(this.#address(i, 'far')) ?? 0, Shape.farAddress);
    packNumbers(out, numbers, undefined, 1);
  }

  packetsOut(out: ByteWriter): void {
    packNumbers(out, this.#packets(0), this.#contexts, mostContexts);
  }

  packetsBack(out: ByteWriter): void {
    packNumbers(out, this.#packets(1), Uint8Array.from(this.#packets(0), sizeClass), mostContexts);
  }

  octetsOut(out: ByteWriter): void {
    packOctets(out, this.#octets(0), this.#packets(0), this.#contexts);
  }

  octetsBack(out: ByteWriter): void {
    packOctets(out, this.#octets(1), this.#packets(1), this.#contexts);
  }

  #packets = (direction: 0 | 1): Float64Array => this.#numbers((row) => this.#batch.records.packets(row, direction));
  #octets = (direction: 0 | 1): Float64Array => this.#numbers((row) => this.#batch.records.octets(row, direction));

  finish(): Uint8Array {
    for (const column of columns) {
      const bytes = new ByteWriter(4096);
      this[column](bytes);
      this.#out.chunk(bytes.written());
    }
    return this.#out.written();
  }
}

/**
 * Packs the records `rows` of a sorted batch, in this order: all that a record holds but its id, times in whole
 * milliseconds from the begin of `day`.
 */
export function packBlock(batch: SortedBatch, rows: Uint32Array, day: number): Uint8Array {
  return new BlockPacker(batch, rows, day).finish();
}
