import { recordSize, type SessionRecords } from '../../model/session-record.ts';
import { unpackAddresses } from './address-list.ts';
import {
  columns,
  contextsOfKinds,
  inward,
  type Kind,
  mostContexts,
  type Own,
  outward,
  PeerCode,
  type Roles,
  Shape,
  sizeClass,
} from './block-layout.ts';
import { BitReader, ByteReader } from './byte-stream.ts';
import { dayStart } from './day.ts';
import { unpackNumbers } from './number-column.ts';

type Addresses = readonly [readonly Uint8Array[], readonly Uint8Array[]];

const readAddresses = (input: ByteReader): Addresses => [unpackAddresses(input, 4), unpackAddresses(input, 16)];

/** A count of things of `size` bytes that are still to come. */
function boundedCount(input: ByteReader, size: number): number {
  const count = input.varint();
  if (count * size > input.left) throw new RangeError(`${count} things of ${size} bytes, ${input.left} bytes are left`);
  return count;
}

/**
 * A packed block, read column by column as each is asked for. Throws a RangeError when it does not hold what it says;
 * blocks are checked by their CRC before, so that means a mistake of the writer, not of the disk.
 */
export class PackedBlock {
  readonly count: number;
  readonly #start: number;
  readonly #kinds: Kind[] = [];
  readonly #kindContexts: Uint8Array;
  readonly #owns: Own[] = [];
  readonly #ours: Addresses;
  readonly #columns = new Map<string, Uint8Array>();
  readonly #read = new Map<string, Float64Array>();
  #kindOf: Uint32Array | undefined;
  #ownOf: Uint32Array | undefined;
  #contexts: Uint8Array | undefined;
  #peers: { readonly table: Addresses; readonly here: Addresses; readonly places: Int32Array } | undefined;

  constructor(payload: Uint8Array, count: number, day: number) {
    this.count = count;
    this.#start = dayStart(day);
    const input = new ByteReader(payload);
    const kindCounts = new Uint32Array(boundedCount(input, 6));
    for (let i = 0; i < kindCounts.length; i++) {
      kindCounts[i] = input.varint();
      this.#kinds.push({ shape: input.u8(), protocol: input.u8(), flags: input.varint(), service: input.u16() });
    }
    this.#kindContexts = contextsOfKinds(kindCounts);
    const sides = boundedCount(input, 9);
    for (let i = 0; i < sides; i++) {
      const own = { count: input.varint(), address: input.take(input.u8()) };
      this.#owns.push({ ...own, mark: input.varint(), zone: input.varint(), lowestPort: input.varint() });
    }
    this.#ours = readAddresses(input);
    for (const column of columns) this.#columns.set(column, input.chunk());
  }

  /** Bytes that this holds in memory when all columns have been read. */
  get memory(): number {
    return this.count * 100;
  }

  sizes = () => [...this.#columns].map(([k, v]) => [k, v.length] as const);
  #input(column: (typeof columns)[number]): ByteReader {
    return new ByteReader(this.#columns.get(column) as Uint8Array);
  }

  #memo(column: (typeof columns)[number], read: (input: ByteReader) => Float64Array): Float64Array {
    let values = this.#read.get(column);
    if (values === undefined) {
      values = read(this.#input(column));
      this.#read.set(column, values);
    }
    return values;
  }

  #kindNumbers(): Uint32Array {
    if (this.#kindOf === undefined) {
      this.#kindOf = Uint32Array.from(unpackNumbers(this.#input('kinds'), this.count, undefined, 1));
      for (const kind of this.#kindOf) if (kind >= this.#kinds.length) throw new RangeError(`kind ${kind}`);
    }
    return this.#kindOf;
  }

  kind = (i: number): Kind => this.#kinds[this.#kindNumbers()[i] as number] as Kind;

  #kindContext(): Uint8Array {
    if (this.#contexts === undefined) {
      const kinds = this.#kindNumbers();
      this.#contexts = new Uint8Array(kinds.length);
      for (let i = 0; i < kinds.length; i++) this.#contexts[i] = this.#kindContexts[kinds[i] as number] as number;
    }
    return this.#contexts;
  }

  #ownNumbers(): Uint32Array {
    if (this.#ownOf === undefined) {
      this.#ownOf = new Uint32Array(this.count);
      let at = 0;
      for (const [number, { count }] of this.#owns.entries()) {
        this.#ownOf.fill(number, at, at + count);
        at += count;
      }
      if (at !== this.count) throw new RangeError(`${at} sessions of our sides, ${this.count} in the block`);
    }
    return this.#ownOf;
  }

  own = (i: number): Own => this.#owns[this.#ownNumbers()[i] as number] as Own;

  /** One number for every record whose kind has the bit, spread over all records; 0 for the others. */
  #sparse(column: (typeof columns)[number], bit: number, byKind: boolean): Float64Array {
    return this.#memo(column, (input) => {
      const kinds = this.#kindNumbers();
      const has = Uint8Array.from(this.#kinds, ({ shape }) => (shape & bit ? 1 : 0));
      const places = new Uint32Array(this.count);
      let length = 0;
      for (let i = 0; i < kinds.length; i++) if (has[kinds[i] as number] === 1) places[length++] = i;
      let contexts: Uint8Array | undefined;
      if (byKind) {
        const all = this.#kindContext();
        contexts = new Uint8Array(length);
        for (let i = 0; i < length; i++) contexts[i] = all[places[i] as number] as number;
      }
      const numbers = unpackNumbers(input, length, contexts, byKind ? mostContexts : 1);
      const all = new Float64Array(this.count);
      for (let i = 0; i < length; i++) all[places[i] as number] = numbers[i] as number;
      return all;
    });
  }

  /** Milliseconds since the epoch. */
  starts(): Float64Array {
    return this.#memo('starts', (input) => {
      const earliest = input.f64() + this.#start;
      const least = input.f64();
      const times = unpackNumbers(input, this.count, undefined, 1);
      const owns = this.#ownNumbers();
      for (let i = 0; i < times.length; i++) {
        const follows = i > 0 && owns[i] === owns[i - 1];
        times[i] = (times[i] as number) + least + (follows ? (times[i - 1] as number) : earliest);
      }
      return times;
    });
  }

  durations(): Float64Array {
    return this.#memo('durations', (input) => {
      const least = input.f64();
      const durations = unpackNumbers(input, this.count, this.#kindContext(), mostContexts);
      for (let i = 0; i < durations.length; i++) durations[i] = (durations[i] as number) + least;
      return durations;
    });
  }

  #sourcePorts(): Float64Array {
    return this.#memo('sourcePorts', (input) => unpackNumbers(input, this.count, this.#kindContext(), mostContexts));
  }

  /** Fills in the ports of one record, in the order of `End`. */
  ports(i: number, into: Uint16Array, at: number): void {
    const { shape, service } = this.kind(i);
    const source = this.#sourcePorts()[i] as number;
    const destination =
      shape & Shape.otherPort ? (this.#sparse('services', Shape.otherPort, false)[i] as number) : service;
    const isInward = (shape & Shape.inward) !== 0;
    let translated = isInward ? destination : source;
    if (shape & Shape.outerPort) {
      translated = this.#sparse('outerPorts', Shape.outerPort, true)[i] as number;
      if (!isInward) translated += this.own(i).lowestPort;
    }
    const far =
      shape & Shape.farPort
        ? (this.#sparse('farPorts', Shape.farPort, false)[i] as number)
        : isInward
          ? source
          : destination;
    into[at] = source;
    into[at + 1] = destination;
    into[at + 2] = isInward ? translated : far;
    into[at + 3] = isInward ? far : translated;
  }

  #peer(i: number): Uint8Array {
    this.#peers ??= this.#readPeers();
    const place = this.#peers.places[i] as number;
    const family = this.kind(i).shape & Shape.ipv6 ? 1 : 0;
    const peer = place < 0 ? this.#peers.here[family][-1 - place] : this.#peers.table[family][place];
    if (peer === undefined) throw new RangeError(`address ${place} of a block`);
    return peer;
  }

  /** Where every record's peer stands: its place in the table, or -1 less its place among those that stand once. */
  #readPeers() {
    const input = this.#input('peers');
    const table = readAddresses(input);
    const here = readAddresses(input);
    const codes = unpackNumbers(input, this.count, this.#kindContext(), mostContexts);
    const kinds = this.#kindNumbers();
    const families = Uint8Array.from(this.#kinds, ({ shape }) => (shape & Shape.ipv6 ? 1 : 0));
    const before = new Int32Array(this.#kinds.length);
    const next = new Int32Array(2);
    const places = new Int32Array(this.count);
    for (let i = 0; i < places.length; i++) {
      const kind = kinds[i] as number;
      const code = codes[i] as number;
      if (code === PeerCode.here) {
        const family = families[kind] as number;
        places[i] = -1 - (next[family] as number);
        next[family] = (next[family] as number) + 1;
      } else {
        if (code !== PeerCode.before) before[kind] = code - PeerCode.table;
        places[i] = before[kind] as number;
      }
    }
    return { table, here, places };
  }

  #our(column: 'outers' | 'fars', bit: number, i: number): Uint8Array {
    const number = this.#sparse(column, bit, column === 'outers')[i] as number;
    const address = this.#ours[this.kind(i).shape & Shape.ipv6 ? 1 : 0][number];
    if (address === undefined) throw new RangeError(`address ${number} of our sides`);
    return address;
  }

  /** Fills in the four addresses of record `i`, in the order of `End`; `at` is where the first begins. */
  addresses(i: number, into: Uint8Array, at: number): void {
    const { shape } = this.kind(i);
    const roles: Roles = shape & Shape.inward ? inward : outward;
    const own = this.own(i).address;
    const peer = this.#peer(i);
    into.set(own, at + roles.own * 16);
    into.set(peer, at + roles.peer * 16);
    const outer = shape & Shape.outerAddress ? this.#our('outers', Shape.outerAddress, i) : own;
    into.set(outer, at + roles.outer * 16);
    into.set(shape & Shape.farAddress ? this.#our('fars', Shape.farAddress, i) : peer, at + roles.far * 16);
  }

  #packets(direction: 0 | 1): Float64Array {
    if (direction === 0) {
      return this.#memo('packetsOut', (input) => unpackNumbers(input, this.count, this.#kindContext(), mostContexts));
    }
    return this.#memo('packetsBack', (input) =>
      unpackNumbers(input, this.count, Uint8Array.from(this.#packets(0), sizeClass), mostContexts),
    );
  }

  #octets(direction: 0 | 1): Float64Array {
    return this.#memo(direction === 0 ? 'octetsOut' : 'octetsBack', (input) => {
      const packets = this.#packets(direction);
      const octets = unpackNumbers(input, this.count, this.#kindContext(), mostContexts);
      const rests = new BitReader(input.chunk());
      for (let i = 0; i < octets.length; i++) {
        const divisor = Math.max(1, packets[i] as number);
        octets[i] = (octets[i] as number) * divisor + rests.take(32 - Math.clz32(divisor - 1));
      }
      return octets;
    });
  }

  /** Puts what tells record `i` from others into record `into` of a row: tuples, protocol, times; no counts. */
  identify(i: number, records: SessionRecords, into: number): void {
    const kind = this.kind(i);
    const own = this.own(i);
    records.bytes[into * recordSize + 4] = kind.shape & Shape.ipv6 ? 6 : 4;
    records.bytes[into * recordSize + 5] = kind.protocol;
    records.u16[into * 64 + 3] = own.zone;
    records.u32[into * 32 + 2] = own.mark;
    records.u32[into * 32 + 5] = kind.flags;
    this.ports(i, records.u16, into * 64 + 6);
    this.addresses(i, records.bytes, into * recordSize + 64);
    const start = this.starts()[i] as number;
    records.f64[into * 16 + 3] = start;
    records.f64[into * 16 + 4] = start + (this.durations()[i] as number);
  }

  /** Puts the counts of record `i` into record `into` of a row. */
  fillCounts(i: number, records: SessionRecords, into: number): void {
    records.f64[into * 16 + 5] = this.#octets(0)[i] as number;
    records.f64[into * 16 + 6] = this.#octets(1)[i] as number;
    records.u32[into * 32 + 14] = this.#packets(0)[i] as number;
    records.u32[into * 32 + 15] = this.#packets(1)[i] as number;
  }
}
