import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, zstdCompress, zstdDecompress } from 'node:zlib';
import {
  BlockContent,
  type BlockHeader,
  headerMagic,
  mostHeaderLength,
  parseHeader,
  renderHeader,
} from './block-header.ts';
import { ByteReader, ByteWriter } from './byte-stream.ts';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** A block and where its header begins in the file. */
export interface IndexedBlock extends BlockHeader {
  readonly at: number;
}

/** What is in the file of a day. */
export interface SegmentIndex {
  /** Blocks of sessions, in the order of the file. */
  readonly blocks: readonly IndexedBlock[];
  /** Up to here the file is whole: blocks after that were not finished. */
  readonly length: number;
  /** It ends with an index that tells all of it. */
  readonly closed: boolean;
  /** Bytes between that are neither block nor index, as places in the file. */
  readonly damaged: readonly { readonly from: number; readonly to: number }[];
}

/** `BKSI`, after the index block: with the place of that before it, the last 12 bytes of a file. */
const trailerMagic = 0x49534b42;
const trailerLength = 12;
const chunk = 1 << 20;

/**
 * The index as a block of its own with all headers in it, and 12 bytes that tell where it begins: one read from the end
 * of a file gives all. A file that goes on after it (an end that came late) gets another one later.
 */
export async function renderIndex(
  blocks: readonly IndexedBlock[],
  headers: readonly Uint8Array[],
  at: number,
): Promise<Uint8Array> {
  const body = new ByteWriter(4096);
  body.varint(blocks.length);
  for (const [i, block] of blocks.entries()) {
    body.varint(block.at);
    body.chunk(headers[i] as Uint8Array);
  }
  const payload = await compress(body.written());
  const empty = { addresses: [], others: new Uint8Array(0) };
  const header = renderHeader(
    {
      content: BlockContent.index,
      durations: 0,
      count: blocks.length,
      earliest: 0,
      latest: 0,
      batch: 0,
      following: 0,
      hints: empty,
    },
    payload,
  );
  const out = new ByteWriter(header.length + payload.length + trailerLength);
  out.append(header);
  out.append(payload);
  out.f64(at);
  out.u32(trailerMagic);
  return out.written();
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const { bytesRead } = await file.read(bytes, 0, length, at);
  return bytes.subarray(0, bytesRead);
}

/** The index at the end of the file, when there is a whole one. */
async function readClosed(file: FileHandle, size: number): Promise<SegmentIndex | undefined> {
  if (size < trailerLength) return undefined;
  const guess = Math.min(size, 1 << 18);
  let tail = await readAt(file, size - guess, guess);
  const trailer = new ByteReader(tail, tail.length - trailerLength);
  const at = trailer.f64();
  if (trailer.u32() !== trailerMagic || !(Number.isInteger(at) && at >= 0 && at < size)) return undefined;
  if (at < size - guess) tail = await readAt(file, at, size - at);
  else tail = tail.subarray(tail.length - (size - at));
  const header = parseHeader(tail, 0);
  if (header?.content !== BlockContent.index) return undefined;
  if (header.headerLength + header.payloadLength + trailerLength !== tail.length) return undefined;
  const payload = tail.subarray(header.headerLength, tail.length - trailerLength);
  if (crc32(payload) !== header.payloadCrc) return undefined;
  const input = new ByteReader(await decompress(payload));
  const blocks: IndexedBlock[] = [];
  for (let left = input.varint(); left > 0; left--) {
    const place = input.varint();
    const block = parseHeader(input.chunk(), 0);
    if (block === undefined) return undefined;
    blocks.push({ ...block, at: place });
  }
  return { blocks, length: size, closed: true, damaged: [] };
}

/** Where the next header may begin, from `at` on; the size of the file when there is none. */
async function findHeader(file: FileHandle, at: number, size: number): Promise<number> {
  for (let place = at; place < size; place += chunk) {
    const bytes = Buffer.from(await readAt(file, place, Math.min(chunk + mostHeaderLength, size - place)));
    const magic = Buffer.alloc(4);
    magic.writeUInt32LE(headerMagic);
    for (let found = bytes.indexOf(magic); found >= 0 && found < chunk; found = bytes.indexOf(magic, found + 1)) {
      if (parseHeader(bytes, found) !== undefined) return place + found;
    }
  }
  return size;
}

/**
 * Goes from header to header. What is none is passed over to the next one and told as damaged. A batch at the end
 * that was not written whole does not count: its sessions are still in the journal.
 */
async function scan(file: FileHandle, size: number): Promise<SegmentIndex> {
  const blocks: IndexedBlock[] = [];
  const damaged: { from: number; to: number }[] = [];
  let unfinished: IndexedBlock[] = [];
  let length = 0;
  for (let at = 0; at < size; ) {
    const bytes = await readAt(file, at, Math.min(mostHeaderLength, size - at));
    const header = parseHeader(bytes, 0);
    if (header === undefined || at + header.headerLength + header.payloadLength > size) {
      const next = await findHeader(file, at + 1, size);
      if (next < size) damaged.push({ from: at, to: next });
      at = next;
      continue;
    }
    const after = at + header.headerLength + header.payloadLength;
    // Only a batch at the end can be unfinished: the writer cuts it off before it goes on.
    if (header.content === BlockContent.index || unfinished[0]?.batch !== header.batch) {
      blocks.push(...unfinished);
      unfinished = [];
    }
    if (header.content === BlockContent.index) {
      at = Math.min(size, after + trailerLength);
      length = at;
      continue;
    }
    unfinished.push({ ...header, at });
    at = after;
    if (header.following > 0) continue;
    blocks.push(...unfinished);
    unfinished = [];
    length = after;
  }
  if (length === 0 && unfinished.length === 0 && size > mostHeaderLength) {
    // Nothing in it is known: it may be all damaged, or of a later version. It is not for us to cut it off.
    damaged.push({ from: 0, to: size });
    length = size;
  }
  return { blocks, length, closed: false, damaged };
}

/** What is in an open file of `size` bytes. */
export async function readIndex(file: FileHandle, size: number): Promise<SegmentIndex> {
  return (await readClosed(file, size)) ?? (await scan(file, size));
}

/** The header of a block as it stands in the file. */
export const readHeader = (file: FileHandle, block: IndexedBlock): Promise<Uint8Array> =>
  readAt(file, block.at, block.headerLength);

/** The payload of a block; undefined when it is damaged or gone. */
export async function readPayload(file: FileHandle, block: IndexedBlock): Promise<Uint8Array | undefined> {
  const payload = await readAt(file, block.at + block.headerLength, block.payloadLength);
  return payload.length === block.payloadLength && crc32(payload) === block.payloadCrc ? payload : undefined;
}
