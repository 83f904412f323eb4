import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { shared, world } from '../kernel/network.ts';
import { findBarriers } from './check-axe.ts';
import { type OpenPage, openBrowser, openPage } from './open-browser.ts';
import { type LabPage, startLabPage } from './start-lab-page.ts';
import { logIn } from './start-page.ts';

enterNamespace(import.meta.filename);

/** Echoes a connection, and holds one from `web1` open that sends now and then. */
const echo = `
import socket
server = socket.socket(); server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("0.0.0.0", 7000)); server.listen(8)
while True:
    peer, _ = server.accept()
    import threading
    def run(peer=peer):
        while (data := peer.recv(65536)): peer.sendall(data)
    threading.Thread(target=run, daemon=True).start()
`;
const talk = `
import socket, time
while True:
    try:
        peer = socket.create_connection(("${world.ipv4}", 7000), 5)
        while True:
            peer.sendall(b"x" * 20000); peer.recv(65536); time.sleep(0.1)
    except OSError: time.sleep(0.3)
`;

const cleaning: (() => unknown)[] = [];
let lab: LabPage;
let browser: Browser;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  lab = await startLabPage(scope);
  const run = (namespace: string, script: string): void => {
    const child: ChildProcess = spawn('ip', ['netns', 'exec', namespace, '/usr/bin/python3', '-c', script], {
      stdio: 'ignore',
    });
    scope.after(() => child.kill('SIGKILL'));
  };
  run('world', echo);
  run('web1', talk);
  browser = await openBrowser(scope);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

async function open(path: string, account?: string): Promise<OpenPage> {
  const opened = await openPage(browser, lab.origin);
  await logIn(opened, lab, account);
  await opened.page.goto(path);
  await opened.page.locator('h1').waitFor();
  return opened;
}

describe('sessions of a lab on the page', { concurrency: false }, () => {
  test('an open session shows with its ends and how fast it is', async () => {
    const { page, context, troubles } = await open('/sessions?guest=web1&protocol=tcp');
    const row = page
      .getByRole('table')
      .locator('[data-index]')
      .filter({ hasText: `${world.ipv4}:7000` })
      .first();
    await row.getByText(/bit\/s/).waitFor();
    await row.getByRole('link', { name: 'web1' }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    assert.deepEqual(troubles, { errors: [], foreign: [] });
    await context.close();
  });

  test('who sends most stands first among the talkers', async () => {
    const { page, context } = await open('/sessions?tab=talkers');
    await page
      .getByText(/[1-9][\d.]* [kM]bit\/s/)
      .first()
      .waitFor();
    await page.getByRole('link', { name: 'web1' }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await context.close();
  });

  test('who was behind a port is answered as a sentence', async () => {
    const { page, context } = await open('/sessions?tab=trace&port=8080');
    await page.getByRole('button', { name: 'Who was it?' }).click();
    await page.getByRole('heading', { name: new RegExp(`${shared.ipv4}:8080 .*guest "web1"`) }).waitFor();
    assert.deepEqual(await findBarriers(page), []);
    await context.close();
  });

  test('a guest is isolated and let go on its own page', async () => {
    const { page, context } = await open('/guests/mail1');
    await page.getByRole('button', { name: 'Isolate' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Why').fill('tried in a test');
    assert.deepEqual(await findBarriers(page), []);
    await dialog.getByRole('button', { name: 'Isolate' }).click();
    await page.getByText('tried in a test').waitFor();
    const [isolation] = await lab.client.isolation.list();
    assert.equal(isolation?.nic, 'mail1/0');
    await page.getByRole('button', { name: 'Let go' }).click();
    await page.getByText('tried in a test').waitFor({ state: 'hidden' });
    assert.deepEqual(await lab.client.isolation.list(), []);
    await context.close();
  });

  test('a guest gets a new MAC address on its own page, and keeps the old one as well until it has moved', async () => {
    const [before] = (await lab.client.leases()).filter(({ guest }) => guest === 'db1');
    const { page, context } = await open('/guests/db1');
    await page.getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByText('both addresses hold', { exact: false }).waitFor();
    const [rotation] = await lab.client.rotations.list();
    assert.deepEqual([rotation?.guest, rotation?.from], ['db1', before?.mac]);
    await page.getByRole('button', { name: 'Back to the old one' }).click();
    await page.getByText('both addresses hold', { exact: false }).waitFor({ state: 'hidden' });
    await context.close();
  });

  test('sessions that fit are ended when that is agreed to', async () => {
    const { page, context } = await open('/sessions?guest=web1&protocol=tcp');
    await page.getByRole('table').locator('[data-index]').first().waitFor();
    await page.getByRole('button', { name: 'End…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/would be ended/).waitFor();
    await dialog.getByRole('button', { name: 'End them' }).click();
    await page.getByText(/was ended|were ended/).waitFor();
    await context.close();
  });

  test('a tenant sees its own guests and sessions, and of others nothing', async () => {
    await lab.client.accounts.create({
      name: 'tina',
      role: 'operator',
      owner: 'mallory',
      password: 'a tenant of a test',
    });
    const { page, context, troubles } = await open('/guests', 'tina');
    await page.getByRole('link', { name: 'rogue' }).waitFor();
    await page.getByText('1 guest').waitFor();
    assert.equal(await page.getByRole('link', { name: 'Addresses' }).count(), 0);
    await page.goto('/guests/rogue');
    await page.getByRole('heading', { name: 'rogue/0' }).waitFor();
    for (const tab of ['Forwards', 'Sessions', 'MAC history', 'Events']) {
      await page.getByRole('tab', { name: tab }).click();
      await page.getByRole('tabpanel').waitFor();
    }
    await page.goto('/sessions?tab=talkers');
    await page.getByText('Open sessions').waitFor();
    assert.equal(await page.getByRole('tab', { name: 'Who was it?' }).count(), 0);
    assert.equal(await page.getByText(/web1|db1|mail1/).count(), 0);
    assert.deepEqual(troubles.errors, []);
    await page.goto('/guests/web1');
    await page.getByText('There is no guest web1').waitFor();
    await context.close();
  });
});
