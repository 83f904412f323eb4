import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { world } from '../kernel/network.ts';
import { findBarriers } from './check-axe.ts';
import { type OpenPage, openBrowser, openPage, sizes } from './open-browser.ts';
import { type LabPage, labGuests, startLabPage } from './start-lab-page.ts';
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

/** ARP from a MAC address of nobody (RFC 826). Answers when the first frame was sent, by this machine's clock. */
function spoof(guest: string): number {
  const script = `
import socket, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("eth0", 0))
mac = bytes.fromhex("02dead000001")
arp = bytes.fromhex("0001080006040001") + mac + bytes([10, 77, 10, 1]) + bytes(6) + bytes([10, 77, 10, 2])
print(time.time() * 1000)
for _ in range(3): wire.send(bytes([255] * 6) + mac + bytes.fromhex("0806") + arp + bytes(18))
`;
  return Number(shell(`ip netns exec ${guest} /usr/bin/python3 -c '${script}'`));
}

async function open(options: Parameters<typeof openPage>[2] = {}): Promise<OpenPage> {
  const opened = await openPage(browser, lab.origin, options);
  await logIn(opened, lab);
  await opened.page.goto('/');
  await opened.page.locator('[data-part="picture"]').waitFor();
  return opened;
}

describe('the overview of a lab', { concurrency: false }, () => {
  test('is a picture from the world to each guest, whose boxes lead on', async () => {
    const { page, context, troubles } = await open();
    const picture = page.locator('[data-part="picture"]');
    await picture.getByText('203.0.113.10').waitFor();
    for (const guest of labGuests) await picture.getByRole('link', { name: guest }).waitFor();
    assert.equal(await picture.locator('.react-flow__edge').count(), 2 + labGuests.length);
    await picture.getByRole('link', { name: 'web1' }).click();
    await page.waitForURL('**/guests/web1');
    assert.deepEqual(troubles, { errors: [], foreign: [] });
    await context.close();
  });

  test('shows what flows while it flows', async () => {
    const { page, context } = await open();
    shell(`ip netns exec web1 busybox ping -c 200 -i 0.05 -s 1200 -w 30 ${world.ipv4} >/dev/null 2>&1 & echo $!`);
    const flowing = page.locator('.react-flow__edge[data-id$="guest dev web1"] path[data-speed]');
    await flowing.waitFor();
    await page
      .locator('[data-part="picture"]')
      .getByText(/bit\/s/)
      .first()
      .waitFor();
    await context.close();
  });

  test('a guest that spoofs turns red at once, and the way to it', async (t) => {
    const { page, context } = await open();
    // Measured in the browser, which sees the red when an operator does.
    await page.evaluate(`
      globalThis.redAt = new Promise((resolve) => {
        const red = () => document.querySelector('a[data-state="violating"]');
        new MutationObserver((_, observer) => {
          if (red() === null) return;
          observer.disconnect();
          resolve(Date.now());
        }).observe(document.body, { subtree: true, childList: true, attributes: true });
      });
      undefined`);
    await page.locator('[data-part="picture"]').getByRole('link', { name: 'rogue' }).waitFor();
    const sent = spoof('rogue');
    const took = Number(await page.evaluate('globalThis.redAt')) - sent;
    t.diagnostic(`red ${took} ms after the frames were sent`);
    const red = page.locator('a[data-state="violating"]');
    assert.match((await red.textContent()) ?? '', /rogue/);
    await page.locator('.react-flow__edge[data-id$="guest dev rogue"] path[data-bad]').first().waitFor();
    // A second on a machine that has nothing else to do; here others build and test beside it.
    assert.ok(took < 5_000, `${took} ms`);
    await context.close();
  });

  test('is without barriers, light and dark, at a desk and on a phone', async () => {
    for (const options of [
      { colorScheme: 'light' },
      { colorScheme: 'dark', locale: 'zh-CN', viewport: sizes.phone },
    ] as const) {
      const { page, context } = await open(options);
      await page.locator('[data-part="picture"]').getByText('203.0.113.10').waitFor();
      assert.deepEqual(await findBarriers(page), []);
      const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
      assert.ok(width <= (page.viewportSize()?.width ?? 0), `${width} pixels wide`);
      await context.close();
    }
  });
});
