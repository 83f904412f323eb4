import { recordSize, type SessionRecords } from '../../model/session-record.ts';
import { AddressTable } from './address-table.ts';
import { Shape } from './block-layout.ts';

/** Sessions in the order in which they are packed, and what was found out about each on the way. */
export interface SortedBatch {
  readonly records: SessionRecords;
  readonly addresses: AddressTable;
  /** Numbers of the four addresses of every record. */
  readonly ends: Int32Array;
  /** `Shape` of every record, without `otherPort`. */
  readonly shapes: Uint8Array;
  /** Records in their new order: by our side, and of one side by their begin. */
  readonly order: Uint32Array;
  /** Number of our side (address, mark and zone) of every record. */
  readonly owns: Int32Array;
}

/** Two ends of a record have the same address. */
function sameAddress(u32: Uint32Array, at: number, other: number): boolean {
  return (
    u32[at] === u32[other] &&
    u32[at + 1] === u32[other + 1] &&
    u32[at + 2] === u32[other + 2] &&
    u32[at + 3] === u32[other + 3]
  );
}

function numberEnds(records: SessionRecords, addresses: AddressTable): Int32Array {
  const { u32, bytes } = records;
  const ends = new Int32Array(records.length * 4);
  for (let i = 0; i < records.length; i++) {
    const family = bytes[i * recordSize + 4] as number;
    const at = i * 32 + 16;
    const source = addresses.add(u32, at, family);
    const destination = addresses.add(u32, at + 4, family);
    ends[i * 4] = source;
    ends[i * 4 + 1] = destination;
    ends[i * 4 + 2] = sameAddress(u32, at + 8, at + 4) ? destination : addresses.add(u32, at + 8, family);
    ends[i * 4 + 3] = sameAddress(u32, at + 12, at) ? source : addresses.add(u32, at + 12, family);
  }
  return ends;
}

/**
 * Which side is ours. A translated session tells; of others it is a guess that costs space when it is wrong, nothing
 * else: who begins more sessions, or who is called by many that hardly begin any.
 */
function findShapes(records: SessionRecords, ends: Int32Array, addresses: AddressTable): Uint8Array {
  const begins = new Uint32Array(addresses.length);
  const called = new Uint32Array(addresses.length);
  for (let i = 0; i < records.length; i++) {
    const source = ends[i * 4] as number;
    const destination = ends[i * 4 + 1] as number;
    begins[source] = (begins[source] as number) + 1;
    called[destination] = (called[destination] as number) + 1;
  }
  const shapes = new Uint8Array(records.length);
  for (let i = 0; i < records.length; i++) {
    const [source, destination, replySource, replyDestination] = ends.subarray(i * 4, i * 4 + 4) as unknown as number[];
    const ports = records.u16.subarray(i * 64 + 6, i * 64 + 10);
    const sourceKept = source === replyDestination;
    const destinationKept = destination === replySource;
    const bySource = begins[source as number] as number;
    const byDestination = begins[destination as number] as number;
    const inward =
      sourceKept && destinationKept
        ? byDestination > bySource || (bySource <= 2 && (called[destination as number] as number) >= 8)
        : sourceKept;
    const sourcePortKept = ports[0] === ports[3];
    const destinationPortKept = ports[1] === ports[2];
    let shape = inward ? Shape.inward : 0;
    if (records.bytes[i * recordSize + 4] === 6) shape |= Shape.ipv6;
    if (!(inward ? destinationKept : sourceKept)) shape |= Shape.outerAddress;
    if (!(inward ? destinationPortKept : sourcePortKept)) shape |= Shape.outerPort;
    if (!(inward ? sourceKept : destinationKept)) shape |= Shape.farAddress;
    if (!(inward ? sourcePortKept : destinationPortKept)) shape |= Shape.farPort;
    shapes[i] = shape;
  }
  return shapes;
}

/** Numbers our sides, and tells the lowest port that each is seen with from outside. */
function numberOwns(records: SessionRecords, ends: Int32Array, shapes: Uint8Array) {
  const owns = new Int32Array(records.length);
  const numbers = new Map<number, Map<number, number>>();
  const lowest: number[] = [];
  for (let i = 0; i < records.length; i++) {
    const inward = ((shapes[i] as number) & Shape.inward) !== 0;
    const address = ends[i * 4 + (inward ? 2 : 0)] as number;
    const label = records.mark(i) * 65536 + records.zone(i);
    let labels = numbers.get(address);
    if (labels === undefined) {
      labels = new Map();
      numbers.set(address, labels);
    }
    let own = labels.get(label);
    if (own === undefined) {
      own = lowest.length;
      labels.set(label, own);
      lowest.push(65536);
    }
    owns[i] = own;
    const outer = records.u16[i * 64 + 6 + (inward ? 1 : 3)] as number;
    const translated = !inward && ((shapes[i] as number) & Shape.outerAddress) !== 0;
    if (translated && outer < (lowest[own] as number)) lowest[own] = outer;
  }
  return { owns, lowest };
}

/** Records by their begin: the time in the upper, the index in the lower bits of one number each. */
function orderByStart(records: SessionRecords): Uint32Array {
  const { length } = records;
  let first = Number.POSITIVE_INFINITY;
  for (let i = 0; i < length; i++) first = Math.min(first, records.start(i) || Number.POSITIVE_INFINITY);
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    // Some weeks fit; the order of what lies beyond costs space at most.
    const since = Math.min(2 ** 32, Math.max(0, records.start(i) - first));
    keys[i] = Math.round(since) * 2 ** 20 + i;
  }
  keys.sort();
  return Uint32Array.from(keys, (key) => key % 2 ** 20);
}

/**
 * Puts the sessions of one side together, sides in the order of the ports that belong to them outside. So a block holds
 * the ports of few guests, and a question for a port needs few blocks; and what is alike stands together.
 */
export function sortBatch(records: SessionRecords): SortedBatch {
  const addresses = new AddressTable();
  const ends = numberEnds(records, addresses);
  const shapes = findShapes(records, ends, addresses);
  const { owns, lowest } = numberOwns(records, ends, shapes);
  const ranked = lowest.map((port, own) => port * 2 ** 20 + own).sort((a, b) => a - b);
  const counts = new Uint32Array(lowest.length);
  for (const own of owns) counts[own] = (counts[own] as number) + 1;
  const next = new Uint32Array(lowest.length);
  let place = 0;
  for (const key of ranked) {
    next[key % 2 ** 20] = place;
    place += counts[key % 2 ** 20] as number;
  }
  const order = new Uint32Array(records.length);
  for (const i of orderByStart(records)) {
    const own = owns[i] as number;
    order[next[own] as number] = i;
    next[own] = (next[own] as number) + 1;
  }
  return { records, addresses, ends, shapes, order, owns };
}
