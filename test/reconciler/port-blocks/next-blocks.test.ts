import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestAssignment } from '../../../src/model/assignments.ts';
import { End, SessionFlag, SessionRecords } from '../../../src/model/session-record.ts';
import { PortUse } from '../../../src/reconciler/port-blocks/count-use.ts';
import { type Calm, nextBlocks } from '../../../src/reconciler/port-blocks/next-blocks.ts';

const limits = { portBlock: 100, portBlocks: 4 };
const minute = 60_000;

/** Sessions with these source ports of the shared address. */
function useOf(ports: readonly number[], protocol = 17): PortUse {
  const records = new SessionRecords();
  for (const port of ports) {
    const at = records.push();
    records.bytes[at * 128 + 5] = protocol;
    records.u16[at * 64 + 6 + End.replyDestination] = port;
    records.u32[at * 32 + 5] = SessionFlag.sourceTranslated;
  }
  return new PortUse(records);
}
const upTo = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);

/** Blocks are given out from 5000 on. */
function surroundings(calm: Calm = new Map(), now = 0) {
  let next = 5000;
  const free = () => {
    next += 100;
    return { first: next - 100, last: next - 1 };
  };
  return { calm, now, free };
}
const one: GuestAssignment = { guest: 'web1', first: 2000, last: 2099 };
const second = { first: 2100, last: 2199 };

test('a guest gets a further block when 60 of a hundred ports are in use, and several at once when it needs them', () => {
  assert.equal(nextBlocks(one, useOf(upTo(2000, 60)), limits, surroundings()), undefined);
  assert.deepEqual(nextBlocks(one, useOf(upTo(2000, 61)), limits, surroundings())?.held.more, [
    { first: 5000, last: 5099 },
  ]);
  const both = { ...one, more: [second] };
  const wanted = nextBlocks(both, useOf(upTo(2000, 200)), limits, surroundings());
  assert.deepEqual(wanted?.held.more, [second, { first: 5000, last: 5099 }, { first: 5100, last: 5199 }]);
  assert.deepEqual(
    wanted.steps.map(({ kind }) => kind),
    ['grow', 'grow'],
  );
});

test('protocols have the ports of a block each', () => {
  const use = useOf([...upTo(2000, 40)]);
  assert.equal(use.most([one]), 40);
  const records = new SessionRecords();
  for (const [protocol, count] of [
    [6, 50],
    [17, 30],
    [1, 5],
  ] as const) {
    for (const port of upTo(2000, count)) {
      const at = records.push();
      records.bytes[at * 128 + 5] = protocol;
      records.u16[at * 64 + 6 + End.replyDestination] = port;
      records.u32[at * 32 + 5] = SessionFlag.sourceTranslated;
    }
  }
  const mixed = new PortUse(records);
  assert.deepEqual([mixed.most([one]), mixed.all(one), mixed.all(second)], [50, 85, 0]);
});

test('a same-address guest uses a port of its block without translation as well, the host does not', () => {
  const records = new SessionRecords();
  for (const zone of [0, 7]) {
    const at = records.push();
    records.bytes[at * 128 + 5] = 17;
    records.u16[at * 64 + 3] = zone;
    records.u16[at * 64 + 6 + End.replyDestination] = 2000 + zone;
  }
  const use = new PortUse(records);
  assert.equal(use.all({ first: 2007, last: 2007 }), 1);
  assert.equal(use.all(one), 1);
});

test('no guest gets more blocks than the site allows, nor one that nobody has', () => {
  const all = { ...one, more: [second, { first: 2200, last: 2299 }, { first: 2300, last: 2399 }] };
  assert.equal(nextBlocks(all, useOf(upTo(2000, 400)), limits, surroundings()), undefined);
  const nothing = { ...surroundings(), free: () => undefined };
  assert.equal(nextBlocks(one, useOf(upTo(2000, 99)), limits, nothing), undefined);
});

test('a block that was not needed for ten minutes takes no new sessions, and is given back when its last one ended', () => {
  const calm: Calm = new Map();
  const both = { ...one, more: [second] };
  const use = useOf([...upTo(2000, 20), 2150]);
  for (const now of [0, 9 * minute]) assert.equal(nextBlocks(both, use, limits, surroundings(calm, now)), undefined);
  const closing = nextBlocks(both, use, limits, surroundings(calm, 10 * minute));
  assert.deepEqual(closing?.held.more, [{ ...second, closing: true }]);
  assert.deepEqual(closing.steps, [{ kind: 'close', block: second }]);
  assert.equal(nextBlocks(closing.held, use, limits, surroundings(calm, 11 * minute)), undefined, 'one is open');
  const gone = nextBlocks(closing.held, useOf(upTo(2000, 20)), limits, surroundings(calm, 12 * minute));
  assert.deepEqual(gone?.held, one);
});

test('a guest that needs its block again in the ten minutes keeps it, and one on its way back is the first it gets', () => {
  const calm: Calm = new Map();
  const both = { ...one, more: [second] };
  nextBlocks(both, useOf(upTo(2000, 20)), limits, surroundings(calm, 0));
  nextBlocks(both, useOf(upTo(2000, 90)), limits, surroundings(calm, 5 * minute));
  assert.equal(nextBlocks(both, useOf(upTo(2000, 20)), limits, surroundings(calm, 11 * minute)), undefined);
  const closing = { ...one, more: [{ ...second, closing: true as const }] };
  const again = nextBlocks(closing, useOf(upTo(2000, 80)), limits, surroundings(calm, 20 * minute));
  assert.deepEqual(again?.held.more, [second]);
});
