import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PoolMap } from '../../src/client/macs.ts';
import type { SharedPortRange } from '../../src/client/shared-ports.ts';
import { cellOf, macToNumber, numberToMac, paintPool, partOf } from '../../web/src/views/addresses/pool-cells.ts';
import { indexPorts, paintPorts } from '../../web/src/views/addresses/port-index.ts';

const ranges: readonly SharedPortRange[] = [
  { first: 1024, last: 1033, kind: 'block', guest: 'web1' },
  { first: 1034, last: 1043, kind: 'block', guest: 'db1' },
  { first: 1030, last: 1030, kind: 'forward', protocol: 'tcp', guest: 'db1', name: 'tcp/1030' },
  { first: 32768, last: 60999, kind: 'host' },
];
const portColours = { free: 0, forward: 1, 'same-address': 2, block: 3, 'block-next': 4, listening: 5, host: 6 };

describe('the map of ports', () => {
  test('a forward stands before the block that it lies in, of its protocol alone', () => {
    const at = (side: 'both' | 'tcp' | 'udp') => ranges[(indexPorts(ranges, side)[1030] as number) - 1]?.kind;
    assert.deepEqual([at('both'), at('tcp'), at('udp')], ['forward', 'forward', 'block']);
    assert.equal(indexPorts(ranges, 'both')[1044], 0);
  });

  test('neighbouring blocks differ, and what nobody has is free', () => {
    const painted = paintPorts(ranges, indexPorts(ranges, 'both'), portColours, undefined);
    assert.deepEqual([painted[1024], painted[1034], painted[1030], painted[40000], painted[80]], [3, 4, 1, 6, 0]);
  });
});

const map: PoolMap = {
  pool: 'default',
  range: '02:1a:3f:00:00:00/32',
  first: '02:1a:3f:00:00:00',
  last: '02:1a:3f:00:ff:ff',
  at: 0,
  cell: 16384,
  held: [1, 0, 0, 0],
  quarantined: [0, 16384, 0, 0],
  reserved: [0, 0, 16384, 0],
  carved: [0, 0, 0, 16384],
  parts: [],
  vendors: [],
};
const whole = { first: macToNumber(map.first), last: macToNumber(map.last) };

describe('the map of a pool', () => {
  test('an address is a number and back', () => {
    assert.equal(numberToMac(macToNumber('02:1a:3f:00:10:0a')), '02:1a:3f:00:10:0a');
    assert.equal(numberToMac(0x0000_0000_000f), '00:00:00:00:00:0f');
  });

  test('one held address of thousands is seen; what rests, is reserved or carved has a colour of its own', () => {
    const colours = { free: 1, held: 200, 'held-few': 2, quarantined: 50, reserved: 3, carved: 4 };
    const [held, resting, reserved, carved] = paintPool(map, colours);
    assert.notEqual(held, colours.free);
    assert.equal((resting as number) & 255, colours.quarantined);
    assert.deepEqual([reserved, carved], [colours.reserved, colours.carved]);
  });

  test('a large cell is looked into as it is, a small one with its neighbours', () => {
    assert.equal(cellOf(map, 1).first, whole.first + 16384);
    assert.deepEqual(partOf(map, 1, whole), [whole.first + 16384, whole.first + 2 * 16384 - 1]);
    const fine = { ...map, cell: 64, held: new Array(1024).fill(0) };
    assert.deepEqual(partOf(fine, 20, whole), [whole.first + 1024, whole.first + 2047]);
    assert.deepEqual(partOf(fine, 1023, { ...whole, last: whole.last - 10 })[1], whole.last - 10);
  });
});
