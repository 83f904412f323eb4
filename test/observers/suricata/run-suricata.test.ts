import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { listenOnEveSocket } from '../../../src/observers/suricata/listen-on-eve-socket.ts';
import { readAlert } from '../../../src/observers/suricata/read-alert.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const shipped = here('../../../packaging/suricata/bridgekeeper.rules');

test('rules have ids of their own in the range that is kept for them, and say what they are', () => {
  const rules = readFileSync(shipped, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const sids = rules.map((rule) => Number(/; sid:(\d+);/.exec(rule)?.[1]));
  assert.equal(new Set(sids).size, rules.length);
  for (const [at, rule] of rules.entries()) {
    assert.ok((sids[at] as number) >= 1_947_700 && (sids[at] as number) < 1_947_800, rule);
    assert.match(
      rule,
      /^alert .*\(msg:"BRIDGEKEEPER .*; threshold:type .*; classtype:.*; priority:[123]; sid:\d+; rev:\d+;\)$/,
    );
  }
});

// Debian 12 has Suricata only in its backports, which tests do not add to a machine: where it is installed, what was
// recorded is made anew and compared.
if (spawnSync('suricata', ['-V'], { stdio: 'ignore' }).status === 0) {
  /** Runs it on the capture, with the shipped rules and those of the test; its output into `directory`. */
  const start = (directory: string, ...more: string[]) => {
    const [capture, rules] = [join(directory, 'uplink.pcap'), join(directory, 'all.rules')];
    execFileSync('/usr/bin/python3', [here('make-pcap.py'), capture]);
    writeFileSync(rules, readFileSync(shipped, 'utf8') + readFileSync(here('streams.rules'), 'utf8'));
    const files = ['-c', here('suricata.yaml'), '-r', capture, '-S', rules, '-l', directory];
    const set = ['--set', `classification-file=${here('classification.config')}`, ...more];
    return promisify(execFile)('suricata', [...files, ...set, '--runmode', 'single', '-k', 'none']);
  };
  const temporary = (t: TestContext): string => {
    const directory = mkdtempSync(join(tmpdir(), 'bk-suricata-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    return directory;
  };
  const alertsOf = (text: string): string[] =>
    text
      .split('\n')
      .flatMap((line) => JSON.stringify(readAlert(Buffer.from(line))) ?? [])
      .sort();
  const recorded = alertsOf(readFileSync(here('eve.ndjson'), 'utf8'));

  test('Suricata takes the shipped rules and writes what was recorded', { timeout: 60_000 }, async (t) => {
    const directory = temporary(t);
    const { stdout, stderr } = await start(directory);
    assert.match(stdout + stderr, /16 rules successfully loaded, 0 rules failed/);
    assert.deepEqual(alertsOf(readFileSync(join(directory, 'eve.json'), 'utf8')), recorded);
  });

  test('Suricata writes the same into a socket', { timeout: 60_000 }, async (t) => {
    const directory = temporary(t);
    const path = join(directory, 'eve.sock');
    const lines: string[] = [];
    const socket = await listenOnEveSocket(path, (line) => lines.push(line.toString()));
    t.after(() => socket.close());
    const to = (key: string, value: string): string[] => ['--set', `outputs.0.eve-log.${key}=${value}`];
    await start(directory, ...to('filetype', 'unix_stream'), ...to('filename', path));
    for (let tries = 0; lines.length < recorded.length && tries < 100; tries++) await sleep(50);
    assert.deepEqual(alertsOf(lines.join('\n')), recorded);
  });
}
