import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { problemSchema } from '../../src/server/schemas.ts';
import { daemonOfSuite } from '../daemon/test-daemon.ts';
import { type RawAnswer, sendBytes, sendRequest } from './raw-request.ts';

const problemType = 'application/problem+json';
const posts = ['plan', 'apply', 'rollback', 'attach', 'detach'].map((name) => `/v1/${name}`);
const collections = ['forwards', 'guests', 'segments', 'policies', 'pools'].map((name) => `/v1/${name}`);

function assertProblem(answer: RawAnswer, status: number): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.type, problemType);
  const problem = problemSchema.strict().parse(JSON.parse(answer.text));
  assert.equal(problem.status, status);
  assert.ok(problem.remedy.length > 0);
}

/** Whatever was wrong, the daemon says so, blames the caller, and lives. */
function assertRefused(answer: RawAnswer): void {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text.slice(0, 500)}`);
  assert.equal(answer.type, problemType);
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('a daemon that is sent bad requests', () => {
  const daemon = daemonOfSuite();
  const send = (method: string, path: string, body?: string, type?: string) =>
    sendRequest(daemon().socket, method, path, {
      ...(body !== undefined && { body }),
      ...(type !== undefined && { type }),
    });
  const assertHealthy = async () => assert.equal((await send('GET', '/v1/health')).status, 200);

  test('answers an unknown path and an unknown method with 404', async () => {
    assertProblem(await send('GET', '/v1/nothing'), 404);
    assertProblem(await send('DELETE', '/v1/status'), 404);
    assertProblem(await send('GET', '/'), 404);
  });

  test('answers an unreadable path with 400', async () => {
    assertProblem(await send('GET', '/v1/forwards/%zz'), 400);
    assertProblem(await send('GET', '/%'), 400);
  });

  test('answers another content type with 415', async () => {
    assertProblem(await send('POST', '/v1/plan', 'site: x', 'application/yaml'), 415);
    const plain = await send('POST', '/v1/plan', 'site: x', 'text/plain');
    assertProblem(plain, 415);
    assert.match(plain.text, /expected .*application.json/);
  });

  test('answers what is no JSON, nothing at all, and prototype keys with 400', async () => {
    for (const body of ['{', '', '{"site": "x"', '\u0000', '{"__proto__": {"x": 1}, "site": "x"}']) {
      assertProblem(await send('POST', '/v1/plan', body), 400);
    }
  });

  test('answers more than 16 MiB with 413, and more than 1 MiB for one object', async () => {
    assertProblem(await send('POST', '/v1/plan', JSON.stringify({ site: 'x'.repeat(17 * 1024 * 1024) })), 413);
    assertProblem(await send('PUT', '/v1/guests/a', JSON.stringify({ owner: 'x'.repeat(1024 * 1024) })), 413);
    await assertHealthy();
  });

  test('answers unknown and missing keys with 400 and names them', async () => {
    const unknown = await send('POST', '/v1/apply', '{"site": "x", "confirm": 60}');
    assertProblem(unknown, 400);
    assert.match(unknown.text, /confirm/);
    const missing = await send('POST', '/v1/apply', '{}');
    assertProblem(missing, 400);
    assert.match(missing.text, /site/);
  });

  test('answers limits out of their range with 400', async () => {
    for (const limit of ['0', '-1', '10001', '1e9', 'x', '1.5']) {
      assertProblem(await send('GET', `/v1/revisions?limit=${limit}`), 400);
    }
    assertProblem(await send('GET', '/v1/journal?limits=5'), 400);
  });

  test('answers deep nesting with 4xx, however deep', async () => {
    for (const depth of [20, 1000, 100_000, 400_000]) {
      assertRefused(await send('PUT', '/v1/guests/a', `{"nics": ${nested(depth)}}`));
      assertRefused(await send('PUT', '/v1/guests/a', nested(depth)));
    }
    assertRefused(await send('POST', '/v1/plan', nested(8_000_000)));
    await assertHealthy();
  });

  test('answers millions of wrong entries with 400 and few words, without looking at each', async () => {
    const millions = await send('POST', '/v1/macs/leases', `{"items":[${'1,'.repeat(8_000_000)}1]}`);
    assertProblem(millions, 400);
    assert.match(millions.text, /more than 100000 entries/);
    const wrong = await send('POST', '/v1/macs/leases', `{"items":[${'1,'.repeat(90_000)}1]}`);
    assertProblem(wrong, 400);
    assert.match(wrong.text, /items\.9: .*; and 89991 more\./);
    assert.equal(JSON.parse(wrong.text).mistakes.length, 100);
    const keys = Array.from({ length: 50_000 }, (_, i) => `"k${i}":1`).join();
    assert.ok((await send('POST', '/v1/macs/leases', `{"count":1,${keys}}`)).text.length < 5_000);
    await assertHealthy();
  });

  test('answers bytes that are no HTTP with 400, and headers without end with 431', async () => {
    assert.match(await sendBytes(daemon().socket, Buffer.from('\u0000\u0001garbage\r\n\r\n')), /^HTTP\/1\.1 400 /);
    const endless = Buffer.from(`GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(100_000)}\r\n\r\n`);
    assert.match(await sendBytes(daemon().socket, endless), /^HTTP\/1\.1 431 /);
    await assertHealthy();
  });

  test('never answers random JSON with a 5xx, and is unchanged after it', async () => {
    const body = fc.oneof(
      fc.json({ maxDepth: 6 }),
      fc.string(),
      fc.json().map((text) => `{"site": ${text}}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts), body, async (path, text) =>
        assertRefused(await send('POST', path, text)),
      ),
      { numRuns: 300 },
    );
    assert.equal(JSON.parse((await send('GET', '/v1/revisions')).text).items.length, 0);
    await assertHealthy();
  });

  test('never answers random objects under random names with a 5xx', async () => {
    const path = fc
      .tuple(fc.constantFrom(...collections), fc.string({ minLength: 1, maxLength: 300, unit: 'binary' }))
      .map(([collection, name]) => `${collection}/${encodeURIComponent(name.toWellFormed())}`);
    const method = fc.constantFrom('GET', 'PUT', 'DELETE');
    const value = fc.oneof(fc.string(), fc.integer(), fc.array(fc.anything({ maxDepth: 2 })), fc.constant(null));
    const keys = [
      'name',
      'port',
      'protocol',
      'to',
      'from',
      'nics',
      'subnet',
      'range',
      'action',
      'share',
      'ports',
      '__proto__',
    ];
    const body = fc.dictionary(fc.constantFrom(...keys), value).map((object) => JSON.stringify(object) ?? '{}');
    await fc.assert(
      fc.asyncProperty(method, path, body, async (verb, where, text) =>
        assertRefused(await send(verb, where, verb === 'PUT' ? text : undefined)),
      ),
      { numRuns: 300 },
    );
    await assertHealthy();
  });

  test('survives random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => {
        await sendBytes(daemon().socket, bytes);
      }),
      { numRuns: 100 },
    );
    await assertHealthy();
  });

  test('logged nothing that nobody foresaw', () => {
    assert.doesNotMatch(daemon().log(), /nobody foresaw/);
  });
});
