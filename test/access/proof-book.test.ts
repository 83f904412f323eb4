import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { Authority } from '../../src/access/authority.ts';
import { ProofBook } from '../../src/access/proofs/proof-book.ts';
import { certificateReader, tokenReader } from '../../src/access/proofs/token.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { type Scope, temporaryDirectory } from '../daemon/test-daemon.ts';
import { rejectsWith } from '../server/answers.ts';

const day = 86_400_000;
const actor = { who: 'alice', from: 'unix socket' };
const from = '192.0.2.7';

/** A book on a registry of its own, whose clock the test sets. */
async function openBook(scope: Scope) {
  const directory = temporaryDirectory(scope);
  const time = { now: Date.now() };
  const clock = { now: () => time.now, monotonic: () => time.now };
  const registry = await openSqliteRegistry({ directory, now: clock.now });
  scope.after(() => registry.close());
  const ended: string[] = [];
  const authority = () => Authority.open(directory, clock.now);
  const open = () => ProofBook.open({ kept: registry.kept, clock, authority, onEnded: (id) => ended.push(id) });
  return { time, registry, ended, open, book: await open() };
}

const show = (book: ProofBook, token: string) => tokenReader(book).read({ from, authorization: `Bearer ${token}` });

test('a token ends with its last day, and is listed as expired for 30 more', async (t) => {
  const { book, time, open } = await openBook(t);
  const { token = '', id, until } = await book.issueToken({ name: 'ci', role: 'viewer', days: 2 }, actor);
  assert.equal(until, time.now + 2 * day);
  assert.deepEqual(show(book, token), { name: 'ci', role: 'viewer', proof: 'token', id, from, until });
  time.now = until - 1;
  assert.equal(show(book, token)?.until, until);
  time.now = until;
  assert.throws(() => show(book, token), rejectsWith('unauthenticated', /of "ci" has expired at/));
  assert.deepEqual(
    book.list().map((proof) => [proof.id, proof.expired]),
    [[id, true]],
  );
  time.now += 31 * day;
  await book.issueToken({ name: 'next', role: 'viewer' }, actor);
  assert.deepEqual(
    (await open()).list().map(({ name }) => name),
    ['next'],
  );
});

test('what is only planned lets nobody in and is not kept', async (t) => {
  const { book, open } = await openBook(t);
  const planned = await book.issueToken({ name: 'ci', role: 'viewer' }, actor, true);
  assert.equal(planned.token, undefined);
  assert.deepEqual(book.list(), []);
  const { token = '', id } = await book.issueToken({ name: 'ci', role: 'viewer' }, actor);
  assert.equal((await book.revoke(id, actor, true)).id, id);
  assert.equal(show(book, token)?.name, 'ci');
  assert.equal((await open()).list().length, 1);
});

test('a token that cannot be stored is not issued; one whose end cannot be stored has ended all the same', async (t) => {
  const { book, registry, ended } = await openBook(t);
  const { token = '', id } = await book.issueToken({ name: 'ci', role: 'admin' }, actor);
  await registry.close();
  await assert.rejects(book.issueToken({ name: 'late', role: 'viewer' }, actor), rejectsWith('registry-failed', /./));
  assert.deepEqual(
    book.list().map(({ name }) => name),
    ['ci'],
  );
  await assert.rejects(book.revoke(id, actor), rejectsWith('registry-failed', /would after a restart of the daemon/));
  assert.throws(() => show(book, token), rejectsWith('unauthenticated', /revoked/));
  assert.deepEqual(ended, [id]);
});

test('neither token nor certificate is stored in a form that lets anybody in', async (t) => {
  const { book, registry } = await openBook(t);
  const { token = '' } = await book.issueToken({ name: 'ci', role: 'admin' }, actor);
  const stored = JSON.stringify(await registry.kept.load('token'));
  assert.ok(stored.includes('"name":"ci"'));
  assert.ok(!stored.includes(token) && !stored.includes(token.split('_').at(-1) as string));
  for await (const entries of registry.audit.records({}, { clear: true }))
    assert.ok(!JSON.stringify(entries).includes(token));
});

test('a certificate counts by its fingerprint: one that its authority signed and nobody issued here does not', async (t) => {
  const { book } = await openBook(t);
  const { publicKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const order = { name: 'edge', role: 'operator', owner: 'team-a', publicKey: pem } as const;
  const issued = await book.issueCertificate(order, actor);
  const { fingerprintOf } = await import('../../src/access/authority.ts');
  const fingerprint = fingerprintOf(issued.certificate ?? '');
  const reader = certificateReader(book);
  const { id, until } = issued;
  const expected = { name: 'edge', role: 'operator', owner: 'team-a', proof: 'certificate', id, from, until };
  assert.deepEqual(reader.read({ from, certificate: { fingerprint } }), expected);
  const forged = fingerprint.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  for (const certificate of [{ fingerprint: forged }, { fingerprint, trouble: 'CERT_HAS_EXPIRED' }])
    assert.throws(() => reader.read({ from, certificate }), rejectsWith('unauthenticated', /certificate is/));
  await book.revoke(id, actor);
  assert.throws(() => reader.read({ from, certificate: { fingerprint } }), rejectsWith('unauthenticated', /revoked/));
});
