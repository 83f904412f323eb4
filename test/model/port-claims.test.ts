import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { PortClaims } from '../../src/model/port-claims.ts';

const range = fc
  .tuple(
    fc.integer({ min: 1, max: 65_535 }),
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 }), fc.nat(65_535)),
  )
  .map(([first, more]) => ({ first, last: Math.min(65_535, first + more) }));
const claim = fc.record({ range, protocol: fc.constantFrom('tcp' as const, 'udp' as const) });

describe('ports of the shared address', () => {
  test('belong to who claimed them first, as a plain map of ports says', () => {
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 30 }), (claims) => {
        const ports = new PortClaims<number>();
        const plain = new Map<string, number>();
        claims.forEach(({ range: { first, last }, protocol }, owner) => {
          let expected: number | null = null;
          for (let port = first; port <= last && expected === null; port++) {
            expected = plain.get(`${protocol}/${port}`) ?? null;
          }
          assert.equal(ports.claim({ first, last }, protocol, owner), expected);
          if (expected !== null) return;
          for (let port = first; port <= last; port++) plain.set(`${protocol}/${port}`, owner);
        });
        for (const port of [1, 31, 32, 33, 1024, 32_767, 65_535]) {
          assert.equal(ports.ownerAt(port, 'tcp'), plain.get(`tcp/${port}`) ?? null);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('that are free for both protocols are found as the longest ranges', () => {
    fc.assert(
      fc.property(fc.array(claim, { maxLength: 20 }), range, (claims, { first: from, last: to }) => {
        const ports = new PortClaims<number>();
        claims.forEach((entry, owner) => void ports.claim(entry.range, entry.protocol, owner));
        const isFree = (port: number) => ports.ownerAt(port, 'tcp') === null && ports.ownerAt(port, 'udp') === null;
        const ranges = ports.freeRanges(from, to);
        const free = new Set<number>();
        for (const { first, last } of ranges) {
          assert.ok(first >= from && last <= to && first <= last);
          assert.ok(first === from || !isFree(first - 1), 'it could begin earlier');
          assert.ok(last === to || !isFree(last + 1), 'it could end later');
          for (let port = first; port <= last; port++) free.add(port);
        }
        for (let port = from; port <= to; port++) assert.equal(free.has(port), isFree(port));
      }),
      { numRuns: 100 },
    );
  });

  test('are claimed as a whole or not at all', () => {
    const ports = new PortClaims<string>();
    assert.equal(ports.claim({ first: 100, last: 100 }, 'tcp', 'a'), null);
    assert.equal(ports.claim({ first: 1, last: 65_535 }, 'tcp', 'b'), 'a');
    assert.equal(ports.ownerAt(99, 'tcp'), null);
    assert.equal(ports.claim({ first: 1, last: 65_535 }, 'udp', 'b'), null);
    assert.deepEqual(ports.freeRanges(1, 65_535), []);
  });
});
