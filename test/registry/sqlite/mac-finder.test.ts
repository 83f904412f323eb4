import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MacFinder } from '../../../src/registry/sqlite/mac-finder.ts';

const mac = 0x021a3f001001;
const finder = new MacFinder([mac, 0x021a3f001002]);
const holds = (bytes: Buffer | string): boolean => finder.isIn(Buffer.from(bytes as string));

test('an address is found in every form that it may have in a file', () => {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(mac));
  for (const form of [
    '02:1a:3f:00:10:01',
    '02-1A-3F-00-10-01',
    'x 021a.3f00.1001 y',
    '021A3F001001',
    'abc021a3f001001def',
    String(mac),
    '"mac":2311749373953,',
    '00:01:00:01:2c:aa:bb:cc:02:1a:3f:00:10:01',
    'mac02:1a:3f:00:10:01.log',
    Buffer.concat([Buffer.from([7]), number, Buffer.from([7])]),
    number.subarray(2),
  ]) {
    assert.ok(holds(form as string), String(form).slice(0, 60));
  }
});

test('another address is not', () => {
  for (const form of ['02:1a:3f:00:10:03', '021a3f00100', String(mac + 7), 'ff'.repeat(40), '']) {
    assert.equal(holds(form), false, form);
  }
});
