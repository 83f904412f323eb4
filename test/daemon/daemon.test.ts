import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { launcher, run } from '../cli/run-launcher.ts';
import { exampleSite, startTestDaemon, temporaryDirectory } from './test-daemon.ts';

const site = readFileSync(exampleSite, 'utf8');

test('a killed daemon that starts again knows every lease and revision', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await startTestDaemon(t, directory);
  await first.client.apply({ site });
  const leases = await first.client.leases();
  const revisions = await first.client.revisions();
  await first.end('SIGKILL');
  const second = await startTestDaemon(t, directory);
  assert.deepEqual(await second.client.leases(), leases);
  assert.deepEqual(await second.client.revisions(), revisions);
});

test('SIGTERM and SIGINT end it cleanly: status 0, no socket left, state free', async (t) => {
  const directory = temporaryDirectory(t);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const daemon = await startTestDaemon(t, directory);
    assert.equal(await daemon.end(signal), 0);
    assert.ok(!existsSync(daemon.socket));
    assert.match(daemon.log(), /"msg":"closed"/);
  }
});

test('SIGTERM lets the request under way end first', async (t) => {
  const daemon = await startTestDaemon(t);
  // The first one of all takes longer to get there.
  await daemon.client.status();
  const applying = daemon.client.apply({ site });
  // The request must have reached the daemon before the signal does.
  await sleep(20);
  const ended = daemon.end('SIGTERM');
  assert.equal((await applying).revision.number, 1);
  assert.equal(await ended, 0);
});

test('a second daemon on the same state directory is refused and names the first', async (t) => {
  const directory = temporaryDirectory(t);
  const daemon = await startTestDaemon(t, directory);
  const words = ['daemon', '--driver', 'none', '--state', daemon.state, '--socket', join(directory, 'second')];
  const result = await run([launcher, ...words]);
  assert.equal(result.status, 1);
  assert.match(result.stderr, new RegExp(`in use by process ${daemon.pid}`));
  assert.ok(!existsSync(join(directory, 'second')));
});

test('it logs JSON lines with a message each', async (t) => {
  const daemon = await startTestDaemon(t);
  await daemon.client.apply({ site });
  await daemon.end('SIGTERM');
  const lines = daemon.log().trimEnd().split('\n');
  assert.ok(lines.length > 3);
  for (const line of lines) assert.equal(typeof JSON.parse(line).msg, 'string', line);
});

test('an unconfirmed change is rolled back in time', async (t) => {
  const daemon = await startTestDaemon(t);
  await daemon.client.apply({ site: 'site: before\n' });
  await daemon.client.apply({ site, confirmSeconds: 1 });
  const end = performance.now() + 10_000;
  while ((await daemon.client.status()).site !== 'before' && performance.now() < end) await sleep(100);
  assert.equal((await daemon.client.status()).site, 'before');
});

test('an unconfirmed change is rolled back in time though the daemon was killed', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await startTestDaemon(t, directory);
  await first.client.apply({ site: 'site: before\n' });
  await first.client.apply({ site, confirmSeconds: 1 });
  await first.end('SIGKILL');
  const trace = join(first.state, 'roll-back.log');
  const end = performance.now() + 20_000;
  while (!/back to revision 1/.test(readFileSync(trace, 'utf8')) && performance.now() < end) await sleep(200);
  assert.match(readFileSync(trace, 'utf8'), /back to revision 1/);
  const second = await startAgain(t, directory);
  assert.equal((await second.client.status()).site, 'before');
  assert.equal((await second.client.revisions())[0]?.author, 'bridgekeeper');
});

/** Whoever rolled back may hold the state directory for a moment longer. */
async function startAgain(t: Parameters<typeof startTestDaemon>[0], directory: string) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await startTestDaemon(t, directory);
    } catch (error) {
      if (attempt === 20) throw error;
      await sleep(250);
    }
  }
}

test('driver linux is refused without the capabilities, and says which are missing', async (t) => {
  const directory = temporaryDirectory(t);
  const words = [
    launcher,
    'daemon',
    '--state',
    join(directory, 'state'),
    '--socket',
    join(directory, 'socket'),
    '--json',
  ];
  const without = ['setpriv', '--bounding-set=-net_admin,-net_raw', '--inh-caps=-net_admin,-net_raw'];
  const result = await run(process.getuid?.() === 0 ? [...without, ...words] : words);
  assert.equal(result.status, 1);
  const problem = JSON.parse(result.stderr);
  assert.equal(problem.code, 'privileges-missing');
  assert.deepEqual(problem.details.missing, ['CAP_NET_ADMIN', 'CAP_NET_RAW']);
  assert.ok(!existsSync(join(directory, 'state')));
});
