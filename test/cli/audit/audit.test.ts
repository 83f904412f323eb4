import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { daemonOfSuite, temporaryDirectory } from '../../daemon/test-daemon.ts';

const mainPath = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

suite('bridgekeeper audit and privacy', () => {
  const daemon = daemonOfSuite();

  const run = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', mainPath, ...words], {
      encoding: 'utf8',
      env: { ...process.env, BRIDGEKEEPER_SOCKET: daemon().socket },
    });

  test('an export is whole until somebody alters it, and carries pseudonyms', { timeout: 120_000 }, async (t) => {
    const { client } = daemon();
    await client.putObject('pool', 'default', { name: 'default', range: '02:1a:3f:00:00:00/24' });
    const mac = '02:1a:3f:00:10:01';
    await client.macs.lease({ items: [{ mac, owner: 'team-a' }] });
    await client.macs.release({ macs: [mac], now: true });
    const exported = run('audit', 'export');
    assert.equal(exported.status, 0, exported.stderr);
    assert.doesNotMatch(exported.stdout, /02:1a:3f:00:10:01/);
    assert.match(exported.stdout, /mac-[0-9a-f]{16}/);
    const file = join(temporaryDirectory(t), 'export.jsonl');
    writeFileSync(file, exported.stdout);
    const whole = run('audit', 'verify', file);
    assert.equal(whole.status, 0, whole.stderr);
    const head = /head ([0-9a-f]{64})/.exec(whole.stdout)?.[1];
    assert.ok(run('audit', 'verify').stdout.includes(head as string));
    assert.equal(run('audit', 'verify', '--head', head as string).status, 0);
    const unknown = run('audit', 'verify', '--head', 'f'.repeat(64));
    assert.equal(unknown.status, 1);
    assert.match(unknown.stdout, /no entry has the hash/);

    writeFileSync(file, exported.stdout.replace('"who":"tester"', '"who":"nobody"'));
    const altered = run('audit', 'verify', file);
    assert.equal(altered.status, 1);
    assert.match(altered.stdout, /entry \d+ was altered/);
    const lines = exported.stdout.trim().split('\n');
    writeFileSync(file, `${[lines[0], ...lines.slice(2)].join('\n')}\n`);
    assert.match(run('audit', 'verify', file).stdout, /entry 2 is missing/);

    const clear = run('audit', 'export', '--clear');
    assert.match(clear.stdout, /02:1a:3f:00:10:01/);
    writeFileSync(file, clear.stdout);
    const refused = run('audit', 'verify', file);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /exported with --clear/);
    assert.equal(run('audit', 'verify', join(file, 'none')).status, 2);
  });

  test('entries are listed with filters, as text, CSV and JSON', { timeout: 60_000 }, () => {
    const listed = run('audit', 'list', '--kind', 'release', '--details');
    assert.match(listed.stdout, /release +tester \(unix socket\): .*\n +before .*02:1a:3f:00:10:01/);
    assert.match(run('audit', 'list', '--csv').stdout, /^id,time,kind,who,from,text,before,after,owners\n/);
    const page = JSON.parse(run('audit', 'list', '--who', 'tester', '--limit', '1', '--json').stdout);
    assert.equal(page.entries.length, 1);
    assert.equal(typeof page.next, 'string');
    assert.match(run('audit', 'list', '--since', '2020-01-01', '--until', '2020-01-02').stdout, /No entry matches/);
    assert.equal(run('audit', 'list', '--since', 'soon').status, 2);
    assert.match(run('audit', 'export', '--format', 'cef').stdout, /^CEF:0\|Bridgekeeper\|/);
    assert.match(run('audit', 'export', '--format', 'csv').stdout, /^id,time,at,kind,/);
  });

  test('nobody writes lines of his own into what is listed', { timeout: 60_000 }, async () => {
    const forged = 'why\n   999  2026-11-22 12:00:00  access    root (unix socket): Token was issued.';
    await daemon().client.macs.lease({ count: 1, comment: forged });
    const order = { op: 'put', kind: 'pool', body: { name: 'spare', range: '02:1a:40:00:00:00/24' } } as const;
    await daemon().client.changes.make({ objects: [order], comment: forged });
    for (const words of [['audit', 'list'], ['history', '--journal'], ['history']]) {
      const { stdout } = run(...words);
      assert.match(stdout, /why\\n +999/);
      assert.doesNotMatch(stdout, /^ +999/m, words.join(' '));
    }
  });

  test('an erasure asks first, and says what it did', { timeout: 60_000 }, () => {
    assert.match(run('privacy', 'show', 'team-a').stdout, /Leases\n {2}02:1a:3f:00:10:01 {2}free/);
    const first = run('privacy', 'show', 'team-a', '--json').stdout.split('\n')[0] as string;
    assert.equal(JSON.parse(first).record, 'lease');
    const asked = run('privacy', 'erase', 'team-a');
    assert.equal(asked.status, 2);
    assert.match(asked.stdout, /1 leases: MAC and IP addresses/);
    assert.match(asked.stderr, /there is nobody to ask: add --yes/);
    const erased = run('privacy', 'erase', 'team-a', '--yes');
    assert.equal(erased.status, 0, erased.stderr);
    assert.match(erased.stdout, /1 MAC addresses were looked for in \d+ files/);
    assert.equal(run('privacy', 'erase', 'team-a', '--yes').status, 2);
    assert.equal(run('audit', 'verify').status, 0);
    assert.match(run('privacy', 'periods').stdout, /current/);
    assert.doesNotMatch(readFileSync(join(daemon().state, 'registry.sqlite'), 'latin1'), /team-a/);
  });
});
