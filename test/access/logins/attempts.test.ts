import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempts, networkOf } from '../../../src/access/logins/attempts.ts';
import { TokenBuckets } from '../../../src/access/logins/token-buckets.ts';
import { isAppError } from '../../../src/errors/app-error.ts';
import { minute } from './open-logins.ts';

/** How many of `count` attempts are let through. */
function passed(attempts: Attempts, count: number, of: (n: number) => Parameters<Attempts['begin']>[0]): number {
  let through = 0;
  for (let n = 0; n < count; n++)
    try {
      attempts.begin(of(n));
      through++;
    } catch (error) {
      assert.ok(isAppError(error) && error.code === 'too-many-requests' && Number(error.details.retryAfter) > 0);
    }
  return through;
}

test('one address guesses 20 times, and then once each half minute', () => {
  let now = 0;
  const attempts = new Attempts(() => now);
  assert.equal(
    passed(attempts, 100, (n) => ({ from: '192.0.2.1', account: `name${n}` })),
    20,
  );
  now += minute;
  assert.equal(
    passed(attempts, 100, (n) => ({ from: '192.0.2.1', account: `other${n}` })),
    2,
  );
  assert.equal(
    passed(attempts, 1, () => ({ from: '192.0.2.2', account: 'alice' })),
    1,
  );
});

test('a thousand addresses guess one account 10 times, and 30 times in an hour more', () => {
  let now = 0;
  const attempts = new Attempts(() => now);
  const fromAnywhere = (n: number) => ({ from: `198.51.${n >> 8}.${n & 255}`, account: 'alice' });
  assert.equal(passed(attempts, 1000, fromAnywhere), 10);
  let more = 0;
  for (; now < 60 * minute; now += minute) more += passed(attempts, 5, (n) => fromAnywhere(now / minute + n * 300));
  assert.ok(more >= 29 && more <= 31, String(more));
});

test('strangers who guess do not hold up whoever has logged in with his browser before', () => {
  const attempts = new Attempts(() => 0);
  passed(attempts, 1000, (n) => ({ from: `198.51.${n >> 8}.${n & 255}`, account: 'alice' }));
  passed(attempts, 1000, () => ({ from: '192.0.2.1' }));
  assert.equal(
    passed(attempts, 10, () => ({ from: '192.0.2.1', account: 'alice', device: 'hers' })),
    10,
  );
  assert.equal(
    passed(attempts, 5, () => ({ from: '192.0.2.1', account: 'alice', device: 'hers' })),
    0,
  );
});

test('what was right does not count, and what runs at the same time does', () => {
  const attempts = new Attempts(() => 0);
  for (let n = 0; n < 100; n++) attempts.begin({ from: '192.0.2.1', account: 'alice' }).succeeded();
  const all = Array.from({ length: 10 }, () => attempts.begin({ from: '192.0.2.1', account: 'alice' }));
  assert.equal(
    passed(attempts, 1, () => ({ from: '192.0.2.9', account: 'alice' })),
    0,
  );
  for (const attempt of all) {
    attempt.succeeded();
    attempt.succeeded();
  }
  assert.equal(
    passed(attempts, 20, () => ({ from: '192.0.2.9', account: 'alice' })),
    10,
  );
});

test('a customer’s /64 of IPv6 is one address, and IPv4 in IPv6 is IPv4', () => {
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff::9'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('::ffff:192.0.2.1'), networkOf('192.0.2.1'));
  assert.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2'));
  assert.equal(networkOf('unix socket'), 'unix socket');
});

test('what was typed as a name is told only when there is such an account: it may be a password', () => {
  const told: string[] = [];
  const attempts = new Attempts(
    () => 0,
    (what) => told.push(what),
  );
  passed(attempts, 30, (n) => ({ from: `192.0.2.${n}`, account: 'hunter2', known: false }));
  passed(attempts, 30, (n) => ({ from: `198.51.100.${n}`, account: 'alice', known: true }));
  assert.deepEqual(told, ['an account that there is not', 'account alice']);
});

test('memory stays bounded however many names are tried', () => {
  const buckets = new TokenBuckets({ capacity: 1, every: minute }, () => 0);
  assert.equal(buckets.take('first'), 0);
  for (let n = 0; n < 50_000; n++) buckets.take(`name${n}`);
  assert.equal(buckets.take('first'), 0);
  assert.ok(buckets.take('name49999') > 0);
});
