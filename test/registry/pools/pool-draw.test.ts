import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offerTime } from '../../../src/registry/pools/pool-draw.ts';
import { drain, first, pool, space, strategies } from './pool-builder.ts';

const who = (guest: string, nic = 0) => ({ guest, nic });

for (const strategy of strategies) {
  test(`${strategy}: every address that is no hole is drawn once, the last one too, then none`, () => {
    for (const size of [1, 2, 3, 64, 1000]) {
      const hole = { first: first + 10, last: first + 19 };
      const draw = pool(space(strategy, size, size > 20 ? [hole] : []));
      const drawn = drain(draw);
      assert.equal(drawn.length, draw.size);
      assert.equal(new Set(drawn).size, draw.size);
      assert.ok(drawn.every((mac) => draw.holds(mac)));
      assert.equal(draw.free, 0);
      assert.equal(draw.draw(0), undefined);
    }
  });

  test(`${strategy}: the only free address of 2^20 is found`, () => {
    const size = 2 ** 20;
    for (const left of [0, 1, 777_777, size - 1]) {
      const draw = pool(space(strategy, size));
      for (let index = 0; index < size; index++) if (index !== left) draw.mark(first + index);
      assert.equal(draw.draw(0, who('web1')), first + left);
      assert.equal(draw.draw(0, who('web2')), undefined);
    }
  });

  test(`${strategy}: a pool that is all holes has nothing to draw`, () => {
    const draw = pool(space(strategy, 100, [{ first, last: first + 99 }]));
    assert.equal(draw.size, 0);
    assert.equal(draw.free, 0);
    assert.equal(draw.draw(0, who('web1')), undefined);
  });

  test(`${strategy}: one address is left beside a sub-pool of nearly 2^40, and it is found`, () => {
    const draw = pool(space(strategy, 2 ** 40, [{ first: first + 1, last: first + 2 ** 40 - 1 }]));
    assert.equal(draw.draw(0, who('web1')), first);
    assert.equal(draw.draw(0, who('web2')), undefined);
  });
}

test('sequential draws the lowest free address', () => {
  const draw = pool(space('sequential', 100, [{ first, last: first + 1 }]));
  draw.mark(first + 3);
  assert.equal(draw.draw(0), first + 2);
  assert.equal(draw.draw(0), first + 4);
  draw.unmark(first + 3);
  assert.equal(draw.draw(0), first + 3);
});

test('random draws each free address as often as the others at 99.9 % fill (chi-square)', () => {
  const size = 16_384;
  const draw = pool(space('random', size));
  const free = [3, 500, 511, 512, 4000, 4001, 4002, 4003, 9999, 12_345, 12_346, 14_000, 16_000, 16_382, 16_383, 7];
  for (let index = 0; index < size; index++) if (!free.includes(index)) draw.mark(first + index);
  const counts = new Map<number, number>(free.map((index) => [first + index, 0]));
  const draws = 16_000;
  for (let step = 0; step < draws; step++) {
    const mac = draw.draw(0) as number;
    counts.set(mac, (counts.get(mac) as number) + 1);
    draw.withdraw(mac);
  }
  assert.equal(counts.size, free.length);
  const square = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // 15 degrees of freedom; 50 is exceeded once in 100,000 runs.
  assert.ok(square < 50, `chi-square is ${square}`);
});

test('hashed gives a guest the same address again, whatever others have, and other NICs other ones', () => {
  const one = pool(space('hashed', 2 ** 24));
  const other = pool(space('hashed', 2 ** 24));
  for (let nic = 0; nic < 100; nic++) other.draw(0, who('other', nic));
  const identities = [who('a'), who('b'), who('a', 1), who('8e4b1f0e-6b1c-4b52-9d0e-2f7c1a9b3d11')];
  const macs = identities.map((identity) => one.draw(0, identity));
  assert.equal(new Set(macs).size, 4);
  assert.deepEqual(
    identities.map((identity) => other.draw(0, identity)),
    macs,
  );
  assert.notEqual(pool(space('hashed', 2 ** 24), { siteKey: 'another' }).draw(0, who('a')), macs[0]);
});

test('hashed keeps the address of a guest when holes come elsewhere', () => {
  const mac = pool(space('hashed', 2 ** 16)).draw(0, who('a')) as number;
  const holes = [
    { first, last: mac - 1 },
    { first: mac + 1, last: first + 2 ** 16 - 2 },
  ];
  assert.equal(pool(space('hashed', 2 ** 16, holes)).draw(0, who('a')), mac);
});

test('hashed finds its way when all places of its hash are taken: the next free address after the first', () => {
  const draw = pool(space('hashed', 1000));
  const places: number[] = [];
  for (let step = 0; step < 4; step++) places.push(draw.draw(0, who('a')) as number);
  let next = (places[0] as number) + 1;
  while (places.includes(next)) next++;
  if (next === first + 1000) next = first;
  assert.equal(draw.draw(0, who('a')), next);
});

test('cycle gives an address back only after all others were used', () => {
  const size = 500;
  const draw = pool(space('cycle', size));
  const last = new Map<number, number>();
  for (let step = 0; step < size * 4; step++) {
    const mac = draw.draw(0) as number;
    draw.settle(mac);
    draw.unmark(mac);
    const before = last.get(mac);
    if (before !== undefined) assert.equal(step - before, size);
    last.set(mac, step);
  }
  assert.equal(last.size, size);
});

test('cycle goes on where its cursor was kept, and passes over what is taken', () => {
  const whole = drain(pool(space('cycle', 300)));
  const before = pool(space('cycle', 300));
  const begun = Array.from({ length: 100 }, () => before.draw(0) as number);
  const after = pool(space('cycle', 300), { cursor: before.cursor });
  for (const mac of begun.slice(50)) after.mark(mac);
  assert.deepEqual(drain(after), [...whole.slice(100), ...whole.slice(0, 50)]);
});

test('cycle keeps its order when a hole comes', () => {
  const whole = drain(pool(space('cycle', 300)));
  const hole = { first: first + 100, last: first + 149 };
  const rest = whole.filter((mac) => mac < hole.first || mac > hole.last);
  assert.deepEqual(drain(pool(space('cycle', 300, [hole]))), rest);
});

test('what was drawn is given to nobody else for 60 s, and then to others unless it was settled', () => {
  const draw = pool(space('sequential', 3));
  assert.equal(draw.draw(1000), first);
  assert.equal(draw.draw(1000), first + 1);
  assert.equal(draw.draw(2000), first + 2);
  draw.settle(first + 1);
  assert.equal(draw.draw(999 + offerTime), undefined);
  assert.equal(draw.draw(1000 + offerTime), first);
  assert.equal(draw.draw(1000 + offerTime), undefined);
  assert.equal(draw.draw(2000 + offerTime), first + 2);
});

test('an address that is leased while it is offered stays taken when the offer ends', () => {
  const draw = pool(space('sequential', 2));
  assert.equal(draw.draw(0), first);
  draw.mark(first);
  draw.withdraw(first);
  assert.equal(draw.draw(0), first + 1);
  assert.equal(draw.free, 0);
  draw.unmark(first);
  assert.equal(draw.free, 1);
});

test('addresses seen on the wire are not drawn until they are gone', () => {
  const draw = pool(space('sequential', 3));
  draw.avoid([first, first + 1, first - 5]);
  draw.mark(first + 1);
  assert.equal(draw.free, 1);
  assert.equal(draw.draw(0), first + 2);
  draw.avoid([]);
  assert.equal(draw.draw(0), first);
  assert.equal(draw.draw(0), undefined);
});

test('a huge pool proposes candidates, gives another one after a refusal, and keeps clear of holes', () => {
  for (const strategy of ['random', 'hashed', 'cycle'] as const) {
    const hole = { first, last: first + 2 ** 39 };
    const draw = pool(space(strategy, 2 ** 40, [hole]));
    assert.equal(draw.tracked, false);
    assert.equal(draw.free, undefined);
    const candidates = Array.from({ length: 50 }, () => draw.draw(0, who('a')) as number);
    assert.equal(new Set(candidates).size, 50);
    assert.ok(candidates.every((mac) => mac > hole.last && mac < first + 2 ** 40));
  }
});

test('a huge sequential pool is tracked', () => {
  const draw = pool(space('sequential', 2 ** 40));
  assert.equal(draw.tracked, true);
  draw.mark(first + 2 ** 39);
  draw.mark(first);
  assert.equal(draw.draw(0), first + 1);
  assert.equal(draw.free, 2 ** 40 - 3);
});
