import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { readMetricsPlace } from '../../../src/server/metrics/metrics-address.ts';
import { listenForMetrics } from '../../../src/server/metrics/metrics-listener.ts';
import { temporaryDirectory } from '../../daemon/test-daemon.ts';
import { rejectsWith } from '../answers.ts';
import { freePort } from './free-port.ts';

const log = { info: () => {}, warn: () => {} };
const token = 'a-token-of-some-length_0123456789';
const figures = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => 'up 1\n' };
const throwsWith = (code: string, pattern: RegExp) => rejectsWith(code, pattern);

function tokenFile(t: { after(clean: () => unknown): void }, text: string, mode = 0o600): string {
  const file = join(temporaryDirectory(t), 'token');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

test('loopback addresses need nothing more', () => {
  assert.deepEqual(readMetricsPlace('127.0.0.1:9715'), { address: '127.0.0.1', port: 9715 });
  assert.deepEqual(readMetricsPlace('127.8.8.8:1'), { address: '127.8.8.8', port: 1 });
  assert.deepEqual(readMetricsPlace('[::1]:9715'), { address: '::1', port: 9715 });
});

test('an address that others can reach needs a token file', (t) => {
  for (const open of ['192.0.2.1:9715', '0.0.0.0:9715', '[::]:9715', '[2001:db8::1]:80', '128.0.0.1:80'])
    assert.throws(() => readMetricsPlace(open), throwsWith('value-invalid', /--metrics-token-file/), open);
  const place = readMetricsPlace('192.0.2.1:9715', tokenFile(t, `${token}\n`));
  assert.deepEqual(place, { address: '192.0.2.1', port: 9715, token });
});

test('what is no address and port is said', () => {
  assert.throws(() => readMetricsPlace('127.0.0.1'), throwsWith('value-invalid', /has no port; expected ADDRESS:PORT/));
  assert.throws(
    () => readMetricsPlace('localhost:9715'),
    throwsWith('value-invalid', /^metrics address "localhost:9715" .*expected ADDRESS:PORT/),
  );
  assert.throws(() => readMetricsPlace('127.0.0.1:70000'), throwsWith('value-invalid', /"70000"/));
  assert.throws(() => readMetricsPlace(':9715'), throwsWith('value-invalid', /""/));
});

test('a token file that others may read, that is missing, empty or no token is refused', (t) => {
  const read = (file: string) => () => readMetricsPlace('192.0.2.1:9715', file);
  assert.throws(read('/nonexistent/token'), throwsWith('value-invalid', /is not there/));
  assert.throws(read(tokenFile(t, token, 0o644)), throwsWith('value-invalid', /has mode 0644.*chmod 600/));
  assert.throws(read(tokenFile(t, '')), throwsWith('value-invalid', /one token of 16 to 1024/));
  assert.throws(read(tokenFile(t, 'short')), throwsWith('value-invalid', /one token of 16/));
  assert.throws(read(tokenFile(t, 'two words that are long enough')), throwsWith('value-invalid', /one token/));
  const directory = join(temporaryDirectory(t), 'd');
  mkdirSync(directory, { mode: 0o700 });
  assert.throws(read(directory), throwsWith('value-invalid', /is not a file/));
});

test('only who says the token gets the figures', async (t) => {
  const port = await freePort();
  const listener = await listenForMetrics({ address: '127.0.0.1', port, token }, log);
  t.after(() => listener.close());
  const ask = (authorization?: string, path = '/metrics', method = 'GET') =>
    fetch(`http://127.0.0.1:${port}${path}`, { method, headers: authorization === undefined ? {} : { authorization } });
  assert.equal((await ask(`Bearer ${token}`)).status, 503);
  listener.serve(figures);
  const good = await ask(`Bearer ${token}`);
  assert.equal(good.status, 200);
  assert.equal(good.headers.get('content-type'), figures.contentType);
  assert.equal(await good.text(), 'up 1\n');
  assert.equal((await ask(`bearer  ${token}`)).status, 200);
  for (const wrong of [undefined, 'Bearer', `Bearer ${token}x`, `Bearer ${token.slice(1)}`, `Basic ${token}`, token]) {
    const answer = await ask(wrong);
    assert.equal(answer.status, 401, String(wrong));
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
    assert.doesNotMatch(await answer.text(), /up 1/);
  }
  assert.equal((await ask(undefined, '/v1/status')).status, 401);
  assert.equal((await ask(`Bearer ${token}`, '/v1/status')).status, 404);
  assert.equal((await ask(`Bearer ${token}`, '/metrics', 'DELETE')).status, 405);
  assert.equal((await ask(`Bearer ${token}`, '/metrics?x=1', 'HEAD')).status, 200);
});

test('a port that is taken is said; what is no HTTP harms nobody', async (t) => {
  const port = await freePort();
  const listener = await listenForMetrics({ address: '127.0.0.1', port }, log);
  t.after(() => listener.close());
  listener.serve(figures);
  await assert.rejects(
    listenForMetrics({ address: '127.0.0.1', port }, log),
    rejectsWith('value-invalid', /cannot be served at "127\.0\.0\.1:\d+": something else listens there/),
  );
  const noise = connect(port, '127.0.0.1');
  noise.resume().on('error', () => {});
  noise.end('\0\0\0 no HTTP at all \r\n\r\n');
  await new Promise((resolve) => noise.once('close', resolve));
  assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200);
});

test('an address that the host does not have yet is no reason not to start', async () => {
  const said: string[] = [];
  // TEST-NET-1 is nobody's.
  const listener = await listenForMetrics(
    { address: '192.0.2.77', port: 9715, token },
    { info: () => {}, warn: (_, text) => said.push(text) },
  );
  assert.match(said.join(), /does not have that address/);
  await listener.close();
});
