import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launcher, run, runLauncher } from '../cli/run-launcher.ts';
import { exampleSite, temporaryDirectory } from '../daemon/test-daemon.ts';

const packaging = fileURLToPath(new URL('../../packaging', import.meta.url));
const list = readFileSync(join(packaging, 'debian-packages.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+/));

const packagesOf = (purpose: string): (string | undefined)[] =>
  list.filter(([word]) => word === purpose).map(([, name]) => name);

/** Runs a command where nothing of /usr/sbin is there: not nft, not dnsmasq. */
const withoutTools = (words: readonly string[]) => {
  const hide = 'mount -t tmpfs none /usr/sbin; exec "$@"';
  return run(['unshare', '-rm', 'sh', '-c', hide, 'sh', ...words], { env: { BRIDGEKEEPER_SETUP: 'never' } });
};

test('every line of the package list names a known purpose, a package and how to see that it is there', () => {
  assert.ok(list.length > 15);
  for (const line of list) {
    assert.equal(line.length, 3, line.join(' '));
    assert.match(line[0] ?? '', /^(main|vm|test|bench|attacks)$/);
  }
});

describe('the launcher', () => {
  test('works from any directory and through links', async (t) => {
    const directory = temporaryDirectory(t);
    symlinkSync(launcher, join(directory, 'first'));
    symlinkSync('first', join(directory, 'bk'));
    const result = await run(['./bk', '--version'], { cwd: directory });
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test('passes every argument on as it is', async () => {
    const result = await runLauncher(['validate', 'a  b\n*$(id)']);
    assert.match(result.stderr, /"a {2}b\\n\*\$\(id\)" cannot be read/);
  });

  test('finds the tools of /usr/sbin for a user whose PATH lacks them', async () => {
    const script = `source "${packaging}/setup"; missing_packages main test; echo end`;
    const result = await run(['bash', '-c', script], { env: { PATH: '/usr/bin:/bin' } });
    assert.equal(result.stdout, 'end\n');
  });

  test('names what is missing and how to install it, and ends with 1', async () => {
    const { status, stderr, stdout } = await withoutTools([launcher, 'demo']);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    const [, missing = ''] = /packages are missing: (.*)\n/.exec(stderr) ?? [];
    assert.match(missing, /^nftables dnsmasq-base /);
    assert.ok(stderr.includes(`\n    sudo apt-get install -y --no-install-recommends ${missing}\n`), stderr);
  });

  test('needs no Debian package for commands that need none', async () => {
    for (const words of [
      ['--help'],
      ['validate', exampleSite],
      ['demo', '--help'],
      ['daemon', '--driver', 'none', '--help'],
    ]) {
      const result = await withoutTools([launcher, ...words]);
      assert.equal(result.status, 0, result.stderr);
      assert.equal(result.stderr, '');
    }
  });

  test('starts in a moment', async () => {
    await runLauncher(['--version']);
    const times: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const started = performance.now();
      await runLauncher(['status', '--socket', '/nowhere']);
      times.push(performance.now() - started);
    }
    // The best of five: other tests run at the same time. It takes about 100 ms on an idle machine.
    assert.ok(Math.min(...times) < 1000, times.join(' '));
  });
});

test('with everything missing, every package of a purpose is listed once', async () => {
  const script = `source "${packaging}/setup"; PATH=/nonexistent; missing_packages main vm`;
  const result = await run(['bash', '-c', script]);
  const lines = result.stdout.trim().split('\n');
  const tools = list.filter(([purpose, , probe]) => /^(main|vm)$/.test(purpose ?? '') && !probe?.startsWith('/'));
  assert.deepEqual(
    lines.filter((name) => tools.some(([, tool]) => tool === name)),
    tools.map(([, name]) => name),
  );
  assert.equal(new Set(lines).size, lines.length);
  for (const name of lines) assert.ok([...packagesOf('main'), ...packagesOf('vm')].includes(name), name);
});

describe('node_modules', () => {
  const match = (root: string) => run([process.execPath, join(packaging, 'node-modules-match.cjs'), root]);
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { version: '1.0.0', integrity: 'x' },
      'node_modules/b': { version: '2.0.0', optional: true },
    },
  };

  async function statusWith(t: Parameters<typeof temporaryDirectory>[0], found: unknown): Promise<number | null> {
    const root = temporaryDirectory(t);
    mkdirSync(join(root, 'node_modules'));
    writeFileSync(join(root, 'package-lock.json'), JSON.stringify(lock));
    if (found !== undefined) writeFileSync(join(root, 'node_modules/.package-lock.json'), JSON.stringify(found));
    return (await match(root)).status;
  }

  test('are taken as they are when they are what the lockfile says, but for other platforms', async (t) => {
    assert.equal(await statusWith(t, { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'x' } } }), 0);
  });

  test('are installed again when a package is older, other or missing, or nothing is known', async (t) => {
    assert.equal(await statusWith(t, { packages: { 'node_modules/a': { version: '0.9.0', integrity: 'x' } } }), 1);
    assert.equal(await statusWith(t, { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'y' } } }), 1);
    assert.equal(await statusWith(t, { packages: {} }), 1);
    assert.equal(await statusWith(t, undefined), 1);
  });

  test('that cannot be installed are a clear failure that names the log, not a half-done tree', async (t) => {
    const root = temporaryDirectory(t);
    cpSync(packaging, join(root, 'packaging'), { recursive: true });
    cpSync(launcher, join(root, 'bridgekeeper'));
    writeFileSync(join(root, 'package.json'), '{"name": "x", "dependencies": {"node": "24.0.0"}}');
    // Not in step with package.json, so that npm ci refuses it.
    writeFileSync(
      join(root, 'package-lock.json'),
      '{"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x"}}}',
    );
    const result = await run([join(root, 'bridgekeeper'), '--version']);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /installing npm packages \(log: .*\.state\/setup-npm\.log\)/);
    assert.match(result.stderr, /npm could not install the packages of package-lock\.json/);
    assert.match(readFileSync(join(root, '.state/setup-npm.log'), 'utf8'), /npm ci/);
  });
});
