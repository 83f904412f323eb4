import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../src/errors/app-error.ts';
import type { GuestAssignment } from '../../src/model/assignments.ts';
import type { PortRange } from '../../src/model/port-range.ts';
import type { Site } from '../../src/model/site.ts';
import { proposeFurtherBlock, proposePortBlocks } from '../../src/registry/port-blocks.ts';
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

test('room to grow is left behind each block while there is some', () => {
  const growing = site({ guests: [guest('a'), guest('b')], limits: { portBlock: 100, portBlocks: 4 } });
  assert.deepEqual([...firstPorts(growing, none, []).values()], [1024, 1424]);
  const full = site({
    guests: Array.from({ length: 300 }, (_, n) => guest(`g${n}`)),
    limits: { portBlock: 100, portBlocks: 4 },
  });
  const placed = [...firstPorts(full, none, []).values()];
  assert.equal(new Set(placed).size, 300, 'without room for all of them to grow, they still get a block each');
});

test('a further block lies beside the first, else where there is room', () => {
  const growing = site({ guests: [guest('a'), guest('b')], limits: { portBlock: 100, portBlocks: 4 } });
  const a = { guest: 'a', first: 1024, last: 1123 };
  const current = new Map([['a', a]]);
  assert.deepEqual(proposeFurtherBlock(growing, 'a', current, []), { first: 1124, last: 1223 });
  assert.deepEqual(proposeFurtherBlock(growing, 'a', current, [{ first: 1130, last: 1130 }]), {
    first: 1424,
    last: 1523,
  });
  const rest = [{ first: 1524, last: 65_535 }];
  assert.deepEqual(proposeFurtherBlock(growing, 'a', current, [{ first: 1130, last: 1130 }, ...rest]), {
    first: 1424,
    last: 1523,
  });
  assert.equal(proposeFurtherBlock(growing, 'a', current, [{ first: 1130, last: 65_535 }]), undefined);
});

test('a guest keeps its further blocks while the site allows them, and others get none of them', () => {
  const limits = { portBlock: 100, portBlocks: 3 };
  const a = {
    guest: 'a',
    first: 1024,
    last: 1123,
    more: [
      { first: 1124, last: 1223 },
      { first: 5000, last: 5099 },
    ],
  };
  const blocks = proposePortBlocks(site({ guests: [guest('a'), guest('b')], limits }), new Map([['a', a]]), []);
  assert.deepEqual(blocks.get('a'), [{ first: 1024, last: 1123 }, ...a.more]);
  assert.deepEqual(blocks.get('b'), [{ first: 1324, last: 1423 }]);
  const fewer = site({ guests: [guest('a')], limits: { ...limits, portBlocks: 2 } });
  assert.deepEqual(proposePortBlocks(fewer, new Map([['a', a]]), []).get('a')?.length, 2);
  const claimed = site({ guests: [guest('a')], forwards: [forward('1200', 'a')], limits });
  assert.deepEqual(proposePortBlocks(claimed, new Map([['a', a]]), []).get('a'), [
    { first: 1024, last: 1123 },
    { first: 5000, last: 5099 },
  ]);
});

test('a first block goes before further ones of others', () => {
  const limits = { portBlock: 100, portBlocks: 3 };
  const a = { guest: 'a', first: 1024, last: 1123, more: [{ first: 1124, last: 1223 }] };
  const tight = site({ guests: [guest('a'), guest('b')], limits });
  const blocks = proposePortBlocks(tight, new Map([['a', a]]), [{ first: 1224, last: 65_535 }]);
  assert.deepEqual([...blocks.values()], [[{ first: 1024, last: 1123 }], [{ first: 1124, last: 1223 }]]);
});

test('a block stays when the host listens on a port of it, also a further one; new blocks keep clear', () => {
  const held = { guest: 'a', first: 1024, last: 2023, more: [{ first: 2024, last: 3023 }] };
  const grown = site({ guests: [guest('a'), guest('b')], limits: { portBlocks: 2 } });
  const busy = [1030, 2030, 3030].map((port) => ({ first: port, last: port }));
  const blocks = proposePortBlocks(grown, new Map([['a', held]]), [], undefined, busy);
  assert.deepEqual(
    blocks.get('a')?.map(({ first }) => first),
    [1024, 2024],
  );
  assert.equal(blocks.get('b')?.[0]?.first, 3031);
});
