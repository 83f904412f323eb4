import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdDecompress } from 'node:zlib';
import { recordSize, SessionRecords } from '../../model/session-record.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * A journal is a row of frames: u32 magic `BKJF`, u32 length of what follows the head packed, u32 the same unpacked,
 * u32 CRC-32 of the packed bytes, then zstd over entries. A frame is what was handed over at once.
 */
const frameMagic = 0x464a4b42;
const magicBytes = Buffer.from('BKJF');
const frameHead = 16;
/** Most bytes of a frame, unpacked: a length above that is damage. */
const mostFrame = 2 ** 30;

/** Written every second and soon thrown away: quick rather than small. */
const compressionLevel = { [constants.ZSTD_c_compressionLevel]: 1 };

/** What an entry begins with. */
const EntryKind = { begins: 1, ends: 2, packed: 3, rolled: 4, handedOver: 5, base: 6, rolledBefore: 7 } as const;

export type Entry =
  /** Sessions that began. Of a base, f64 end is the last day that each has a record of. */
  | { readonly kind: 'begins'; readonly records: SessionRecords }
  /** Sessions that wait to be packed with a batch; `ending` when they end what began. */
  | {
      readonly kind: 'ends';
      readonly batch: number;
      readonly day: number;
      readonly durations: number;
      readonly ending: boolean;
      readonly records: SessionRecords;
    }
  /** A batch is in the file of its day. */
  | { readonly kind: 'packed'; readonly batch: number }
  /** What was open on the day has a record in its file, or waits for it. */
  | { readonly kind: 'rolled'; readonly day: number }
  /** The last such day before this journal; the begins of its base tell which sessions have their records. */
  | { readonly kind: 'rolledBefore'; readonly day: number }
  | { readonly kind: 'handedOver'; readonly at: number }
  /** All that was known when this journal began stands before this. */
  | { readonly kind: 'base' };

/** Entries of one frame, as bytes. */
export class EntryWriter {
  readonly #out = new ByteWriter(65536);

  get length(): number {
    return this.#out.length;
  }

  begins(records: SessionRecords, index: number, count: number): void {
    this.#out.u8(EntryKind.begins);
    this.#records(records, index, count);
  }

  ends(
    batch: { number: number; day: number; durations: number },
    ending: boolean,
    records: SessionRecords,
    index: number,
    count: number,
  ): void {
    this.#out.u8(EntryKind.ends);
    this.#out.f64(batch.number);
    this.#out.f64(batch.day);
    this.#out.u8(batch.durations);
    this.#out.u8(ending ? 1 : 0);
    this.#records(records, index, count);
  }

  #records(records: SessionRecords, index: number, count: number): void {
    this.#out.varint(count);
    this.#out.append(records.bytes.subarray(index * recordSize, (index + count) * recordSize));
  }

  packed(batch: number): void {
    this.#out.u8(EntryKind.packed);
    this.#out.f64(batch);
  }

  rolled(day: number): void {
    this.#out.u8(EntryKind.rolled);
    this.#out.f64(day);
  }

  rolledBefore(day: number): void {
    this.#out.u8(EntryKind.rolledBefore);
    this.#out.f64(day);
  }

  handedOver(at: number): void {
    this.#out.u8(EntryKind.handedOver);
    this.#out.f64(at);
  }

  base(): void {
    this.#out.u8(EntryKind.base);
  }

  written(): Uint8Array {
    return this.#out.written();
  }
}

function readRecords(input: ByteReader): SessionRecords {
  const count = input.varint();
  // A copy, because records begin at a multiple of 8.
  return SessionRecords.over(new Uint8Array(input.take(count * recordSize)));
}

export function* parseEntries(bytes: Uint8Array): Generator<Entry> {
  const input = new ByteReader(bytes);
  while (input.left > 0) {
    const kind = input.u8();
    if (kind === EntryKind.begins) yield { kind: 'begins', records: readRecords(input) };
    else if (kind === EntryKind.ends) {
      const name = { batch: input.f64(), day: input.f64(), durations: input.u8(), ending: input.u8() === 1 };
      yield { kind: 'ends', ...name, records: readRecords(input) };
    } else if (kind === EntryKind.packed) yield { kind: 'packed', batch: input.f64() };
    else if (kind === EntryKind.rolled) yield { kind: 'rolled', day: input.f64() };
    else if (kind === EntryKind.rolledBefore) yield { kind: 'rolledBefore', day: input.f64() };
    else if (kind === EntryKind.handedOver) yield { kind: 'handedOver', at: input.f64() };
    else if (kind === EntryKind.base) yield { kind: 'base' };
    else throw new RangeError(`an entry of kind ${kind}`);
  }
}

/** Packs entries to a frame, in the thread pool. */
export async function renderFrame(entries: Uint8Array): Promise<Uint8Array> {
  const packed = await compress(entries, { params: compressionLevel });
  const out = new ByteWriter(frameHead + packed.length);
  out.u32(frameMagic);
  out.u32(packed.length);
  out.u32(entries.length);
  out.u32(crc32(packed));
  out.append(packed);
  return out.written();
}

/** Frames of a stretch of a journal: the entries of each that is whole, in their order. */
interface ReadFrames {
  readonly entries: Uint8Array[];
  /** Up to here all of it has been read; what follows may be a frame that is being written. */
  readonly length: number;
  /** Bytes that were passed over because they are no frame. */
  readonly damaged: number;
}

/** Length of the whole frame at `at`, when there is one and its checksum is right. */
function frameAt(bytes: Uint8Array, at: number): number | undefined {
  if (at + frameHead > bytes.length) return undefined;
  const input = new ByteReader(bytes, at);
  if (input.u32() !== frameMagic) return undefined;
  const length = input.u32();
  const unpacked = input.u32();
  if (unpacked > mostFrame || at + frameHead + length > bytes.length) return undefined;
  return crc32(bytes.subarray(at + frameHead, at + frameHead + length)) === input.u32()
    ? frameHead + length
    : undefined;
}

export async function readFrames(bytes: Uint8Array): Promise<ReadFrames> {
  const entries: Uint8Array[] = [];
  let damaged = 0;
  let whole = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = frameAt(bytes, at);
    if (length === undefined) {
      const next = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(magicBytes, at + 1);
      if (next < 0) break;
      at = next;
      continue;
    }
    damaged += at - whole;
    entries.push(await decompress(bytes.subarray(at + frameHead, at + length)));
    at += length;
    whole = at;
  }
  return { entries, length: whole, damaged };
}
