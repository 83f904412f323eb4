import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitPcap } from '../../../src/reconciler/mirrors/limit-pcap.ts';
import { pcapFileHeader } from '../../../src/system/pcap.ts';

function frame(size: number): Buffer {
  const record = Buffer.alloc(16 + size, size & 0xff);
  record.writeUInt32LE(size, 8);
  record.writeUInt32LE(size, 12);
  return record;
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function run(bytes: Buffer, piece: number, limits: { rate: number; packets: number; now: () => number }) {
  const count = { packets: 0, skipped: 0 };
  const parts: Uint8Array[] = [];
  for await (const part of limitPcap(inPieces(bytes, piece), limits, count)) parts.push(part);
  return { out: Buffer.concat(parts), count };
}

const file = Buffer.concat([pcapFileHeader(0), ...[60, 1514, 90, 60].map(frame)]);
const unbounded = { rate: 1e9, packets: Number.POSITIVE_INFINITY, now: () => 0 };

test('a file within its bounds comes out as it went in, however it is cut', async () => {
  for (const piece of [1, 7, 24, 1000, file.length]) {
    const { out, count } = await run(file, piece, unbounded);
    assert.deepEqual(out, file);
    assert.deepEqual(count, { packets: 4, skipped: 0 });
  }
});

test('after so many frames it ends with a whole one', async () => {
  const { out, count } = await run(file, 100, { ...unbounded, packets: 2 });
  assert.deepEqual(out, file.subarray(0, 24 + 76 + 1530));
  assert.deepEqual(count, { packets: 2, skipped: 0 });
});

test('frames over the rate are left out whole and counted, and credit comes back with time', async () => {
  let at = 0;
  const { out, count } = await run(file, file.length, { rate: 200, packets: 9, now: () => at });
  assert.deepEqual(out, Buffer.concat([pcapFileHeader(0), frame(60), frame(90)]));
  assert.deepEqual(count, { packets: 2, skipped: 2 });
  const slowly = await run(file, 24 + 76 + 1530 + 106, { rate: 200, packets: 9, now: () => (at += 1000) });
  assert.equal(slowly.count.packets, 3);
});

test('what ends in the middle of a frame loses that frame only', async () => {
  const { out, count } = await run(file.subarray(0, file.length - 3), 50, unbounded);
  assert.deepEqual(out, file.subarray(0, file.length - 76));
  assert.equal(count.packets, 3);
});
