import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exampleSite, temporaryDirectory } from '../daemon/test-daemon.ts';
import { launcher, run, runLauncher } from './run-launcher.ts';

test('the example is valid, and validate says what is in it', async () => {
  const result = await runLauncher(['validate', exampleSite]);
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /is valid: site "devlab" with 2 segments, 4 guests, 4 NICs, 3 forwards, 2 policies\./);
  const { stdout } = await runLauncher(['validate', exampleSite, '--json']);
  assert.equal(JSON.parse(stdout).nics, 4);
});

test('a site file with only pools is valid', async () => {
  const input = 'site: pools\npools: [{name: default, range: "02:1a:3f:00:00:00/24"}]\n';
  assert.equal((await runLauncher(['validate', '-'], { input })).status, 0);
});

test('every mistake is listed with file, line and column, and the exit status is 2', async (t) => {
  const file = join(temporaryDirectory(t), 'site.yaml');
  writeFileSync(
    file,
    'site: devlab\nuplink: {interface: eth0, shared: [168.1.10]}\nsegments:\n  - {name: dev, subnet: 255.255.0}\nforwrads: []\n',
  );
  const result = await runLauncher(['validate', file]);
  assert.equal(result.status, 2);
  assert.equal(result.stdout, '');
  for (const place of ['2:36', '4:25', '5:1'])
    assert.match(result.stderr, new RegExp(`^${file}:${place}: error: `, 'm'));
  assert.match(result.stderr, /did you mean "forwards"/);
  const { stderr } = await runLauncher(['validate', file, '--json']);
  assert.equal(JSON.parse(stderr).mistakes.length, 3);
});

test('what is no site file is refused quickly, with exit status 2', async (t) => {
  const directory = temporaryDirectory(t);
  const large = join(directory, 'large.yaml');
  writeFileSync(large, Buffer.alloc(50 * 1024 * 1024, 'x'));
  const binary = join(directory, 'binary.yaml');
  writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00]));
  const cases = [
    [large, /larger than/],
    ['/dev/zero', /larger than/],
    [binary, /not UTF-8/],
    [directory, /is a directory/],
    [join(directory, 'missing'), /there is no such file/],
  ] as const;
  for (const [file, pattern] of cases) {
    const started = performance.now();
    const result = await runLauncher(['validate', file]);
    assert.equal(result.status, 2, file);
    assert.match(result.stderr, pattern);
    assert.ok(performance.now() - started < 5000, file);
  }
});

test('control characters of a file never reach the terminal', async (t) => {
  const file = join(temporaryDirectory(t), 'site.yaml');
  writeFileSync(file, 'site: "a\\e[31mb"\n');
  const result = await runLauncher(['validate', file]);
  assert.equal(result.status, 2);
  assert.ok(!result.stderr.includes('\u001b'));
});

test('a forward on a port that the host listens on is a warning that names the process', async (t) => {
  const script = join(temporaryDirectory(t), 'listen.mjs');
  writeFileSync(
    script,
    `import { createServer } from 'node:net';
     import { execFileSync } from 'node:child_process';
     const server = createServer().listen(8080, '0.0.0.0', () => {
       console.log(execFileSync(process.argv[2], ['validate', process.argv[3], '--json'], { encoding: 'utf8' }));
       server.close();
     });`,
  );
  const result = await run(['unshare', '-rn', process.execPath, script, launcher, exampleSite]);
  assert.equal(result.status, 0, result.stderr);
  const [warning] = JSON.parse(result.stdout).warnings;
  assert.equal(warning.severity, 'warning');
  assert.match(warning.message, /forward "tcp\/8080" takes port 8080 away from process "\S+" \(pid \d+\)/);
  assert.equal(warning.line, 18);
});

test('render prints the same for the same site, every part of it, and needs no daemon', async () => {
  const first = await runLauncher(['render', exampleSite]);
  assert.equal(first.status, 0, first.stderr);
  assert.equal((await runLauncher(['render', exampleSite])).stdout, first.stdout);
  for (const part of ['nftables', 'links', 'sysctls']) assert.match(first.stdout, new RegExp(`^# ===== ${part}$`, 'm'));
  const { stdout } = await runLauncher(['render', exampleSite, '--json', '--state', '/srv/bk']);
  const parts = JSON.parse(stdout);
  assert.match(parts.nftables, /203\.0\.113\.10/);
  assert.ok(Object.keys(parts).some((name) => name.startsWith('/srv/bk/')));
});

test('render of a site without uplink says that nothing is written', async () => {
  const input = 'site: pools\npools: [{name: default, range: "02:1a:3f:00:00:00/24"}]\n';
  const result = await runLauncher(['render', '-'], { input });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stdout, /writes nothing/);
});
