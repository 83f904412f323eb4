import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabel } from '../../src/model/names.ts';
import type { Owner } from '../../src/model/owner.ts';
import { proposeFurtherBlock, proposePortBlocks } from '../../src/registry/port-blocks.ts';
import { guest, site } from './site-builder.ts';

const quota = { guests: 1, nics: 1, forwards: 1, ports: 1, sessions: 1 };
const owner = (first: number, last: number): Owner => ({
  name: parseLabel('aster'),
  quota,
  segments: [],
  ports: [{ first, last }],
});

test('new port blocks keep clear of what tenants may publish, as long as there is room', () => {
  const roomy = { ...site({ guests: [guest('a'), guest('b')] }), owners: [owner(1024, 9999)] };
  const blocks = proposePortBlocks(roomy, new Map(), []);
  assert.deepEqual(
    [...blocks].map(([name, [first]]) => [name, first?.first]),
    [
      ['a', 10_000],
      ['b', 10_000 + roomy.limits.portBlock],
    ],
  );
  const full = { ...roomy, owners: [owner(1024, 65_535)] };
  assert.equal(proposePortBlocks(full, new Map(), []).get('a')?.[0]?.first, 1024);
});

test('who has a block there keeps it, and grows elsewhere', () => {
  const there = { ...site({ guests: [guest('a')] }), owners: [owner(1024, 9999)] };
  const { portBlock } = there.limits;
  const held = new Map([['a', { guest: 'a', first: 2000, last: 1999 + portBlock }]]);
  assert.equal(proposePortBlocks(there, held, []).get('a')?.[0]?.first, 2000);
  assert.ok((proposeFurtherBlock(there, 'a', held, [])?.first ?? 0) >= 10_000);
});
