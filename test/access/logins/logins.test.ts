import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import { rejectsWith } from '../../server/answers.ts';
import { admin, cookieOf, deviceOf, here, hour, minute, openLogins, secret } from './open-logins.ts';

const shown = (cookie: string) => ({ from: here.from, cookie: cookieOf(cookie) });
const ended = rejectsWith('unauthenticated', /has ended/);

test('a login is the account’s role and owner as they are now, and ends with what it rests on', async (t) => {
  const open = await openLogins(t);
  const { logins } = open;
  const read = async (cookie: string) => logins.read(shown(cookie));
  await logins.desk.create({ name: 'Alice', role: 'operator', owner: 'team-a', password: secret }, admin);
  const { cookie, login } = await logins.logIn({ name: 'ALICE ', password: secret }, here);
  const { until, ...principal } = (await read(cookie)) ?? {};
  assert.deepEqual(principal, {
    name: 'alice',
    role: 'operator',
    owner: 'team-a',
    proof: 'login',
    id: login.id,
    from: here.from,
  });
  assert.equal(until, open.clock.now() + 12 * hour);
  await logins.desk.change('alice', { role: 'viewer' }, admin);
  await assert.rejects(read(cookie), ended);
  assert.deepEqual(open.ended, [login.id]);
  for (const order of [{ disabled: true }, { disabled: false, password: null }, { password: secret, owner: null }]) {
    await logins.desk.change('alice', order, admin);
    const wrong = order.disabled === true || order.password === null;
    const attempt = logins.logIn({ name: 'alice', password: secret }, here);
    if (wrong) await assert.rejects(attempt, rejectsWith('unauthenticated', /not right/));
    else assert.equal((await read((await attempt).cookie))?.owner, undefined);
  }
  const last = await logins.logIn({ name: 'alice', password: secret }, here);
  await logins.desk.remove('alice', admin);
  await assert.rejects(read(last.cookie), ended);
  await logins.desk.create({ name: 'alice', role: 'admin', password: secret }, admin);
  await assert.rejects(read(last.cookie), ended);
});

test('a login ends after an hour without use, after 12 hours in any case, and a clock that is set back saves none', async (t) => {
  const open = await openLogins(t);
  const { logins, clock } = open;
  await logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const begin = async () => (await logins.logIn({ name: 'alice', password: secret }, here)).cookie;
  const read = async (cookie: string) => logins.read(shown(cookie));
  const idle = await begin();
  clock.pass(59 * minute);
  assert.ok(await read(idle));
  clock.pass(61 * minute);
  await assert.rejects(read(idle), ended);
  const busy = await begin();
  for (let n = 0; n < 23; n++) {
    clock.pass(30 * minute);
    assert.ok(await read(busy));
  }
  clock.pass(30 * minute);
  await assert.rejects(read(busy), ended);
  const saved = await begin();
  clock.pass(30 * minute);
  clock.wall -= 29 * minute;
  assert.ok(await read(saved));
  clock.wall -= hour;
  await assert.rejects(read(saved), ended);
});

test('logins outlive a restart with the age that they have, and no secret is stored', async (t) => {
  let open = await openLogins(t);
  await open.logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const { cookie } = await open.logins.logIn({ name: 'alice', password: secret }, here);
  const token = await open.logins.link({ account: 'alice' }, admin);
  open.clock.pass(50 * minute);
  open.logins.read(shown(cookie));
  await open.logins.sweep();
  open = await openLogins(t, open);
  open.clock.pass(50 * minute);
  assert.equal(open.logins.read(shown(cookie))?.name, 'alice');
  await assert.rejects(open.logins.logInByLink({ token }, here), rejectsWith('unauthenticated', /link is not good/));
  const [, ownSecret = ''] = cookie.split('.');
  for (const name of readdirSync(open.directory).filter((file) => statSync(join(open.directory, file)).isFile())) {
    const bytes = readFileSync(join(open.directory, name), 'latin1');
    for (const text of [secret, ownSecret, token]) assert.ok(!bytes.includes(text), `${name} holds a secret`);
  }
  open.clock.pass(12 * hour);
  open = await openLogins(t, open);
  await assert.rejects(async () => open.logins.read(shown(cookie)), ended);
  assert.deepEqual(await open.registry.kept.load('login'), []);
});

test('no cookie that was made up lets anybody in', async (t) => {
  const { logins } = await openLogins(t);
  await logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const { cookie } = await logins.logIn({ name: 'alice', password: secret }, here);
  const [id = '', own = ''] = cookie.split('.');
  const other = await logins.logIn({ name: 'alice', password: secret }, here);
  const made = [
    '',
    '.',
    `${id}.`,
    `${id}.${'A'.repeat(43)}`,
    `${other.login.id}.${own}`,
    `${cookie}x`,
    `__proto__.${own}`,
  ];
  for (const value of made) await assert.rejects(async () => logins.read(shown(value)), ended, value);
  assert.equal(logins.read({ from: here.from }), undefined);
  assert.equal(logins.read({ from: here.from, cookie: 'other=1' }), undefined);
});

test('whoever has the password and not the code stays out, and a code lets in once even at the same time', async (t) => {
  const { logins, clock } = await openLogins(t);
  await logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const { secret: shared } = logins.secondFactors.propose('alice', 'gw');
  const codeNow = () => new TOTP({ secret: Secret.fromBase32(shared) }).generate({ timestamp: clock.now() });
  await assert.rejects(
    logins.secondFactors.confirm('alice', '000000', admin),
    rejectsWith('value-invalid', /not the one/),
  );
  const recovery = await logins.secondFactors.confirm('alice', codeNow(), admin);
  const attempt = (code?: string) => logins.logIn({ name: 'alice', password: secret, code }, here);
  await assert.rejects(attempt(), (error: { details: object }) => {
    assert.deepEqual(error.details, { needs: 'code' });
    return true;
  });
  await assert.rejects(attempt(codeNow()), rejectsWith('unauthenticated', /not right/), 'it was used to set it up');
  clock.pass(minute);
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => attempt(codeNow())));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  clock.pass(10 * minute);
  assert.ok(await attempt(recovery[0]));
  await assert.rejects(attempt(recovery[0]), rejectsWith('unauthenticated', /not right/));
  const byLink = async (code?: string) =>
    logins.logInByLink({ token: await logins.link({ account: 'alice' }, admin), code }, here);
  await assert.rejects(byLink(), rejectsWith('unauthenticated', /code/));
  assert.ok(await byLink(recovery[1]));
  await assert.rejects(logins.confirmProof('alice', { password: secret }, here), rejectsWith('forbidden', /not right/));
});

test('a link lets in once, also when it is opened many times at the same moment, and is over after 5 minutes', async (t) => {
  const { logins, clock } = await openLogins(t);
  const token = await logins.link({ name: 'root', role: 'admin' }, admin);
  const results = await Promise.allSettled(Array.from({ length: 10 }, () => logins.logInByLink({ token }, here)));
  const inside = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.equal(inside.length, 1);
  assert.equal(inside[0]?.login.role, 'admin');
  const late = await logins.link({ name: 'root', role: 'admin' }, admin);
  clock.pass(5 * minute);
  await assert.rejects(logins.logInByLink({ token: late }, here), rejectsWith('unauthenticated', /not good/));
  await logins.desk.create({ name: 'alice', role: 'viewer' }, admin);
  const stale = await logins.link({ account: 'alice' }, admin);
  await logins.desk.change('alice', { role: 'operator' }, admin);
  await assert.rejects(logins.logInByLink({ token: stale }, here), rejectsWith('unauthenticated', /not right/));
});

test('guessing locks out strangers and not the browser that is known, nor links; nobody learns which names there are', async (t) => {
  const { logins, troubles } = await openLogins(t);
  await logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const { device } = await logins.logIn({ name: 'alice', password: secret }, here);
  const guess = async (name: string, n: number) => {
    try {
      await logins.logIn({ name, password: `guess ${n}` }, { from: `198.51.100.${n}` });
      return 'in';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const told = async (name: string) => {
    const answers: string[] = [];
    for (let n = 0; n < 15; n++) answers.push(await guess(name, n));
    return answers;
  };
  assert.deepEqual(await told('alice'), await told('nobody'));
  const stranger = { from: '203.0.113.9' };
  const right = { name: 'alice', password: secret };
  await assert.rejects(logins.logIn(right, stranger), rejectsWith('too-many-requests', /seconds/));
  assert.ok(await logins.logIn(right, { ...stranger, cookie: deviceOf(device) }));
  assert.ok(await logins.logInByLink({ token: await logins.link({ account: 'alice' }, admin) }, stranger));
  await assert.rejects(
    logins.logIn(right, { ...stranger, cookie: deviceOf(device?.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A'))) }),
    rejectsWith('too-many-requests', /seconds/),
  );
  assert.deepEqual(troubles, [
    'too many wrong logins: account alice',
    'too many wrong logins: an account that there is not',
  ]);
});

test('a missing code is no guess: an office behind one address logs in with second factors in the same minute', async (t) => {
  const { logins, clock } = await openLogins(t);
  const apps = new Map<string, TOTP>();
  for (let n = 0; n < 30; n++) {
    const name = `user${n}`;
    await logins.desk.create({ name, role: 'viewer', password: secret }, admin);
    const app = new TOTP({ secret: Secret.fromBase32(logins.secondFactors.propose(name, 'gw').secret) });
    await logins.secondFactors.confirm(name, app.generate({ timestamp: clock.now() }), admin);
    apps.set(name, app);
  }
  clock.pass(minute);
  for (const [name, app] of apps) {
    await assert.rejects(logins.logIn({ name, password: secret }, here), rejectsWith('unauthenticated', /missing/));
    assert.ok(await logins.logIn({ name, password: secret, code: app.generate({ timestamp: clock.now() }) }, here));
  }
});

test('people see their own logins, not those of somebody of the same name who has no account', async (t) => {
  const { logins } = await openLogins(t);
  await logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const own = await logins.logIn({ name: 'alice', password: secret }, here);
  const other = await logins.begin({ name: 'alice', role: 'admin' }, 'link', here, 'with a link');
  assert.deepEqual(
    logins.ownLogins(own.login.id).map(({ id }) => id),
    [own.login.id],
  );
  await assert.rejects(
    logins.end(other.login.id, admin, logins.ownLogins(own.login.id)),
    rejectsWith('not-found', /no login/),
  );
  assert.deepEqual(logins.ownLogins(undefined), []);
});

test('one name has 20 logins at most: the one that was used least recently ends', async (t) => {
  const open = await openLogins(t);
  await open.logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const cookies: string[] = [];
  for (let n = 0; n < 25; n++) {
    open.clock.pass(1000);
    cookies.push((await open.logins.logIn({ name: 'alice', password: secret }, here)).cookie);
  }
  assert.equal(open.logins.list('alice').length, 20);
  assert.equal(open.ended.length, 5);
  await assert.rejects(async () => open.logins.read(shown(cookies[0] as string)), ended);
  assert.ok(open.logins.read(shown(cookies[24] as string)));
});

test('what cannot be stored lets nobody in, and what is ended counts no more even then', async (t) => {
  const open = await openLogins(t);
  const { logins, registry } = open;
  await logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const { cookie, login } = await logins.logIn({ name: 'alice', password: secret }, here);
  await registry.close();
  await assert.rejects(logins.logIn({ name: 'alice', password: secret }, here), rejectsWith('registry-failed', /./));
  assert.equal(logins.list().length, 1);
  await assert.rejects(logins.end(login.id, admin), rejectsWith('registry-failed', /./));
  await assert.rejects(async () => logins.read(shown(cookie)), ended);
  await assert.rejects(logins.desk.change('alice', { role: 'admin' }, admin), rejectsWith('registry-failed', /./));
  assert.equal(logins.desk.show('alice').role, 'viewer');
});

test('a password that was hashed cheaply is hashed anew at the next log-in, and the logins go on', async (t) => {
  const open = await openLogins(t);
  const { logins, registry } = open;
  await logins.desk.create({ name: 'alice', role: 'viewer', password: secret }, admin);
  const [item] = await registry.kept.load<{ password: string }>('account');
  assert.ok(item);
  const { PasswordHasher } = await import('../../../src/access/logins/password.ts');
  const old = await new PasswordHasher({ memory: 32, passes: 1, parallelism: 2 }).hash(secret);
  await registry.kept.change('account', { put: [{ id: 'alice', body: { ...item.body, password: old } }] });
  const again = await openLogins(t, open);
  const { cookie } = await again.logins.logIn({ name: 'alice', password: secret }, here);
  const [after] = await again.registry.kept.load<{ password: string }>('account');
  assert.match(after?.body.password ?? '', /m=64,t=1,p=4/);
  assert.ok(again.logins.read(shown(cookie)));
});

test('accounts that make no sense are refused, and what is done with them is in the journal', async (t) => {
  const { logins, registry } = await openLogins(t);
  const create = (order: object) => logins.desk.create({ name: 'bob', role: 'viewer', ...order }, admin);
  await assert.rejects(create({ name: 'bob smith' }), rejectsWith('value-invalid', /account name/));
  await assert.rejects(create({ role: 'admin', owner: 'team-a' }), rejectsWith('value-invalid', /admin/));
  await assert.rejects(create({ owner: 'Team A' }), rejectsWith('value-invalid', /RFC 1123/));
  await assert.rejects(create({ password: 'short' }), rejectsWith('value-invalid', /12 to 256/));
  const planned = await logins.desk.create({ name: 'bob', role: 'viewer' }, { ...admin, onlyPlan: true });
  assert.deepEqual([planned.account.name, planned.password, logins.accounts.all().size], ['bob', undefined, 0]);
  const { password } = await create({});
  assert.ok(password);
  await assert.rejects(create({}), rejectsWith('conflict', /already/));
  await assert.rejects(logins.desk.change('carol', { role: 'admin' }, admin), rejectsWith('not-found', /"carol"/));
  await logins.logIn({ name: 'bob', password }, here);
  await logins.desk.remove('bob', admin);
  const journal = await registry.journal(10);
  assert.deepEqual(
    journal.map(({ kind, who, text }) => `${kind} ${who}: ${text}`),
    [
      'access root: Account "bob" was removed.',
      'login bob: "bob" logged in with a password.',
      'access root: Account "bob" was made: role viewer, a new password.',
    ],
  );
});
