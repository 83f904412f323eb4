import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import Fastify from 'fastify';
import type { App } from '../../../src/server/app.ts';
import { handleUnknownPath } from '../../../src/server/failures.ts';
import { addPage } from '../../../src/server/page/page.ts';
import { type Scope, temporaryDirectory } from '../../daemon/test-daemon.ts';

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const script = `// ${'x'.repeat(2000)}`;

async function serve(scope: Scope, built = true): Promise<{ app: App; folder: string }> {
  const directory = temporaryDirectory(scope);
  const folder = join(directory, 'dist');
  writeFileSync(join(directory, 'secret.js'), 'secret');
  if (built) {
    mkdirSync(join(folder, 'assets'), { recursive: true });
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>the page</title>');
    writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    writeFileSync(join(folder, 'assets', 'index-abc123.js'), script);
    writeFileSync(join(folder, 'assets', 'index-abc123.js.br'), brotliCompressSync(script));
  }
  const app = Fastify() as unknown as App;
  app.setNotFoundHandler(handleUnknownPath);
  await addPage(app, folder);
  app.get('/v1/health', () => ({ healthy: true }));
  scope.after(() => app.close());
  return { app, folder };
}

describe('the page', () => {
  test('every path that is none of the API is a view, for a browser', async (t) => {
    const served = await serve(t);
    for (const url of ['/', '/guests', '/guests/web1.example', '/no/such/view?x=1']) {
      const answer = await served.app.inject({ url, headers: html });
      assert.equal(answer.statusCode, 200, url);
      assert.match(answer.body, /the page/);
      assert.match(String(answer.headers['content-type']), /^text\/html/);
      // A newer page is seen at the next look.
      assert.equal(answer.headers['cache-control'], 'no-cache');
    }
  });

  test('what the API does not have stays unknown, also for a browser', async (t) => {
    const served = await serve(t);
    for (const url of ['/v1', '/v1/nothing', '/v1?x', '/docs/nothing', '/metrics/x', '/openapi.json/x']) {
      const answer = await served.app.inject({ url, headers: html });
      assert.equal(answer.statusCode, 404, url);
      assert.equal(answer.json().code, 'not-found');
    }
    assert.deepEqual((await served.app.inject({ url: '/v1/health', headers: html })).json(), { healthy: true });
  });

  test('who does not ask for a page gets a problem document and no page', async (t) => {
    const served = await serve(t);
    for (const headers of [{}, { accept: 'application/json' }, { accept: '*/*' }]) {
      const answer = await served.app.inject({ url: '/guests', headers });
      assert.equal(answer.statusCode, 404);
      assert.equal(answer.json().code, 'not-found');
    }
  });

  test('its parts are kept for a year and sent as they were compressed when it was built', async (t) => {
    const served = await serve(t);
    const answer = await served.app.inject({
      url: '/assets/index-abc123.js',
      headers: { 'accept-encoding': 'gzip, br' },
    });
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(answer.headers['content-encoding'], 'br');
    assert.equal(answer.headers.vary, 'accept-encoding');
    assert.match(String(answer.headers['content-type']), /javascript/);
    assert.equal(brotliDecompressSync(answer.rawPayload).toString(), script);
    const plain = await served.app.inject({ url: '/assets/index-abc123.js' });
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(plain.body, script);
  });

  test('what has not changed is not sent again', async (t) => {
    const served = await serve(t);
    const { headers } = await served.app.inject({ url: '/', headers: html });
    const again = await served.app.inject({
      url: '/',
      headers: { ...html, 'if-none-match': String(headers.etag) },
    });
    assert.equal(again.statusCode, 304);
    assert.equal(again.body, '');
  });

  test('nothing but the page can be had by it', async (t) => {
    const served = await serve(t);
    const ways = [
      '/assets/../../secret.js',
      '/assets/..%2f..%2fsecret.js',
      '/assets/%2e%2e/%2e%2e/secret.js',
      '/assets/..%5c..%5csecret.js',
      '/assets/index-abc123.js%00.svg',
      '/assets/',
      '/assets/.',
      '/assets/none.js',
      '/..%2fsecret.js',
      '/index.html.br',
      '/%2e%2e/secret.js',
    ];
    for (const url of ways) {
      const answer = await served.app.inject({ url });
      assert.equal(answer.statusCode, 404, url);
      assert.doesNotMatch(answer.body, /^secret/);
    }
  });

  test('names that stay are asked for again each time', async (t) => {
    const served = await serve(t);
    const answer = await served.app.inject({ url: '/favicon.svg' });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['cache-control'], 'no-cache');
  });

  test('a page that vanished while the daemon ran is said to be missing', async (t) => {
    const served = await serve(t);
    rmSync(served.folder, { recursive: true });
    const answer = await served.app.inject({ url: '/', headers: html });
    assert.equal(answer.statusCode, 503);
    assert.match(answer.body, /npm run build/);
  });
});

test('a daemon whose page was never built starts, serves the API and says how to build the page', async (t) => {
  const { app } = await serve(t, false);
  const page = await app.inject({ url: '/guests', headers: html });
  assert.equal(page.statusCode, 503);
  assert.match(page.body, /npm run build/);
  assert.equal((await app.inject({ url: '/v1/health' })).statusCode, 200);
  assert.equal((await app.inject({ url: '/assets/index-abc123.js' })).statusCode, 404);
});
