import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { grantOfClaims } from '../../../src/access/provider/grant-of-claims.ts';
import { readProviderSettings } from '../../../src/access/provider/provider-settings.ts';
import { temporaryDirectory } from '../../daemon/test-daemon.ts';
import { rejectsWith } from '../../server/answers.ts';

const good = {
  issuer: 'https://id.example/realms/ops',
  client: 'bridgekeeper',
  name: 'Example',
  label: 'example',
  url: 'https://gw.example:8443',
  rules: [{ claim: 'email', value: 'a@example.org', role: 'admin' }],
};

test('settings with a mistake are refused with what is wrong', async (t) => {
  const path = join(temporaryDirectory(t), 'oidc.yaml');
  const reading = async (settings: unknown) => {
    writeFileSync(path, typeof settings === 'string' ? settings : JSON.stringify(settings));
    return readProviderSettings(path);
  };
  assert.equal((await reading(good)).nameClaim, 'preferred_username');
  const mistakes: [unknown, RegExp][] = [
    ['issuer: [', /File .*oidc/],
    [{ ...good, issuer: 'http://id.example' }, /not https/],
    [{ ...good, issuer: 'file:///etc/passwd' }, /issuer/],
    [{ ...good, extra: 1 }, /extra/],
    [{ ...good, rules: [] }, /rules/],
    [{ ...good, rules: [{ claim: 'groups', value: 'x', role: 'root' }] }, /rules\.0\.role/],
    [{ ...good, rules: [{ claim: 'groups', value: 'x', role: 'admin', ownerClaim: 'tenant' }] }, /admin/],
    [{ ...good, label: 'Not A Label' }, /RFC 1123/],
    [{ ...good, secretFile: 'missing' }, /Secret file .*missing/],
  ];
  for (const [settings, pattern] of mistakes)
    await assert.rejects(reading(settings), rejectsWith('value-invalid', pattern));
});

test('an e-mail address that nobody has verified is nobody’s, and claims are no properties of objects', () => {
  const settings = { ...good, scopes: 'openid', nameClaim: 'sub', rules: good.rules as never };
  const claims = { sub: '1', email: 'a@example.org' };
  assert.equal(grantOfClaims(settings, claims), undefined);
  assert.equal(grantOfClaims(settings, { ...claims, email_verified: 'true' }), undefined);
  assert.deepEqual(grantOfClaims(settings, { ...claims, email_verified: true }), { name: '1@example', role: 'admin' });
  // A name that would read like somebody of a tenant in the journal.
  assert.equal(grantOfClaims(settings, { ...claims, sub: 'team-a/x', email_verified: true }), undefined);
  const odd = { ...settings, rules: [{ claim: 'constructor', value: 'x', role: 'admin' as const }] };
  assert.equal(grantOfClaims(odd, { sub: '1' }), undefined);
});
