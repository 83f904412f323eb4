import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../src/errors/app-error.ts';
import type { GuestAssignment } from '../../src/model/assignments.ts';
import type { PortRange } from '../../src/model/port-range.ts';
import type { Site } from '../../src/model/site.ts';
import { proposePortBlocks } from '../../src/registry/port-blocks.ts';
import { proposeShareIds } from '../../src/registry/share-ids.ts';
import { forward, guest, site } from './site-builder.ts';

const none = new Map();

/** First port of the first block, by guest. */
function firstPorts(
  wanted: Site,
  current: ReadonlyMap<string, GuestAssignment>,
  avoid: readonly PortRange[],
): Map<string, number | undefined> {
  return new Map([...proposePortBlocks(wanted, current, avoid)].map(([name, blocks]) => [name, blocks[0]?.first]));
}

test('blocks keep clear of forwards of both protocols, same-address ports and the ports of the host', () => {
  const crowded = site({
    guests: [guest('a'), guest('b'), guest('sip1', [{}], ['4000', '6000-6100'])],
    forwards: [forward('1500', 'a'), forward('2600-2700', 'a', 'udp')],
  });
  const blocks = firstPorts(crowded, none, [{ first: 3800, last: 3900 }]);
  assert.deepEqual(
    [...blocks],
    [
      ['a', 1501],
      ['b', 2701],
      ['sip1', 4001],
    ],
  );
});

test('blocks are put right behind one another and fill the gaps', () => {
  const tight = site({
    guests: [guest('a'), guest('b'), guest('c')],
    forwards: [forward('1034', 'a')],
    limits: { portBlock: 10 },
  });
  assert.deepEqual([...firstPorts(tight, none, []).values()], [1024, 1035, 1045]);
  const current = new Map([['c', { guest: 'c', first: 1024, last: 1033 }]]);
  assert.deepEqual(firstPorts(tight, current, []).get('c'), 1024);
  assert.deepEqual(firstPorts(tight, current, []).get('a'), 1035);
});

test('the last port is used', () => {
  const last = site({ guests: [guest('a')], limits: { portBlock: 64512 } });
  assert.deepEqual([...firstPorts(last, none, [])], [['a', 1024]]);
});

test('a block of another size than the limit moves', () => {
  const current = new Map([['a', { guest: 'a', first: 5000, last: 5499 }]]);
  assert.equal(firstPorts(site({ guests: [guest('a')] }), current, []).get('a'), 1024);
});

test('two guests that were given one block do not both keep it', () => {
  const held = { first: 2000, last: 2999 };
  const current = new Map([
    ['a', { guest: 'a', ...held }],
    ['b', { guest: 'b', ...held }],
  ]);
  const blocks = firstPorts(site({ guests: [guest('a'), guest('b')] }), current, []);
  assert.deepEqual([...blocks.values()], [2000, 3000]);
});

test('blocks that do not fit are refused with the figures', () => {
  const guests = Array.from({ length: 70 }, (_, n) => guest(`g${n}`));
  assert.throws(
    () => firstPorts(site({ guests }), none, [{ first: 32768, last: 60999 }]),
    (error) => {
      assert.ok(isAppError(error));
      assert.equal(error.code, 'ports-exhausted');
      assert.match(
        error.message,
        /^guest "g35" gets no port block: 70 guests want 1000 ports each of 1024-65535, 35 have theirs, and of the 1280 ports left .* no more than 744 are contiguous; expected 1000$/,
      );
      return true;
    },
  );
});

test('share ids are kept, are the lowest free ones for new guests, and end at 4095', () => {
  const sharing = (count: number) => Array.from({ length: count }, (_, n) => guest(`s${n}`, [{}], ['5060']));
  const current = new Map([['s1', { guest: 's1', first: 1, last: 2, shareId: 1 }]]);
  assert.deepEqual([...proposeShareIds([guest('n'), ...sharing(3)], current)].sort(), [
    ['s0', 2],
    ['s1', 1],
    ['s2', 3],
  ]);
  assert.equal(proposeShareIds(sharing(4095), none).size, 4095);
  assert.throws(() => proposeShareIds(sharing(4096), none), /one same-address guest too many/);
});
