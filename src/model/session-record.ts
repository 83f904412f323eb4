/**
 * Sessions in packed form: what conntrack tells of them, 128 bytes each, in the byte order of this machine. A busy
 * gateway has 20,000 new ones a second, so nothing on their way makes an object or a string of each.
 *
 * | offset | what |
 * |---|---|
 * | 0 | u32 id (CTA_ID) |
 * | 4 | u8 family, 4 or 6; u8 protocol (IANA); u16 zone of the original direction |
 * | 8 | u32 mark |
 * | 12 | u16 ports: original source, original destination, reply source, reply destination |
 * | 20 | u32 flags (`SessionFlag`); bits 16 to 19: state of TCP (`tcpStates`), 0 when it is not known |
 * | 24 | f64 start, 32 f64 end: ms since the epoch by the kernel's clock; 0 when it is not known. With flag `open` the second is when the kernel forgets the session unless more packets come |
 * | 40 | f64 bytes and 48 f64 bytes of the original and the reply direction |
 * | 56 | u32 packets, 60 u32 packets of both directions |
 * | 64 | addresses of 16 bytes in network order: original source, original destination, reply source, reply destination; an IPv4 address is in the first 4, the others are 0 |
 *
 * Of ICMP echo the source port of either direction is the identifier, the destination port type << 8 | code.
 */
export const recordSize = 128;

export const SessionFlag = {
  /** IPS_SEEN_REPLY, IPS_ASSURED, IPS_SRC_NAT, IPS_DST_NAT, IPS_OFFLOAD of nf_conntrack_common.h, as they are there. */
  seenReply: 1 << 1,
  assured: 1 << 2,
  sourceTranslated: 1 << 4,
  destinationTranslated: 1 << 5,
  offload: 1 << 14,
  /** From a dump of the kernel's table: it has no end yet, and what stands there is `expires`. */
  open: 1 << 27,
  /** The kernel had no begin for it: it is older than `startedAt`, or unknown. */
  beginUnknown: 1 << 24,
  /** The end was not seen: it lies between what `end` says and the last time that the session was seen open. */
  endUnknown: 1 << 25,
  /** Not an end: it was still open when the day of its segment ended. */
  stillOpen: 1 << 26,
} as const;

/** States of TCP by their number in the kernel (enum tcp_conntrack, linux/netfilter/nf_conntrack_tcp.h), in its words. */
export const tcpStates = [
  'none',
  'syn-sent',
  'syn-recv',
  'established',
  'fin-wait',
  'close-wait',
  'last-ack',
  'time-wait',
  'close',
  'syn-sent2',
] as const;

/** The state's place in `flags`; to be set with `tcpState << tcpStateShift`. */
export const tcpStateShift = 16;

/** Where an address stands in a record, as index for `address` and `port`. */
export const End = { originalSource: 0, originalDestination: 1, replySource: 2, replyDestination: 3 } as const;

/**
 * Which sessions of the kernel's table are asked for; conditions that are absent let everything through. Addresses are
 * 4 or 16 bytes in network order.
 */
export interface SessionFilter {
  readonly family?: 4 | 6;
  readonly protocol?: number;
  readonly originalSource?: Uint8Array;
  readonly originalDestination?: Uint8Array;
  readonly replySource?: Uint8Array;
  readonly replyDestination?: Uint8Array;
  readonly mark?: { readonly value: number; readonly mask: number };
}

/** How many sessions the kernel's table holds, and how many it has room for (nf_conntrack_max). */
export interface SessionTable {
  readonly count: number;
  readonly max: number;
}

/** A growing row of packed records. The views change when it grows: do not keep them over a `push`. */
export class SessionRecords {
  length = 0;
  bytes: Uint8Array;
  u16: Uint16Array;
  u32: Uint32Array;
  f64: Float64Array;

  constructor(capacity = 1024) {
    const memory = new ArrayBuffer(Math.max(1, capacity) * recordSize);
    this.bytes = new Uint8Array(memory);
    this.u16 = new Uint16Array(memory);
    this.u32 = new Uint32Array(memory);
    this.f64 = new Float64Array(memory);
  }

  /** Over records that are packed in memory already, without a copy. `memory` begins at a multiple of 8. */
  static over(memory: Uint8Array): SessionRecords {
    const records = new SessionRecords(1);
    records.#view(memory.buffer as ArrayBuffer, memory.byteOffset, memory.byteLength);
    records.length = Math.floor(memory.byteLength / recordSize);
    return records;
  }

  get capacity(): number {
    return this.bytes.length / recordSize;
  }

  /** Makes room for one more, zeroed, and answers its index. */
  push(): number {
    if (this.length === this.capacity) {
      const before = this.bytes;
      const memory = new ArrayBuffer(before.length * 2);
      this.#view(memory, 0, memory.byteLength);
      this.bytes.set(before);
    } else this.bytes.fill(0, this.length * recordSize, (this.length + 1) * recordSize);
    return this.length++;
  }

  /** Makes room for this many in all at once, so that a long row does not move again and again while it grows. */
  reserve(capacity: number): void {
    if (capacity <= this.capacity) return;
    const before = this.bytes;
    const memory = new ArrayBuffer(capacity * recordSize);
    this.#view(memory, 0, memory.byteLength);
    this.bytes.set(before.subarray(0, this.length * recordSize));
  }

  /** Copies one record of another row to the end of this one; answers its index. */
  copy(from: SessionRecords, index: number): number {
    const at = this.push();
    this.bytes.set(from.bytes.subarray(index * recordSize, (index + 1) * recordSize), at * recordSize);
    return at;
  }

  clear(): void {
    this.length = 0;
  }

  id = (index: number): number => this.u32[index * 32] as number;
  family = (index: number): 4 | 6 => this.bytes[index * recordSize + 4] as 4 | 6;
  protocol = (index: number): number => this.bytes[index * recordSize + 5] as number;
  zone = (index: number): number => this.u16[index * 64 + 3] as number;
  mark = (index: number): number => this.u32[index * 32 + 2] as number;
  port = (index: number, end: number): number => this.u16[index * 64 + 6 + end] as number;
  flags = (index: number): number => this.u32[index * 32 + 5] as number;
  start = (index: number): number => this.f64[index * 16 + 3] as number;
  /** 0 while it is open. */
  end = (index: number): number => (this.flags(index) & SessionFlag.open ? 0 : (this.f64[index * 16 + 4] as number));
  /** When the kernel forgets an open session unless more packets come (ms since the epoch); 0 when that is not known. */
  expires = (index: number): number =>
    this.flags(index) & SessionFlag.open ? (this.f64[index * 16 + 4] as number) : 0;
  /** Index into `tcpStates`. */
  tcpState = (index: number): number => (this.flags(index) >>> tcpStateShift) & 15;
  /** `direction` is 0 for original, 1 for reply. */
  octets = (index: number, direction: 0 | 1): number => this.f64[index * 16 + 5 + direction] as number;
  packets = (index: number, direction: 0 | 1): number => this.u32[index * 32 + 14 + direction] as number;
  /** 4 or 16 bytes in network order, a view of the record. */
  address(index: number, end: number): Uint8Array {
    const at = index * recordSize + 64 + end * 16;
    return this.bytes.subarray(at, at + (this.bytes[index * recordSize + 4] === 6 ? 16 : 4));
  }

  #view(memory: ArrayBuffer, offset: number, length: number): void {
    this.bytes = new Uint8Array(memory, offset, length);
    this.u16 = new Uint16Array(memory, offset, length >> 1);
    this.u32 = new Uint32Array(memory, offset, length >> 2);
    this.f64 = new Float64Array(memory, offset, length >> 3);
  }
}
