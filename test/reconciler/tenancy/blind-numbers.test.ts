import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlindNumbers } from '../../../src/reconciler/tenancy/blind-numbers.ts';

const most = 2 ** 48 - 1;
const one = new BlindNumbers('secret', 'aster events');

test('a blinded number is seen again, and two numbers never become one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: most }), (number) => {
      const blinded = one.blind(number);
      assert.ok(blinded >= 0 && blinded <= most && Number.isInteger(blinded));
      assert.equal(one.see(blinded), number);
    }),
  );
});

test('it is another one for another owner, the same after a restart, and says nothing of its neighbours', () => {
  assert.equal(new BlindNumbers('secret', 'aster events').blind(7), one.blind(7));
  assert.notEqual(new BlindNumbers('secret', 'birch events').blind(7), one.blind(7));
  assert.notEqual(new BlindNumbers('other', 'aster events').blind(7), one.blind(7));
  const blinded = Array.from({ length: 1000 }, (_, number) => one.blind(number));
  assert.equal(new Set(blinded).size, 1000);
  const rising = blinded.filter((value, i) => i > 0 && value > (blinded[i - 1] as number)).length;
  assert.ok(rising > 400 && rising < 600, `${rising} of 999 rise`);
});
