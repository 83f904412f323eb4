import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import {
  acceptCode,
  acceptRecoveryCode,
  makeRecoveryCodes,
  makeTotp,
  totpUri,
} from '../../../src/access/logins/second-factor.ts';

const seconds = 1000;

test('codes are those of RFC 6238, appendix B', () => {
  const secret = Secret.fromLatin1('12345678901234567890').base32;
  const vectors: [number, string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ];
  for (const [at, code] of vectors) assert.ok(acceptCode({ secret, usedStep: 0 }, code, at * seconds), code);
});

test('a code counts one period early or late, once, and an earlier one not after it', () => {
  const totp = makeTotp();
  const app = new TOTP({ secret: Secret.fromBase32(totp.secret) });
  const now = 1_800_000_000_000;
  const codeAt = (shift: number) => app.generate({ timestamp: now + shift * 30 * seconds });
  for (const shift of [-1, 0, 1]) assert.ok(acceptCode(totp, codeAt(shift), now));
  for (const shift of [-3, -2, 2, 3]) assert.equal(acceptCode(totp, codeAt(shift), now), undefined);
  const used = acceptCode(totp, codeAt(0), now);
  assert.ok(used);
  assert.equal(acceptCode(used, codeAt(0), now), undefined);
  assert.equal(acceptCode(used, codeAt(-1), now), undefined);
  assert.ok(acceptCode(used, codeAt(1), now));
});

test('what is no code is none, whatever it is', () => {
  const totp = makeTotp();
  for (const code of ['', '12345', '1234567', 'abcdef', '１２３４５６', '-12345', '1e5', '\u0000'.repeat(6)])
    assert.equal(acceptCode(totp, code, Date.now()), undefined);
});

test('a recovery code counts once, however it is typed', () => {
  const { codes, hashes } = makeRecoveryCodes();
  assert.equal(new Set(codes).size, 10);
  const [first = ''] = codes;
  const left = acceptRecoveryCode(hashes, ` ${first.toUpperCase().replaceAll('-', ' ')} `);
  assert.equal(left?.length, 9);
  assert.equal(acceptRecoveryCode(left ?? [], first), undefined);
  assert.ok(hashes.every((hash) => !codes.includes(hash)));
});

test('apps can read the secret from a QR code', () => {
  const totp = makeTotp();
  const uri = new URL(totpUri(totp, 'alice', 'gw.example'));
  assert.equal(uri.protocol, 'otpauth:');
  assert.equal(uri.searchParams.get('secret'), totp.secret);
  assert.equal(totp.secret.length, 32);
});
