import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser, openPage } from './open-browser.ts';
import { logIn, startPageDaemon } from './start-page.ts';

test('the reader page shows the API, asks no other host, breaks none of its rules, and tries things out', async (t) => {
  const daemon = await startPageDaemon(t);
  const browser = await openBrowser(t);
  const open = await openPage(browser, daemon.origin);
  const { page, troubles } = open;
  const answer = await page.goto('/docs');
  const policy = answer?.headers()['content-security-policy'] ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
  await page.getByRole('heading', { name: /Bridgekeeper/ }).waitFor();
  await page.locator('#operations-tag-guests').waitFor();

  await logIn(open, daemon);
  // A link to an operation opens it.
  await page.goto('about:blank');
  await page.goto('/docs#/isolation/isolate');
  const operation = page.locator('#operations-isolation-isolate');
  await operation.getByText('Cuts a NIC or all of a guest off').first().waitFor();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  const told = page.waitForResponse((response) => response.request().method() === 'POST');
  await operation.getByRole('button', { name: 'Execute' }).click();
  // Who is logged in is let in with a change; this daemon has no gateway that could isolate somebody.
  const response = await told;
  assert.equal(response.status(), 501, await response.text());
  await operation.getByText('application/problem+json').first().waitFor();

  assert.deepEqual(troubles.foreign, []);
  // The browser itself writes down which answers were failures.
  const errors = troubles.errors.filter((text) => !/status of (?:501|401)/.test(text));
  assert.deepEqual(errors, []);
});
