import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
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
  test('Suricata takes the shipped rules and writes what was recorded', { timeout: 60_000 }, (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'bk-suricata-'));
    t.after(() => rmSync(directory, { recursive: true, force: true }));
    const [capture, rules] = [join(directory, 'uplink.pcap'), join(directory, 'all.rules')];
    execFileSync('/usr/bin/python3', [here('make-pcap.py'), capture]);
    writeFileSync(rules, readFileSync(shipped, 'utf8') + readFileSync(here('streams.rules'), 'utf8'));
    writeFileSync(join(directory, 'classification.config'), readFileSync(here('classification.config')));
    const files = ['-c', here('suricata.yaml'), '-r', capture, '-S', rules, '-l', directory];
    const set = ['--set', `classification-file=${here('classification.config')}`];
    const run = spawnSync('suricata', [...files, ...set, '--runmode', 'single', '-k', 'none'], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stdout + run.stderr, /16 rules successfully loaded, 0 rules failed/);
    const alertsOf = (path: string): string[] =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line) => JSON.stringify(readAlert(Buffer.from(line))) ?? [])
        .sort();
    assert.deepEqual(alertsOf(join(directory, 'eve.json')), alertsOf(here('eve.ndjson')));
  });
}
