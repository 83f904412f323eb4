import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SessionRecords } from '../../../src/model/session-record.ts';
import { parseHeader } from '../../../src/observers/session-log/block-header.ts';
import { ByteReader, ByteWriter } from '../../../src/observers/session-log/byte-stream.ts';
import { dayOf, dayStart } from '../../../src/observers/session-log/day.ts';
import { packNumbers, unpackNumbers } from '../../../src/observers/session-log/number-column.ts';
import { packBatch } from '../../../src/observers/session-log/pack-batch.ts';
import { packSymbols, unpackSymbols } from '../../../src/observers/session-log/symbol-coder.ts';
import { PackedBlock } from '../../../src/observers/session-log/unpack-block.ts';
import { arbitrarySession, contents, recordsOf } from './sessions.ts';

const day = 20_779;
const times = { from: dayStart(day) - 40_000_000, to: dayStart(day + 1) };

async function packAndUnpack(records: SessionRecords, onDay: number): Promise<SessionRecords> {
  const parts = await packBatch(records, { day: onDay, durations: 0, number: 7 });
  const unpacked = new SessionRecords(Math.max(1, records.length));
  for (let part = 0; part < parts.length; part += 2) {
    const header = parseHeader(parts[part] as Uint8Array, 0);
    assert.ok(header);
    const block = new PackedBlock(parts[part + 1] as Uint8Array, header.count, onDay);
    for (let i = 0; i < header.count; i++) {
      const at = unpacked.push();
      block.identify(i, unpacked, at);
      block.fillCounts(i, unpacked, at);
    }
  }
  return unpacked;
}

test('any sessions come out of packed blocks as they went in, but for their ids', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitrarySession(times), { minLength: 1, maxLength: 300 }), async (sessions) => {
      const records = recordsOf(sessions);
      assert.deepEqual(contents(await packAndUnpack(records, day)), contents(records));
    }),
    { numRuns: 150 },
  );
});

test('sessions that end before they begin, or whose begin is not known, or far from the day, come out as they went in', async () => {
  const [like] = fc.sample(arbitrarySession(times), { numRuns: 1, seed: 3 });
  assert.ok(like);
  const odd = [
    { ...like, start: 0, end: times.to },
    { ...like, start: times.to, end: times.from },
    { ...like, start: 1, end: 253_402_300_799_999 },
    { ...like, start: dayStart(90_000), end: dayStart(100) },
  ];
  const records = recordsOf(odd);
  assert.deepEqual(contents(await packAndUnpack(records, day)), contents(records));
});

test('a block that is read as one of another day has the same sessions on that day', async () => {
  const sessions = fc.sample(arbitrarySession(times), { numRuns: 200, seed: 5 });
  const [header, payload] = await packBatch(recordsOf(sessions), { day, durations: 0, number: 1 });
  const count = parseHeader(header as Uint8Array, 0)?.count as number;
  const block = new PackedBlock(payload as Uint8Array, count, day + 9);
  const starts = [...block.starts()].sort((a, b) => a - b);
  const shift = dayStart(9);
  assert.deepEqual(
    starts,
    sessions.map(({ start }) => start + shift).sort((a, b) => a - b),
  );
  assert.equal(dayOf(shift), 9);
});

test('a batch is cut into blocks that hold every session once', async () => {
  const some = fc.sample(arbitrarySession(times), { numRuns: 100, seed: 8 });
  const sessions = Array.from({ length: 40_000 }, (_session, i) => {
    const like = some[i % some.length];
    assert.ok(like);
    return { ...like, start: like.start + i, end: like.end + i };
  });
  const records = recordsOf(sessions);
  assert.deepEqual(contents(await packAndUnpack(records, day)), contents(records));
});

test('symbols of any contexts are read as they were written', () => {
  const coded = fc.array(fc.tuple(fc.nat(511), fc.nat(5)), { maxLength: 3000 });
  fc.assert(
    fc.property(coded, fc.boolean(), (pairs, skewed) => {
      const symbols = Uint16Array.from(pairs, ([symbol]) => (skewed ? symbol % 3 : symbol));
      const contexts = Uint8Array.from(pairs, ([, context]) => context);
      const out = new ByteWriter();
      packSymbols(out, symbols, contexts, 6);
      assert.deepEqual(unpackSymbols(new ByteReader(out.written()), symbols.length, contexts, 6), symbols);
    }),
  );
});

test('whole numbers up to 2^53 are read as they were written', () => {
  const number = fc.oneof(fc.nat(40), fc.constantFrom(30_000, 30_004), fc.maxSafeInteger().map(Math.abs));
  fc.assert(
    fc.property(fc.array(number, { maxLength: 2000 }), (numbers) => {
      const values = Float64Array.from(numbers);
      const out = new ByteWriter();
      packNumbers(out, values, undefined, 1);
      assert.deepEqual(unpackNumbers(new ByteReader(out.written()), values.length, undefined, 1), values);
    }),
  );
});

test('bytes that are no block are refused with a RangeError, whatever they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(300), (bytes, count) => {
      try {
        const block = new PackedBlock(bytes, count, day);
        for (let i = 0; i < count; i++) block.identify(i, new SessionRecords(1), 0);
      } catch (error) {
        assert.ok(error instanceof RangeError, `${error}`);
      }
    }),
  );
});
