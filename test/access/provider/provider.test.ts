import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { returnPath } from '../../../src/access/provider/provider.ts';
import { startPageDaemon } from '../../browser/start-page.ts';
import { temporaryDirectory } from '../../daemon/test-daemon.ts';
import { freePort } from '../../server/metrics/free-port.ts';
import { Browser } from './browse.ts';
import { providerClient, startProvider } from './start-provider.ts';

const rules = [
  { claim: 'groups', value: 'netadmins', role: 'admin' },
  { claim: 'groups', value: 'customers', role: 'operator', ownerClaim: 'tenant' },
];

/** A daemon and a provider that know each other, and a browser. */
async function start(t: TestContext) {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const origin = `https://127.0.0.1:${port}`;
  const provider = await startProvider(t, `${origin}${returnPath}`);
  const file = join(directory, 'oidc.yaml');
  writeFileSync(join(directory, 'secret'), `${providerClient.secret}\n`);
  const settings = {
    issuer: provider.issuer,
    client: providerClient.id,
    secretFile: 'secret',
    name: 'Example',
    label: 'example',
    url: origin,
    scopes: 'openid profile groups',
    rules,
  };
  writeFileSync(file, JSON.stringify(settings));
  const daemon = await startPageDaemon(t, directory, ['--listen', `127.0.0.1:${port}`, '--oidc', file]);
  const browser = new Browser();
  const back = (url: string) => url.startsWith(`${origin}${returnPath}`);
  /** To the provider, and as far back as the daemon's door. */
  const journey = (who = browser) => who.follow(`${origin}/v1/login/oidc`, back);
  const comeIn = async (who = browser) => who.ask(await journey(who));
  const me = async (who = browser) => JSON.parse((await who.ask(`${origin}/v1/me`)).text);
  return { origin, provider, daemon, browser, journey, comeIn, me };
}

test('whoever the provider knows comes in with the role and the tenant that its claims say', async (t) => {
  const { origin, provider, daemon, comeIn, me } = await start(t);
  const browser = new Browser();
  const methods = JSON.parse((await browser.ask(`${origin}/v1/login/methods`)).text);
  assert.deepEqual(methods, { password: true, provider: { name: 'Example' } });
  provider.person = { sub: '17', preferred_username: 'alice', groups: ['staff', 'netadmins'] };
  const answer = await comeIn(browser);
  assert.deepEqual([answer.status, answer.headers.location], [303, '/']);
  const { name, role, owner, proof } = await me(browser);
  assert.deepEqual(
    { name, role, owner, proof },
    { name: 'alice@example', role: 'admin', owner: undefined, proof: 'login' },
  );
  assert.equal(browser.cookies(origin).has('__Host-bridgekeeper-journey'), false);

  const customer = new Browser();
  provider.person = { sub: '18', preferred_username: 'bob', groups: ['customers'], tenant: 'team-b' };
  await comeIn(customer);
  assert.deepEqual([(await me(customer)).role, (await me(customer)).owner], ['operator', 'team-b']);
  const [login] = await daemon.client.accounts.logins('bob@example');
  assert.deepEqual([login?.way, login?.owner, login?.from], ['provider', 'team-b', '127.0.0.1']);
  const [entry] = (await daemon.client.journal(1)).filter(({ kind }) => kind === 'login');
  assert.match(entry?.text ?? '', /"bob@example" logged in at Example \("18"\)/);
  await daemon.client.accounts.endLogin(login?.id ?? '');
  assert.equal((await me(customer)).code, 'unauthenticated');
});

test('who has no role, no tenant, no name that can be shown or no leave stays out, and is told why', async (t) => {
  const { origin, provider, comeIn, me } = await start(t);
  const people = [
    [{ sub: '1', preferred_username: 'carol', groups: ['staff'] }, 'no-role'],
    [{ sub: '2', preferred_username: 'dave', groups: ['customers'] }, 'no-role'],
    [{ sub: '3', preferred_username: 'erin', groups: ['customers'], tenant: 'Team B; drop' }, 'no-role'],
    [{ sub: '4', preferred_username: 'root\u202eadmin', groups: ['netadmins'] }, 'no-role'],
    [undefined, 'denied'],
  ] as const;
  for (const [person, reason] of people) {
    provider.person = person;
    const browser = new Browser();
    const answer = await comeIn(browser);
    assert.deepEqual(
      [answer.status, answer.headers.location],
      [303, `/login?refused=${reason}`],
      JSON.stringify(person),
    );
    assert.equal((await me(browser)).code, 'unauthenticated');
    assert.equal(browser.cookies(origin).size, 0);
  }
});

test('what comes back counts in the browser that left, once, unchanged, and only from this provider', async (t) => {
  const { origin, provider, journey, daemon, me } = await start(t);
  provider.person = { sub: '17', preferred_username: 'alice', groups: ['netadmins'] };
  const refusedWith = async (browser: Browser, url: string) => (await browser.ask(url)).headers.location;
  const victim = new Browser();
  // An attacker makes somebody else come back with what the attacker began (log-in CSRF).
  const foreign = await journey(new Browser());
  assert.equal(await refusedWith(victim, foreign), '/login?refused=expired');
  const own = await journey(victim);
  const saved = new Map(victim.cookies(origin));
  const changed: [string, string][] = [
    ['state', 'x'],
    ['code', 'x'],
    ['iss', 'https://evil.example'],
  ];
  for (const [key, value] of changed) {
    const url = new URL(own);
    url.searchParams.set(key, value);
    for (const [name, cookie] of saved) victim.cookies(origin).set(name, cookie);
    assert.equal(await refusedWith(victim, url.href), '/login?refused=failed', key);
  }
  for (const [name, cookie] of saved) victim.cookies(origin).set(name, cookie);
  assert.equal(await refusedWith(victim, foreign), '/login?refused=failed', 'a code for another state');
  const fresh = new Browser();
  const good = await journey(fresh);
  const kept = new Map(fresh.cookies(origin));
  assert.equal(await refusedWith(fresh, good), '/');
  const thief = new Browser();
  for (const [name, cookie] of kept) thief.cookies(origin).set(name, cookie);
  assert.equal(await refusedWith(thief, good), '/login?refused=failed', 'a code is good once');
  assert.equal((await me(fresh)).name, 'alice@example');
  const code = new URL(good).searchParams.get('code') as string;
  assert.ok(!daemon.log().includes(code) && !daemon.log().includes(providerClient.secret), 'no secrets in the log');
});

test('a provider that is down keeps nobody from a password', async (t) => {
  const { origin, provider, browser } = await start(t);
  await provider.stop();
  const answer = await browser.ask(`${origin}/v1/login/oidc`);
  assert.deepEqual([answer.status, answer.headers.location], [303, '/login?refused=unreachable']);
  assert.equal((await browser.ask(`${origin}/v1/login/methods`)).status, 200);
});
