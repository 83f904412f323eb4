import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SeenInput } from '../../../src/registry/seen/seen.ts';
import { SeenBook } from '../../../src/registry/seen/seen-book.ts';

const input = (mac: number, device: string, at: number, kind: SeenInput['kind'] = 'fdb'): SeenInput => ({
  mac,
  host: 'h',
  device,
  kind,
  at,
});

test('what was written and removed is always what the book holds', () => {
  const step = fc.array(fc.record({ mac: fc.nat(20), device: fc.constantFrom('a', 'b'), at: fc.nat(10_000_000) }), {
    maxLength: 30,
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const book = new SeenBook([]);
      const disk = new Map<string, object>();
      for (const some of steps) {
        const { put, remove } = book.note(some.map(({ mac, device, at }) => input(mac, device, at)));
        for (const { mac, device } of remove) disk.delete(`${mac} ${device}`);
        for (const entry of put) disk.set(`${entry.mac} ${entry.device}`, entry);
      }
      const held = new Map([...book.entries()].map((entry) => [`${entry.mac} ${entry.device}`, entry]));
      assert.deepEqual(held, disk);
      for (const { mac, firstAt, lastAt } of book.entries()) {
        assert.ok(firstAt <= lastAt);
        assert.ok(book.of(mac).length > 0);
      }
    }),
  );
});

test('of a port that somebody floods from the newest are kept, and the rest is counted', () => {
  const book = new SeenBook([]);
  const flood = Array.from({ length: 2_000 }, (_, n) => input(n, 'tap0', 1_000 + n, 'offender'));
  const admitted = book.admit([...flood, input(7, 'tap1', 5)]);
  assert.equal(admitted.length, 513);
  assert.ok(
    admitted.some(({ mac }) => mac === 1_999) && !admitted.some(({ mac, device }) => mac === 0 && device === 'tap0'),
  );
  assert.deepEqual(book.omitted, [{ host: 'h', device: 'tap0', count: 1_488 }]);
  book.note(admitted);
  assert.deepEqual(
    book.admit(flood).map(({ mac }) => mac),
    admitted.slice(0, 512).map(({ mac }) => mac),
    'the same again',
  );
});

test('a port never keeps more than its share, however often it shows others', () => {
  const book = new SeenBook([]);
  for (let look = 0; look < 10; look++) {
    const { remove } = book.note(
      book.admit(Array.from({ length: 512 }, (_, n) => input(look * 1_000 + n, 'tap0', look * 60_000, 'offender'))),
    );
    assert.ok(remove.length <= 512);
  }
  assert.equal(book.size, 512);
  assert.ok(
    [...book.entries()].every(({ mac }) => mac >= 9_000),
    'the oldest go first',
  );
});

test('an entry is noted at most once a minute, but at once when it has another IP address', () => {
  const book = new SeenBook([]);
  const noted = (at: number, ip?: string) => book.note([{ ...input(1, 'tap0', at), ...(ip ? { ip } : {}) }]).put.length;
  assert.deepEqual([noted(0), noted(59_999), noted(60_000), noted(60_001, '10.0.0.9'), noted(60_002)], [1, 0, 1, 1, 0]);
  assert.equal(book.of(1)[0]?.ip, '10.0.0.9', 'the last one is kept');
});
