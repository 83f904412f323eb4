import { crc32 } from 'node:zlib';
import { recordSize } from '../../model/session-record.ts';
import { hashWords } from './address-table.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';
import { dayStart } from './day.ts';
import type { SortedBatch } from './sort-batch.ts';

/**
 * What stands before every block of a day's file; the file is read by going from header to header.
 *
 * | offset | what |
 * |---|---|
 * | 0 | u32 magic `BKSB` |
 * | 4 | u16 version, u8 what it is (`BlockContent`), u8 class of duration |
 * | 8 | u32 bytes of this header, u32 bytes of the payload after it, u32 sessions |
 * | 20 | f64 earliest begin, f64 latest end, in ms from the begin of the day |
 * | 36 | f64 number of the batch that it was packed with, u32 blocks of this batch that follow |
 * | 48 | u32 CRC-32 of the payload, u32 CRC-32 of this header but for these 4 bytes |
 * | 56 | hints: which addresses and ports may be in it |
 */
export interface BlockHeader {
  readonly content: number;
  readonly durations: number;
  readonly headerLength: number;
  readonly payloadLength: number;
  readonly count: number;
  readonly earliest: number;
  readonly latest: number;
  readonly batch: number;
  readonly following: number;
  readonly payloadCrc: number;
  readonly hints: Hints;
}

export const BlockContent = { sessions: 0, index: 1 } as const;

export const headerMagic = 0x42534b42;
const fixedHeaderLength = 56;
const crcAt = 52;
const version = 1;
/** Longest that a header can be: hints are bounded. */
export const mostHeaderLength = 16_384;

/** Ports in groups of 64, as 1024 bits. */
const bitmapLength = 128;
const mostAddresses = 8;
/** Bits of the filter for an address that is not among the most frequent ones. */
const bitsAnAddress = 4;
const mostFilterBits = 4096;

export interface Hints {
  /** The most frequent addresses, with the groups of their ports. */
  readonly addresses: readonly { readonly address: Uint8Array; readonly ports: Uint8Array }[];
  /** Bits by hash of all other addresses; no bit at all when there are none. */
  readonly others: Uint8Array;
}

const setBit = (bits: Uint8Array, bit: number): void => {
  bits[bit >> 3] = (bits[bit >> 3] as number) | (1 << (bit & 7));
};
const hasBit = (bits: Uint8Array, bit: number): boolean => ((bits[bit >> 3] as number) & (1 << (bit & 7))) !== 0;

/** Hash of an address of 4 or 16 bytes, as it is in a record's words on a little-endian machine. */
function hashAddress(address: Uint8Array): number {
  const words = new Uint32Array(4);
  for (const [i, byte] of address.entries())
    words[i >> 2] = ((words[i >> 2] as number) | (byte << ((i & 3) * 8))) >>> 0;
  return hashWords(words[0] as number, words[1] as number, words[2] as number, words[3] as number);
}

/** Which addresses and ports the records `rows` have. */
export function findHints({ records, ends, addresses }: SortedBatch, rows: Uint32Array): Hints {
  const counts = new Map<number, number>();
  for (const row of rows) {
    for (let end = 0; end < 4; end++) {
      const address = ends[row * 4 + end] as number;
      counts.set(address, (counts.get(address) ?? 0) + 1);
    }
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1]).map(([address]) => address);
  const bitmaps = new Map(ranked.slice(0, mostAddresses).map((address) => [address, new Uint8Array(bitmapLength)]));
  for (const row of rows) {
    for (let end = 0; end < 4; end++) {
      const ports = bitmaps.get(ends[row * 4 + end] as number);
      if (ports !== undefined) setBit(ports, records.port(row, end) >> 6);
    }
  }
  const rest = ranked.slice(mostAddresses);
  let bits = rest.length === 0 ? 0 : 64;
  while (bits > 0 && bits < rest.length * bitsAnAddress && bits < mostFilterBits) bits *= 2;
  const others = new Uint8Array(bits / 8);
  for (const address of rest) setBit(others, hashAddress(addresses.bytes(address)) & (bits - 1));
  return {
    addresses: [...bitmaps].map(([address, ports]) => ({ address: addresses.bytes(address), ports })),
    others,
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** False only when no end in the block has this address and port. */
export function mayHold(hints: Hints, address: Uint8Array, port?: number): boolean {
  for (const frequent of hints.addresses) {
    if (sameBytes(frequent.address, address)) return port === undefined || hasBit(frequent.ports, port >> 6);
  }
  const bits = hints.others.length * 8;
  return bits > 0 && hasBit(hints.others, hashAddress(address) & (bits - 1));
}

/** Earliest begin and latest end of records, in ms from the begin of `day`; an unknown begin is that of the day. */
export function spanOf({ records }: SortedBatch, rows: Uint32Array, day: number): { earliest: number; latest: number } {
  let earliest = Number.POSITIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const end = Math.round(records.f64[(row * recordSize) / 8 + 4] as number);
    const start = Math.round(records.start(row)) || Math.min(end, dayStart(day));
    earliest = Math.min(earliest, start, end);
    latest = Math.max(latest, start, end);
  }
  return { earliest: earliest - dayStart(day), latest: latest - dayStart(day) };
}

function writeHints(out: ByteWriter, hints: Hints): void {
  out.u8(hints.addresses.length);
  for (const { address, ports } of hints.addresses) {
    out.u8(address.length);
    out.append(address);
    out.append(ports);
  }
  out.u16(hints.others.length);
  out.append(hints.others);
}

function readHints(input: ByteReader): Hints {
  const addresses = Array.from({ length: input.u8() }, () => ({
    address: input.take(input.u8()),
    ports: input.take(bitmapLength),
  }));
  return { addresses, others: input.take(input.u16()) };
}

export function renderHeader(
  header: Omit<BlockHeader, 'headerLength' | 'payloadLength' | 'payloadCrc'>,
  payload: Uint8Array,
): Uint8Array {
  const hints = new ByteWriter(2048);
  writeHints(hints, header.hints);
  const out = new ByteWriter(fixedHeaderLength + hints.length);
  out.u32(headerMagic);
  out.u16(version);
  out.u8(header.content);
  out.u8(header.durations);
  out.u32(fixedHeaderLength + hints.length);
  out.u32(payload.length);
  out.u32(header.count);
  out.f64(header.earliest);
  out.f64(header.latest);
  out.f64(header.batch);
  out.u32(header.following);
  out.u32(crc32(payload));
  out.u32(crc32(hints.written(), crc32(out.bytes.subarray(0, crcAt))));
  out.append(hints.written());
  return out.written();
}

/** The header at `at`; undefined when there is none, or not all of it, or a damaged one. */
export function parseHeader(bytes: Uint8Array, at: number): BlockHeader | undefined {
  if (at + fixedHeaderLength > bytes.length) return undefined;
  const input = new ByteReader(bytes, at);
  if (input.u32() !== headerMagic || input.u16() !== version) return undefined;
  const content = input.u8();
  const durations = input.u8();
  const headerLength = input.u32();
  if (headerLength < fixedHeaderLength || headerLength > mostHeaderLength || at + headerLength > bytes.length) {
    return undefined;
  }
  const crc = crc32(bytes.subarray(at + fixedHeaderLength, at + headerLength), crc32(bytes.subarray(at, at + crcAt)));
  const fixed = {
    payloadLength: input.u32(),
    count: input.u32(),
    earliest: input.f64(),
    latest: input.f64(),
    batch: input.f64(),
    following: input.u32(),
    payloadCrc: input.u32(),
  };
  if (input.u32() !== crc) return undefined;
  return { content, durations, headerLength, ...fixed, hints: readHints(input) };
}
