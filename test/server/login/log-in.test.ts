import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret, TOTP } from 'otpauth';
import { Browser } from '../../access/provider/browse.ts';
import { type PageDaemon, startPageDaemon } from '../../browser/start-page.ts';
import type { TestDaemon } from '../../daemon/test-daemon.ts';
import { type Scope, temporaryDirectory } from '../../daemon/test-daemon.ts';

const secret = 'correct horse battery staple';
const csrfHeader = 'bridgekeeper-csrf';

async function logIn(browser: Browser, origin: string, body: object = { name: 'alice', password: secret }) {
  const answer = await browser.ask(`${origin}/v1/login`, { method: 'POST', body });
  const { csrf } = JSON.parse((await browser.ask(`${origin}/v1/me`)).text);
  return { answer, csrf: String(csrf) };
}

/** Files of the daemon in which a text stands as it is. */
function filesWith(daemon: TestDaemon, text: string): string[] {
  const files = readdirSync(daemon.state, { recursive: true }).map((name) => join(daemon.state, String(name)));
  return files.filter((file) => statSync(file).isFile() && readFileSync(file, 'latin1').includes(text));
}

suite('log-in over TLS', { concurrency: false }, () => {
  // One daemon for all: each test has an account of its own; the one that uses up the address's attempts is the last.
  const cleaning: (() => unknown)[] = [];
  const scope: Scope = { after: (clean) => cleaning.unshift(clean) };
  let daemon: PageDaemon;
  before(async () => {
    daemon = await startPageDaemon(scope);
  });
  after(async () => {
    for (const clean of cleaning) await clean();
  });

  test('a login is a cookie that no script reads, no other site sends and no file or log holds', async () => {
    const { origin } = daemon;
    await daemon.client.accounts.create({ name: 'alice', role: 'operator', password: secret });
    const browser = new Browser();
    const { answer, csrf } = await logIn(browser, origin);
    const [cookie = '', device = ''] = answer.headers['set-cookie'] ?? [];
    assert.match(
      cookie,
      /^__Host-bridgekeeper=[\w-]{16}\.[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    assert.match(
      device,
      /^__Host-bridgekeeper-device=[\w.-]+; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    );
    assert.equal(answer.headers['cache-control'], 'no-store');
    const me = JSON.parse((await browser.ask(`${origin}/v1/me`)).text);
    assert.deepEqual([me.name, me.role, me.proof, me.account.totp], ['alice', 'operator', 'login', false]);
    const [login] = await daemon.client.accounts.logins();
    assert.deepEqual([login?.name, login?.from, login?.way], ['alice', '127.0.0.1', 'password']);

    const again = await logIn(browser, origin);
    assert.notEqual(again.csrf, csrf, 'a new login has a new cookie');
    const out = await browser.ask(`${origin}/v1/logout`, { method: 'POST', headers: { [csrfHeader]: again.csrf } });
    assert.deepEqual([out.status, browser.cookies(origin).has('__Host-bridgekeeper')], [200, false]);
    assert.equal((await browser.ask(`${origin}/v1/me`)).status, 401);

    const wrong = 'a password that I use elsewhere';
    await new Browser().ask(`${origin}/v1/login`, {
      method: 'POST',
      body: { name: wrong.slice(0, 20), password: wrong },
    });
    const [, value = ''] = /=[\w-]{16}\.([\w-]{43})/.exec(cookie) ?? [];
    for (const text of [secret, wrong, wrong.slice(0, 20), value, csrf]) {
      assert.deepEqual(filesWith(daemon, text), [], `stored: ${text}`);
      assert.ok(!daemon.log().includes(text), `logged: ${text}`);
    }
  });

  test('a foreign page changes nothing with the cookie of whoever looks at it, and cannot log anybody in', async () => {
    const { origin, client, socket } = daemon;
    await client.accounts.create({ name: 'bea', role: 'admin', password: secret });
    const browser = new Browser();
    const { csrf } = await logIn(browser, origin, { name: 'bea', password: secret });
    const order = { method: 'POST', body: { name: 'mallory', role: 'admin' } };
    const attempts: [string, Record<string, string>][] = [
      ['without the token', {}],
      ['with a wrong token', { [csrfHeader]: csrf.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')) }],
      ['with an empty token', { [csrfHeader]: '' }],
      ['from another origin', { [csrfHeader]: csrf, origin: 'https://evil.example' }],
      ['from a page without origin', { [csrfHeader]: csrf, origin: 'null' }],
      ['from another port', { [csrfHeader]: csrf, origin: 'https://127.0.0.1:1' }],
      ['without TLS', { [csrfHeader]: csrf, origin: origin.replace('https:', 'http:') }],
      ['from another site', { [csrfHeader]: csrf, 'sec-fetch-site': 'cross-site' }],
      ['from a host beside it', { [csrfHeader]: csrf, 'sec-fetch-site': 'same-site' }],
    ];
    for (const [how, headers] of attempts) {
      const { status, text } = await browser.ask(`${origin}/v1/accounts`, { ...order, headers });
      assert.deepEqual([status, JSON.parse(text).code], [403, 'forbidden'], how);
    }
    assert.ok((await client.accounts.list()).every(({ name }) => name !== 'mallory'));
    const own = { [csrfHeader]: csrf, origin, 'sec-fetch-site': 'same-origin' };
    assert.equal((await browser.ask(`${origin}/v1/accounts`, { ...order, headers: own })).status, 200);

    const forced = { method: 'POST', body: { name: 'mallory', password: secret } };
    const victim = new Browser();
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    assert.equal((await victim.ask(`${origin}/v1/login`, { ...forced, headers })).status, 403);
    const form = { 'content-type': 'text/plain', 'sec-fetch-site': 'none' };
    assert.equal((await victim.ask(`${origin}/v1/login`, { ...forced, headers: form })).status, 415);
    assert.equal(victim.cookies(origin).size, 0);
    const large = { method: 'POST', body: { name: 'x', password: 'x'.repeat(20_000) } };
    assert.equal((await victim.ask(`${origin}/v1/login`, large)).status, 413, 'no megabytes from strangers');

    const { sendRequest } = await import('../raw-request.ts');
    const overSocket = (extra: Record<string, string>) =>
      sendRequest(socket, 'POST', '/v1/accounts', { body: '{"name":"eve","role":"admin"}', headers: extra });
    assert.equal((await overSocket({ host: 'localhost:5173', origin: 'http://evil.example' })).status, 403);
    assert.equal((await overSocket({ host: 'rebound.example', origin: 'http://rebound.example' })).status, 403);
  });

  test('a foreign page that sends browsers to where a provider would keeps nobody from logging in', async () => {
    const { origin, client } = daemon;
    await client.accounts.create({ name: 'gwen', role: 'viewer', password: secret });
    const browser = new Browser();
    for (let i = 0; i < 25; i += 1) {
      const { status } = await browser.ask(`${origin}/v1/login/oidc/return?code=x`, {
        headers: { 'sec-fetch-site': 'cross-site' },
      });
      assert.equal(status, 404);
    }
    assert.equal((await logIn(browser, origin, { name: 'gwen', password: secret })).answer.status, 200);
  });

  test('every answer has the headers that make browsers careful, refusals and pages too', async () => {
    const { origin } = daemon;
    const browser = new Browser();
    for (const path of ['/v1/health', '/v1/status', '/nowhere', '/', '/openapi.json', '/docs']) {
      const { headers } = await browser.ask(`${origin}${path}`, { headers: { accept: 'text/html' } });
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /default-src 'none'/, path);
      assert.match(policy, /script-src 'self'(;|$)/, path);
      assert.match(policy, /frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline|https?:/, path);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
      assert.match(String(headers['permissions-policy']), /camera=\(\)/);
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.equal(headers['x-powered-by'] ?? headers.server, undefined);
      if (path.startsWith('/v1/')) assert.equal(headers['cache-control'], 'no-store');
    }
    const refused = await browser.ask(`${origin}/v1/status`);
    assert.equal(refused.headers['www-authenticate'], 'Bearer realm="bridgekeeper"');
  });

  test('a changed password ends all other logins, and a second factor is asked for from then on', async () => {
    const { origin, client } = daemon;
    await client.accounts.create({ name: 'dora', role: 'viewer', password: secret });
    const [browser, other] = [new Browser(), new Browser()];
    await logIn(other, origin, { name: 'dora', password: secret });
    let { csrf } = await logIn(browser, origin, { name: 'dora', password: secret });
    const post = async (path: string, body: object) => {
      const answer = await browser.ask(`${origin}${path}`, { method: 'POST', body, headers: { [csrfHeader]: csrf } });
      return { status: answer.status, value: JSON.parse(answer.text) };
    };
    const next = 'another horse battery staple';
    assert.equal((await post('/v1/me/password', { password: 'wrong', newPassword: next })).status, 403);
    assert.equal((await post('/v1/me/password', { password: secret, newPassword: 'short' })).status, 400);
    assert.equal((await post('/v1/me/password', { password: secret, newPassword: next })).status, 200);
    assert.equal((await other.ask(`${origin}/v1/me`)).status, 401);
    csrf = JSON.parse((await browser.ask(`${origin}/v1/me`)).text).csrf;
    const { value: proposal } = await post('/v1/me/totp', { password: next });
    const app = new TOTP({ secret: Secret.fromBase32(proposal.secret) });
    const { value: confirmed } = await post('/v1/me/totp/confirm', { code: app.generate() });
    assert.equal(confirmed.recoveryCodes.length, 10);
    const stranger = new Browser();
    const attempt = async (code?: string) => {
      const body = { name: 'dora', password: next, ...(code === undefined ? {} : { code }) };
      const answer = await stranger.ask(`${origin}/v1/login`, { method: 'POST', body });
      return [answer.status, JSON.parse(answer.text).details?.needs];
    };
    assert.deepEqual(await attempt(), [401, 'code']);
    assert.deepEqual(await attempt('000000'), [401, undefined]);
    assert.deepEqual(await attempt(confirmed.recoveryCodes[0]), [200, undefined]);
    assert.equal((await post('/v1/me/totp/remove', { password: next })).status, 403);
    assert.equal((await post('/v1/me/totp/remove', { password: next, code: confirmed.recoveryCodes[1] })).status, 200);
  });

  test('whoever is shut out loses the stream of events that he follows, too', async () => {
    const { origin, client } = daemon;
    await client.accounts.create({ name: 'edda', role: 'viewer', password: secret });
    const browser = new Browser();
    await logIn(browser, origin, { name: 'edda', password: secret });
    let over = false;
    const stream = browser
      .ask(`${origin}/v1/events/stream`, { headers: { accept: 'text/event-stream' } })
      .catch(() => {})
      .finally(() => {
        over = true;
      });
    await sleep(300);
    assert.equal(over, false);
    await client.accounts.remove('edda');
    for (let n = 0; n < 200 && !over; n++) await sleep(50);
    assert.equal(over, true);
    await stream;
  });

  test('accounts and logins outlive kill -9', async (t) => {
    const directory = temporaryDirectory(t);
    const first = await startPageDaemon(t, directory);
    const { password = '' } = await first.client.accounts.create({ name: 'fay', role: 'viewer' });
    const browser = new Browser();
    await logIn(browser, first.origin, { name: 'fay', password });
    const cookies = [...browser.cookies(first.origin)];
    await first.end('SIGKILL');
    const again = await startPageDaemon(t, directory);
    const later = new Browser();
    for (const [name, value] of cookies) later.cookies(again.origin).set(name, value);
    assert.equal(JSON.parse((await later.ask(`${again.origin}/v1/me`)).text).name, 'fay');
  });

  test('guessing is slowed down with Retry-After, says the same of names that are not there, and locks nobody out for good', async () => {
    const { origin, client } = daemon;
    await client.accounts.create({ name: 'cleo', role: 'viewer', password: secret });
    const known = new Browser();
    await logIn(known, origin, { name: 'cleo', password: secret });
    const guess = async (name: string) => {
      const answer = await new Browser().ask(`${origin}/v1/login`, {
        method: 'POST',
        body: { name, password: 'guess' },
      });
      return { ...answer, detail: JSON.parse(answer.text).detail as string };
    };
    const [real, made] = [await guess('cleo'), await guess('nobody')];
    assert.deepEqual([real.status, real.text], [made.status, made.text]);
    let last = real;
    for (let n = 0; n < 12 && last.status !== 429; n++) last = await guess('cleo');
    assert.equal(last.status, 429);
    assert.ok(Number(last.headers['retry-after']) > 0);
    const right = { method: 'POST', body: { name: 'cleo', password: secret } };
    assert.equal((await new Browser().ask(`${origin}/v1/login`, right)).status, 429);
    assert.equal((await known.ask(`${origin}/v1/login`, right)).status, 200, 'a browser that is known');
    for (let n = 0; n < 10; n++) await guess(`name${n}`);
    assert.equal((await guess('yet-another')).status, 429, 'the address');
    assert.equal((await known.ask(`${origin}/v1/login`, right)).status, 200, 'a browser that is known');
  });
});
