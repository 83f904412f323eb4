import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { findBarriers } from './check-axe.ts';
import { type OpenPage, openBrowser, openPage, sizes } from './open-browser.ts';
import { type LabPage, startLabPage } from './start-lab-page.ts';
import { logIn } from './start-page.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
let lab: LabPage;
let browser: Browser;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  lab = await startLabPage(scope);
  browser = await openBrowser(scope);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

async function open(path: string, options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage> {
  const opened = await openPage(browser, lab.origin, options);
  await logIn(opened, lab);
  await opened.page.goto(path);
  return opened;
}

const editorOf = (page: Page) => page.getByRole('textbox', { name: 'The site file' });

/** Puts another text into the editor, as somebody who pastes it. */
async function write(page: Page, change: (text: string) => string): Promise<void> {
  const site = await page.context().request.get('/v1/site');
  await editorOf(page).click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText(change(await site.text()));
}

/** Plans what stands in the editor and applies it, on trial for as long as the choice says. */
async function applyFor(page: Page, time: string): Promise<void> {
  await page.getByRole('button', { name: 'Plan and apply' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('tcp/8081', { exact: false }).first().waitFor();
  await dialog.getByText(time, { exact: true }).click();
  await dialog.getByRole('button', { name: 'Apply' }).click();
}

const movedPort = (text: string): string => text.replace('port: 8080', 'port: 8081');
const ports = async (): Promise<string[]> => (await lab.client.objects('forward')).map(({ name }) => name).sort();
const before8081 = ['tcp/2525', 'tcp/8080'];
const with8081 = ['tcp/2525', 'tcp/8081'];

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 90_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what} did not come to pass in 90 s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

describe('changes that are made on the page', { concurrency: false }, () => {
  test('a change is first a plan, then on trial', async () => {
    const { page, context, troubles } = await open('/site');
    await write(page, movedPort);
    await applyFor(page, '30 s');
    await page.getByRole('timer').waitFor();
    assert.deepEqual(await ports(), with8081);
    assert.deepEqual(troubles, { errors: [], foreign: [] });
    await context.close();
  });

  test('the editor says what can be written and what is wrong, at its place', async () => {
    // The trial of the change before goes on meanwhile.
    const { page, context } = await open('/site');
    await write(page, (text) => `${text}limts: {}\npolicies:\n  - `);
    await page.getByText('did you mean "limits"?', { exact: false }).first().waitFor();
    await page.keyboard.press('Control+Space');
    await page.getByRole('option', { name: /^macAddress/ }).waitFor();
    await page.keyboard.press('Escape');
    // What was written outlives a look elsewhere.
    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('link', { name: 'Site', exact: true }).click();
    await editorOf(page).getByText('limts').waitFor();
    await context.close();
  });

  test('an alert is acknowledged and silenced, and the journal says who did it', async () => {
    lab.spoof('rogue');
    const { page, context } = await open('/alerts');
    const alert = page.getByRole('listitem').filter({ hasText: 'rogue' }).first();
    await alert.getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByRole('textbox', { name: 'Why' }).fill('known: a test');
    await page.getByRole('dialog').getByRole('button', { name: 'Acknowledge' }).click();
    await page.getByText('looks after it: known: a test', { exact: false }).first().waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: 'rogue' })
      .getByRole('button', { name: 'Silence' })
      .first()
      .click();
    await page.getByRole('textbox', { name: 'Why' }).fill('maintenance');
    assert.deepEqual(await findBarriers(page), []);
    await page.getByRole('dialog').getByRole('button', { name: 'Silence' }).click();
    await page.getByRole('tab', { name: 'Silences' }).click();
    await page.getByRole('cell', { name: 'maintenance' }).waitFor();
    await page.goto('/audit');
    await page.getByRole('textbox', { name: 'Search texts and values' }).fill('known: a test');
    const entry = page.getByRole('row').filter({ hasText: 'known: a test' }).first();
    await entry.getByRole('button').click();
    await page.getByRole('dialog').getByText('127.0.0.1').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByText('The journal is whole', { exact: false }).waitFor();
    await context.close();
  });

  test('alerts, journal and import are without barriers, in both languages and on a phone', async () => {
    for (const options of [
      { colorScheme: 'dark' },
      { colorScheme: 'light', locale: 'zh-CN', viewport: sizes.phone },
    ] as const) {
      const { page, context } = await open('/alerts', options);
      for (const [path, seen] of [
        ['/alerts', 'rogue'],
        ['/alerts#rules', 'violation-lasts'],
        ['/alerts#silences', 'maintenance'],
        ['/audit', 'apply'],
        ['/site#import', 'virsh'],
      ] as const) {
        await page.goto(path);
        if (seen === 'virsh') await page.getByRole('radio').first().waitFor();
        else await page.getByText(seen).first().waitFor();
        assert.deepEqual(await findBarriers(page), [], path);
        const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
        assert.ok(width <= (page.viewportSize()?.width ?? 0), `${path} is ${width} pixels wide`);
      }
      await context.close();
    }
  });

  test('whoever closed the browser before he confirmed has changed nothing for long', async () => {
    // Another operator sees it count down, if it still does, and what became of it.
    const { page, context } = await open('/history');
    await page.getByText('was not confirmed in time').first().waitFor({ timeout: 90_000 });
    await page.getByRole('timer').waitFor({ state: 'detached' });
    assert.deepEqual(await ports(), before8081);
    await context.close();
  });

  test('what is confirmed stays, and what is undone is gone', async () => {
    const { page, context } = await open('/site');
    await write(page, movedPort);
    await applyFor(page, '5 min');
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('timer').waitFor({ state: 'detached' });
    assert.equal((await lab.client.status()).confirmBy, undefined);
    assert.deepEqual(await ports(), with8081);
    // Back, by the history, and that is a change like any other.
    await page.goto('/history');
    const first = page.getByRole('list', { name: 'Revisions' }).getByRole('button').last();
    await first.click();
    await page.getByRole('button', { name: 'Roll back to it' }).click();
    await page.getByRole('dialog').getByText('tcp/8080', { exact: false }).first().waitFor();
    await page.getByRole('button', { name: 'Apply and count down' }).click();
    await page.getByRole('timer').waitFor();
    assert.deepEqual(await ports(), before8081);
    await page.getByRole('button', { name: 'Undo now' }).click();
    await page.getByRole('timer').waitFor({ state: 'detached' });
    await until('undoing', async () => (await ports()).includes('tcp/8081'));
    await context.close();
  });

  test('a plan that somebody overtook is made again before anything is changed', async () => {
    const { page, context } = await open('/site');
    await write(page, (text) => text.replace('lease: 10m', 'lease: 20m'));
    await page.getByRole('button', { name: 'Plan and apply' }).click();
    const apply = page.getByRole('button', { name: 'Apply and count down' });
    await apply.waitFor();
    await lab.client.putObject('forward', 'tcp/9000', { port: 9000, to: 'db1:90' });
    await apply.click();
    await page.getByText('Somebody changed the site meanwhile', { exact: false }).waitFor();
    assert.equal((await lab.client.status()).confirmBy, undefined);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await lab.client.removeObject('forward', 'tcp/9000');
    await context.close();
  });

  test('guests that another tool lists become guests here, after their plan was looked at', async () => {
    const { page, context } = await open('/site#import');
    const table = [
      'mac,guest,ip',
      '52:54:00:12:00:01,old1,10.77.10.201',
      '52:54:00:12:00:02,old2,192.0.2.9',
      'nonsense,x,',
    ];
    await page.getByRole('textbox', { name: 'What the tool printed' }).fill(table.join('\n'));
    await page.getByRole('radio', { name: 'Make them guests' }).check();
    await page
      .getByRole('combobox', { name: 'Segment' })
      .or(page.getByRole('textbox', { name: 'Segment' }))
      .click();
    await page.getByRole('option', { name: 'dev' }).click();
    await page.getByRole('button', { name: 'Look at it' }).click();
    await page.getByText('not readable (1)').waitFor();
    await page.getByText('outside of the segment', { exact: false }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await page.getByRole('button', { name: 'Plan 2 guests' }).click();
    await page.getByRole('dialog').getByText('old1', { exact: false }).first().waitFor();
    await page.getByRole('button', { name: 'Apply and count down' }).click();
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('timer').waitFor({ state: 'detached' });
    const [lease] = (await lab.client.leases()).filter(({ guest }) => guest === 'old1');
    assert.deepEqual([lease?.mac, lease?.ipv4], ['52:54:00:12:00:01', '10.77.10.201']);
    await context.close();
  });

  test('plan, countdown, editor and history are without barriers, in both languages and on a phone', async () => {
    for (const options of [
      { colorScheme: 'light' },
      { colorScheme: 'dark', locale: 'zh-CN', viewport: sizes.phone },
    ] as const) {
      const isPhone = 'viewport' in options;
      const { page, context } = await open('/history', options);
      await page.locator('.cm-content').first().waitFor();
      assert.deepEqual(await findBarriers(page), []);
      await page.goto('/site');
      await page.locator('.cm-content').first().waitFor();
      assert.deepEqual(await findBarriers(page), []);
      if (!isPhone) {
        await context.close();
        continue;
      }
      await page.goto('/history');
      await page.getByRole('list', { name: '版本列表' }).getByRole('button').last().click();
      await page.getByRole('button', { name: '回滚到此版本' }).click();
      const apply = page.getByRole('button', {
        name: isPhone ? '应用并开始倒计时' : 'Apply and count down',
        disabled: false,
      });
      await apply.waitFor();
      assert.deepEqual(await findBarriers(page), []);
      await apply.click();
      await page.getByRole('timer').waitFor();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      assert.deepEqual(await findBarriers(page), []);
      const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
      assert.ok(width <= (page.viewportSize()?.width ?? 0), `${width} pixels wide`);
      await page.getByRole('button', { name: '立即撤销' }).click();
      await page.getByRole('timer').waitFor({ state: 'detached' });
      await context.close();
    }
  });
});
