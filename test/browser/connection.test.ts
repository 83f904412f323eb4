import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser, openPage } from './open-browser.ts';
import { startPageDaemon } from './start-page.ts';

test('a browser of today reaches the page by TLS 1.3 with a post-quantum key exchange', async (t) => {
  const daemon = await startPageDaemon(t);
  const { page, context } = await openPage(await openBrowser(t), daemon.origin);
  const inspector = await context.newCDPSession(page);
  await inspector.send('Network.enable');
  const seen = Promise.withResolvers<{ protocol: string; keyExchangeGroup?: string }>();
  inspector.on('Network.responseReceived', ({ response }) => {
    if (response.securityDetails !== undefined) seen.resolve(response.securityDetails);
  });
  await page.goto('/v1/health');
  const { protocol, keyExchangeGroup } = await seen.promise;
  assert.deepEqual([protocol, keyExchangeGroup], ['TLS 1.3', 'X25519MLKEM768']);
});
