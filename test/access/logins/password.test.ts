import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argon2Cost, checkPassword, PasswordHasher } from '../../../src/access/logins/password.ts';
import { makePassword } from '../../../src/model/make-password.ts';
import { rejectsWith } from '../../server/answers.ts';
import { cheap } from './open-logins.ts';

test('passwords are hashed as RFC 9106 recommends for 64 MiB, each with a salt of its own', async () => {
  const hasher = new PasswordHasher();
  const [one, other] = await Promise.all([hasher.hash('the same'), hasher.hash('the same')]);
  assert.match(one, /^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, other);
  assert.equal(await hasher.verify(one, 'the same'), true);
  assert.equal(await hasher.verify(one, 'the same '), false);
  assert.deepEqual(argon2Cost, { memory: 65_536, passes: 3, parallelism: 4 });
});

test('a hash that another program made is read: the test vector of Debian’s argon2', async () => {
  // printf %s password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
  const stored = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  const hasher = new PasswordHasher(cheap);
  assert.equal(await hasher.verify(stored, 'password'), true);
  assert.equal(await hasher.verify(stored, 'Password'), false);
  assert.equal(hasher.isOutdated(stored), true);
  assert.equal(hasher.isOutdated(await hasher.hash('password')), false);
});

test('without a stored hash, or with one that is none, every password is wrong', async () => {
  const hasher = new PasswordHasher(cheap);
  for (const stored of [
    undefined,
    '',
    '$argon2id$',
    '$2b$12$abcdefghijklmnopqrstuv',
    '$argon2d$v=19$m=64,t=1,p=4$AAAAAAAAAAA$AAAA',
  ])
    assert.equal(await hasher.verify(stored, ''), false);
});

test('the two ways to write é are one password', async () => {
  const hasher = new PasswordHasher(cheap);
  assert.equal(await hasher.verify(await hasher.hash('caf\u00e9 au lait'), 'cafe\u0301 au lait'), true);
});

test('a flood of logins is refused before it takes all memory, and those that wait are served', async () => {
  const hasher = new PasswordHasher(cheap);
  const stored = await hasher.hash('right');
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => hasher.verify(stored, 'right')));
  const served = results.filter((result) => result.status === 'fulfilled' && result.value);
  const refused = results.filter(
    (result) => result.status === 'rejected' && result.reason.code === 'too-many-requests',
  );
  assert.deepEqual([served.length, refused.length], [18, 82]);
  assert.equal(await hasher.verify(stored, 'right'), true);
});

test('a browser that is known is served before a flood of strangers, when there is no place for strangers any more', async () => {
  const hasher = new PasswordHasher(cheap);
  const stored = await hasher.hash('right');
  const order: string[] = [];
  const strangers = Array.from({ length: 100 }, () =>
    hasher.verify(stored, 'wrong').then(
      () => order.push('stranger'),
      () => {},
    ),
  );
  const known = hasher.verify(stored, 'right', true).then((right) => order.push(right ? 'known' : 'refused'));
  await Promise.all([...strangers, known]);
  assert.equal(order.length, 19);
  assert.ok(order.indexOf('known') >= 0 && order.indexOf('known') <= 3, order.join());
});

test('passwords that are guessed early are refused, long ones in any language are not', async () => {
  for (const weak of [
    'short',
    'aaaaaaaaaaaaaaaa',
    '1234567890123',
    'alice-alice-alice',
    'bridgekeeper1',
    'x'.repeat(300),
  ])
    await assert.rejects(async () => checkPassword(weak, 'alice'), rejectsWith('value-invalid', /12 to 256/));
  for (const good of ['correct horse battery', '正确的马电池订书钉真的很好', makePassword()])
    checkPassword(good, 'alice');
  assert.match(makePassword(), /^[a-z2-9]{5}(?:-[a-z2-9]{5}){3}$/);
});
