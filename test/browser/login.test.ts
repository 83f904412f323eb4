import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Secret, TOTP } from 'otpauth';
import type { Browser } from 'playwright-core';
import { returnPath } from '../../src/access/provider/provider.ts';
import { providerClient, startProvider, type TestProvider } from '../access/provider/start-provider.ts';
import { temporaryDirectory } from '../daemon/test-daemon.ts';
import { freePort } from '../server/metrics/free-port.ts';
import { findBarriers } from './check-axe.ts';
import { openBrowser, openPage, sizes } from './open-browser.ts';
import { type PageDaemon, startPageDaemon } from './start-page.ts';

const secret = 'correct horse battery staple';
/** As password managers find them. */
const presentPassword = 'input[autocomplete="current-password"]';
const newPassword = 'input[autocomplete="new-password"]';
const cleaning: (() => unknown)[] = [];
let daemon: PageDaemon;
let browser: Browser;
let provider: TestProvider;
let origin: string;

before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  const directory = temporaryDirectory(scope);
  const port = await freePort();
  origin = `https://127.0.0.1:${port}`;
  // `localhost` and `127.0.0.1` are different sites to a browser, as provider and gateway are.
  provider = await startProvider(scope, `${origin}${returnPath}`);
  writeFileSync(join(directory, 'secret'), providerClient.secret);
  const settings = {
    issuer: provider.issuer,
    client: providerClient.id,
    secretFile: 'secret',
    name: 'Example',
    label: 'example',
    url: origin,
    scopes: 'openid profile groups',
    rules: [{ claim: 'groups', value: 'netadmins', role: 'admin' }],
  };
  const file = join(directory, 'oidc.yaml');
  writeFileSync(file, JSON.stringify(settings));
  daemon = await startPageDaemon(scope, directory, ['--listen', `127.0.0.1:${port}`, '--oidc', file]);
  browser = await openBrowser(scope);
  await daemon.client.accounts.create({ name: 'alice', role: 'operator', password: secret });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

describe('the log-in view', { concurrency: false }, () => {
  test('a stranger sees the log-in view and nothing else, on a phone and in Chinese, too', async () => {
    const { page, context, troubles } = await openPage(browser, origin, { viewport: sizes.phone, locale: 'zh-CN' });
    await page.goto('/guests');
    await page.getByRole('heading', { name: '登录' }).waitFor();
    assert.equal(await page.getByRole('navigation').count(), 0);
    assert.deepEqual(await findBarriers(page), []);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.ok(Number(width) <= sizes.phone.width, `${width} pixels wide`);
    await page.getByLabel('用户名').fill('alice');
    await page.locator(presentPassword).fill('wrong');
    await page.locator(presentPassword).press('Enter');
    await page.getByRole('alert').getByText('用户名、密码或验证码不正确。').waitFor();
    assert.deepEqual(troubles.foreign, []);
    await context.close();
  });

  test('somebody logs in, sets up a second factor from the QR code, and is asked for a code next time', async () => {
    const { page, context, troubles } = await openPage(browser, origin);
    const logIn = async () => {
      await page.getByLabel('Name').fill('alice');
      await page.locator(presentPassword).fill(secret);
      await page.getByRole('button', { name: 'Log in', exact: true }).click();
    };
    const menu = async (item: string) => {
      await page.getByRole('button', { name: 'Account' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await page.goto('/alerts');
    await logIn();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();

    await menu('Second factor');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Present password').fill(secret);
    await dialog.getByRole('button', { name: 'Set up' }).click();
    await dialog.getByRole('img', { name: 'QR code of the secret' }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    const shown = (await dialog.locator('pre').textContent())?.replaceAll(' ', '') ?? '';
    const app = new TOTP({ secret: Secret.fromBase32(shown) });
    await dialog.getByLabel('Code').fill(app.generate());
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    const codes = dialog.locator('code');
    await codes.first().waitFor();
    assert.equal(await codes.count(), 10);
    const recovery = (await codes.first().textContent()) ?? '';
    await dialog.getByRole('button', { name: 'I have kept them' }).click();

    await menu('Where I am logged in');
    await page.getByRole('dialog').getByText('this one').waitFor();
    await page.keyboard.press('Escape');
    await menu('Log out');
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await logIn();
    await page.getByLabel('Code').fill(recovery);
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();

    await menu('Change password');
    await page.getByLabel('Present password').fill(secret);
    await page.locator(newPassword).first().fill('another horse battery staple');
    await page.locator(newPassword).last().fill('another horse battery staple');
    assert.deepEqual(await findBarriers(page), []);
    await page.getByRole('dialog').getByRole('button', { name: 'Change password' }).click();
    await page.getByText('The password is changed.').waitFor();
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    // A stranger is refused (401), and the stream of a login that ended is cut; browsers tell both.
    assert.deepEqual(
      troubles.errors.filter((text) => !/status of 401|INCOMPLETE_CHUNKED/.test(text)),
      [],
    );
    assert.deepEqual(troubles.foreign, []);
    await context.close();
  });

  test('a link lets in once, after a click, and leaves no trace in the address; whoever is removed sees the log-in view', async () => {
    const { page, context } = await openPage(browser, origin);
    const { urls } = await daemon.client.login.link();
    assert.match(urls[0] ?? '', /^https:\/\/127\.0\.0\.1:\d+\/login#link=/);
    await page.goto(urls[0] ?? '');
    await page.getByRole('heading', { name: 'Log in with a link' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('navigation').first().waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
    const [login] = await daemon.client.accounts.logins('tester');
    await daemon.client.accounts.endLogin(login?.id ?? '');
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.goto(`${urls[0]}`);
    await page.reload();
    await page.goto('about:blank');
    await page.goto(urls[0] ?? '');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page
      .getByRole('alert')
      .getByText(/not good any more/)
      .waitFor();
    await context.close();
  });

  test('somebody logs in at the provider and comes back logged in, although that is another site', async () => {
    provider.person = { sub: '17', preferred_username: 'alice', groups: ['netadmins'] };
    const { page, context } = await openPage(browser, origin);
    await page.goto('/');
    await page.getByRole('link', { name: 'Log in with Example' }).click();
    await page.getByRole('navigation').first().waitFor();
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByText('alice@example · administrator').waitFor();
    // A page of another site that this browser looks at tries to use the login.
    await page.goto(`${provider.issuer}/.well-known/openid-configuration`);
    const order = JSON.stringify({ name: 'mallory', role: 'admin' });
    await page.evaluate(
      ([url, body]) =>
        fetch(url as string, { method: 'POST', mode: 'no-cors', credentials: 'include', body: body as string }).then(
          () => {},
          // What comes back is not for other origins.
          () => {},
        ),
      [`${origin}/v1/accounts`, order],
    );
    const readable = await page.evaluate(
      (url) =>
        fetch(url, { credentials: 'include' }).then(
          () => 'read',
          () => 'refused',
        ),
      `${origin}/v1/me`,
    );
    assert.equal(readable, 'refused');
    assert.deepEqual(
      (await daemon.client.accounts.list()).map(({ name }) => name),
      ['alice'],
    );
    await page.goto(`${origin}/alerts`);
    await page.getByRole('heading', { level: 1, name: 'Alerts' }).waitFor();
    await context.close();

    provider.person = { sub: '18', preferred_username: 'bob', groups: [] };
    const other = await openPage(browser, origin);
    await other.page.goto('/');
    await other.page.getByRole('link', { name: 'Log in with Example' }).click();
    await other.page
      .getByRole('alert')
      .getByText(/nobody has given you a role/)
      .waitFor();
    await other.context.close();
  });
});
