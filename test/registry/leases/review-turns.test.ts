import assert from 'node:assert/strict';
import { test } from 'node:test';
import { begin, noon, order } from '../../conformance/leases/samples.ts';
import { withStore } from './bench-store.ts';

test('who looks up one address after the other lets others go in between', () =>
  withStore(async ({ open }) => {
    const leases = await open();
    await leases.lease(order(10, { now: noon }));
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const until = performance.now() + 200;
    for (let n = 0; performance.now() < until; n++) await leases.ofMac(begin + (n % 10));
    running = false;
    assert.ok(turns > 1, String(turns));
  }));
