import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launcher, runLauncher } from '../cli/run-launcher.ts';
import { startTestDaemon, temporaryDirectory } from '../daemon/test-daemon.ts';

const daemonWords = (directory: string, socket: string) => [
  'daemon',
  '--driver',
  'none',
  '--state',
  join(directory, 'other-state'),
  '--socket',
  socket,
];

test('the socket may be used by its owner and group only', async (t) => {
  const daemon = await startTestDaemon(t);
  const { mode } = statSync(daemon.socket);
  assert.equal(mode & 0o777, 0o660);
});

test('a socket that a killed daemon left behind is replaced', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await startTestDaemon(t, directory);
  await first.end('SIGKILL');
  assert.ok(existsSync(first.socket));
  const second = await startTestDaemon(t, directory);
  assert.equal((await second.client.status()).driver, 'none');
});

test('a socket that somebody answers on is left alone', async (t) => {
  const directory = temporaryDirectory(t);
  const daemon = await startTestDaemon(t, directory);
  const second = await runLauncher(daemonWords(directory, daemon.socket));
  assert.equal(second.status, 1);
  assert.match(second.stderr, /Another daemon answers at/);
  assert.equal((await daemon.client.status()).driver, 'none');
});

test('whatever is not a socket is left alone', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'notes');
  writeFileSync(path, 'mine');
  const result = await runLauncher(daemonWords(directory, path));
  assert.equal(result.status, 2);
  assert.match(result.stderr, /is taken by something that is not a socket/);
  assert.equal(readFileSync(path, 'utf8'), 'mine');
});

test('a path that the kernel cannot take is refused and says how long it may be', async (t) => {
  const directory = temporaryDirectory(t);
  const result = await runLauncher(daemonWords(directory, join(directory, 'x'.repeat(120))));
  assert.equal(result.status, 2);
  assert.match(result.stderr, /bytes; the kernel takes 107 at most/);
});

test('the longest path that the kernel takes works', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'x'.repeat(106 - directory.length));
  assert.equal(Buffer.byteLength(path), 107);
  const child = spawn(launcher, daemonWords(directory, path), { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.ok(statSync(path).isSocket());
});
