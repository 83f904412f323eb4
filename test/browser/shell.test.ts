import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { siteText } from '../reconciler/sites.ts';
import { findBarriers } from './check-axe.ts';
import { type OpenPage, openBrowser, openPage, sizes } from './open-browser.ts';
import { logIn, type PageDaemon, startPageDaemon } from './start-page.ts';

const cleaning: (() => unknown)[] = [];
let daemon: PageDaemon;
let browser: Browser;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  daemon = await startPageDaemon(scope);
  browser = await openBrowser(scope);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

async function open(options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage> {
  const opened = await openPage(browser, daemon.origin, options);
  await logIn(opened, daemon);
  return opened;
}

const views = ['/', '/guests', '/addresses', '/sessions', '/alerts', '/site', '/history', '/audit'];

describe('the shell of the page', { concurrency: false }, () => {
  test('a new user is told what to do first', async () => {
    const { page, context } = await open();
    await page.goto('/');
    const steps = page.locator('[data-part="first-steps"]');
    await steps.waitFor();
    assert.equal(await steps.getByRole('listitem').count(), 5);
    assert.match((await steps.locator('[aria-current="step"]').textContent()) ?? '', /Describe the site/);
    assert.deepEqual(await findBarriers(page), []);
    // With a site the next step stands out, and the steps can be put away for good.
    await daemon.client.apply({ site: siteText({}) });
    await page.reload();
    await steps.waitFor();
    await page.getByRole('button', { name: 'Put the first steps away' }).click();
    await steps.waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('[data-part="picture"]').waitFor();
    assert.equal(await steps.count(), 0);
    await context.close();
  });

  test('every view opens, in both languages, without an error or a request to elsewhere', async () => {
    for (const [locale, title] of [
      ['en-GB', 'Guests'],
      ['zh-CN', '客户机'],
    ] as const) {
      const { page, context, troubles } = await open({ locale });
      await page.goto('/');
      const ways = page.locator('nav a');
      await ways.first().waitFor();
      assert.equal(await ways.count(), views.length);
      for (const [index, view] of views.entries()) {
        await ways.nth(index).click();
        await page.waitForURL(`**${view}`);
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        assert.equal(await page.locator('[role="alert"]').count(), 0, `${view} shows a failure`);
        assert.match(await page.title(), / · Bridgekeeper$/);
      }
      // By its link, as somebody keeps it.
      await page.goto('/guests');
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), locale === 'zh-CN' ? 'zh-Hans' : 'en');
      assert.deepEqual(troubles, { errors: [], foreign: [] });
      await context.close();
    }
  });

  test('language and colours are chosen by hand and kept', async () => {
    const { page, context } = await open({ colorScheme: 'light' });
    await page.goto('/');
    await page.getByRole('button', { name: 'Language' }).click();
    await page.getByRole('menuitem', { name: '简体中文' }).click();
    await page.getByRole('link', { name: '客户机' }).first().waitFor();
    await page.getByRole('button', { name: '切换到深色' }).click();
    await page.locator('html[data-mantine-color-scheme="dark"]').waitFor();
    await page.goto('/guests');
    await page.getByRole('heading', { level: 1, name: '客户机' }).waitFor();
    // Set before anything is painted, by a file of its own: inline scripts are forbidden.
    assert.equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark');
    await context.close();
  });

  test('the keyboard is enough: past the ways to the views, and through them', async () => {
    const { page, context } = await open();
    await page.goto('/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.id'), 'content');
    await page.getByRole('link', { name: 'History' }).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/history');
    assert.equal(await page.locator('nav [aria-current="page"]').textContent(), 'History');
    await context.close();
  });

  test('a phone has all of it: nothing is wider than the window, the views are behind a button', async () => {
    const { page, context } = await open({ viewport: sizes.phone });
    // Those with the widest content; each view has tests of its own.
    for (const view of ['/', '/addresses', '/site']) {
      await page.goto(view);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
      assert.ok(width <= sizes.phone.width, `${view} is ${width} pixels wide`);
    }
    await page.goto('/');
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('link', { name: 'Guests', exact: true }).click();
    await page.waitForURL('**/guests');
    await context.close();
  });

  test('an address that leads nowhere says so and leads back', async () => {
    const { page, context } = await open();
    await page.goto('/no/such/view');
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
    await page.getByRole('link', { name: 'To the overview' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    assert.equal(new URL(page.url()).pathname, '/');
    await context.close();
  });
});
