import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultBridgeName, defaultPortName } from '../../src/model/default-names.ts';

test('names that fit stay as they are, longer ones are cut and told apart', () => {
  assert.equal(defaultPortName('web1', 0), 'bkp-web1.0');
  assert.equal(defaultBridgeName('dev'), 'bk-dev');
  for (const [guest, nic] of [
    ['customer-database-primary', 0],
    ['customer-database-primary', 31],
    ['customer-database-replica', 0],
    ['x'.repeat(63), 127],
  ] as const) {
    const name = defaultPortName(guest, nic);
    assert.match(name, /^bkp-[a-z0-9-]*_[a-z0-9]+\.\d+$/);
    assert.ok(name.length <= 15, name);
  }
  assert.notEqual(defaultPortName('customer-database-primary', 0), defaultPortName('customer-database-replica', 0));
});

test('twenty thousand guests with long names of one kind get devices of their own', () => {
  const names = Array.from({ length: 20_000 }, (_, index) =>
    defaultPortName(`customer-${String(index).padStart(5, '0')}`, 0),
  );
  assert.equal(new Set(names).size, names.length);
});
