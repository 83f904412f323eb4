import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { offerTime, type PoolDraw } from '../../../src/registry/pools/pool-draw.ts';
import { mergeSpans } from '../../../src/registry/pools/pool-space.ts';
import { first, pool, space, strategies } from './pool-builder.ts';

/** What a pool should know, written down plainly. */
interface Model {
  now: number;
  usable: number[];
  marked: Set<number>;
  avoided: Set<number>;
  offered: Map<number, number>;
}

function freeOnes({ usable, marked, avoided, offered, now }: Model): number[] {
  return usable.filter((mac) => !marked.has(mac) && !avoided.has(mac) && !((offered.get(mac) ?? 0) > now));
}

type Step = (model: Model, draw: PoolDraw) => void;

const offset = fc.integer({ min: -2, max: 45 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.nat(3), fc.nat(2)).map(([guest, nic]) => drawOne(`guest${guest}`, nic)) },
  offset.map((at) => (model: Model, draw: PoolDraw) => {
    draw.mark(first + at);
    if (model.usable.includes(first + at)) model.marked.add(first + at);
  }),
  offset.map((at) => (model: Model, draw: PoolDraw) => {
    draw.unmark(first + at);
    model.marked.delete(first + at);
  }),
  offset.map((at) => (model: Model, draw: PoolDraw) => {
    draw.settle(first + at);
    if (model.usable.includes(first + at)) model.marked.add(first + at);
    model.offered.delete(first + at);
  }),
  offset.map((at) => (model: Model, draw: PoolDraw) => {
    draw.withdraw(first + at);
    model.offered.delete(first + at);
  }),
  fc.array(offset, { maxLength: 5 }).map((list) => (model: Model, draw: PoolDraw) => {
    draw.avoid(list.map((at) => first + at));
    model.avoided = new Set(list.map((at) => first + at));
  }),
  fc.integer({ min: 1, max: offerTime }).map((time) => (model: Model) => {
    model.now += time;
  }),
  fc.nat(200).map((place) => (_model: Model, draw: PoolDraw) => {
    draw.cursor = place;
  }),
);

function drawOne(guest: string, nic: number): Step {
  return (model, draw) => {
    const free = freeOnes(model);
    const mac = draw.draw(model.now, { guest, nic });
    if (mac === undefined) assert.deepEqual(free, [], 'nothing was drawn though some are free');
    else {
      assert.ok(free.includes(mac), `${mac - first} was drawn and is not free`);
      if (draw.space.strategy === 'sequential') assert.equal(mac, free[0]);
      model.offered.set(mac, model.now + offerTime);
    }
    assert.equal(draw.free, freeOnes(model).length);
  };
}

for (const strategy of strategies) {
  test(`${strategy}: whatever happens, what is drawn is free, and something is drawn while anything is free`, () => {
    const holes = fc.array(fc.tuple(fc.nat(40), fc.nat(15)), { maxLength: 3 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), holes, fc.array(step, { maxLength: 80 }), (size, list, steps) => {
        const last = first + size - 1;
        const spans = list.map(([at, length]) => ({ first: first + at, last: Math.min(last, first + at + length) }));
        const within = mergeSpans(spans.filter((span) => span.first <= last));
        const usable = Array.from({ length: size }, (_, index) => first + index).filter(
          (mac) => !within.some((hole) => mac >= hole.first && mac <= hole.last),
        );
        const model: Model = { now: 1, usable, marked: new Set(), avoided: new Set(), offered: new Map() };
        const draw = pool(space(strategy, size, within));
        assert.equal(draw.size, usable.length);
        for (const each of steps) each(model, draw);
      }),
      { numRuns: 300 },
    );
  });
}
