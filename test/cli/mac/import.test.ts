import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importFormatNames } from '../../../src/importers/formats.ts';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';
import { runLauncher } from '../run-launcher.ts';

const sample = (name: string): string => fileURLToPath(new URL(`../../importers/samples/${name}`, import.meta.url));

const site = `site: take-over
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
segments: [{name: dev, subnet: 10.5.0.0/24, subnet6: 'fd00:5::/64'}]
guests:
  - {name: shop, nics: [{segment: dev, mac: 02:1a:3f:00:10:03}]}
`;

describe('mac import', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const cli = (words: string[], input?: string) =>
    runLauncher(words, { env: { BRIDGEKEEPER_SOCKET: daemon().socket }, ...(input === undefined ? {} : { input }) });
  const importing = (words: string[], input?: string) => cli(['mac', 'import', ...words], input);
  const macsHeld = async () => (await daemon().client.macs.list()).leases.map(({ mac }) => mac).sort();

  test('knows in its help every format that it can read', async () => {
    const { stdout } = await importing(['--help']);
    for (const name of importFormatNames) assert.ok(stdout.includes(`"${name}"`), name);
  });

  test('changes nothing in a dry run, and says what it would do', async () => {
    assert.equal((await cli(['apply', '-'], site)).status, 0);
    const before = await macsHeld();
    const { stdout, stderr } = await importing([sample('incus.json'), '--dry-run']);
    assert.equal(stderr, '');
    assert.match(stdout, /^Read 2 NICs in the format "incus"\.\n2 +would be taken over\n0 +already known\n/);
    assert.match(stdout, /10:66:6a:00:00:01 +c1\/0 +instance "c1", NIC 0/);
    assert.deepEqual(await macsHeld(), before);
  });

  test('asks first, and changes nothing where there is nobody to ask', async () => {
    const before = await macsHeld();
    const { status, stderr } = await importing([sample('tccli.json')]);
    assert.equal(status, 2);
    assert.match(stderr, /mac import asks before it takes addresses over, .* add --yes, or --dry-run/);
    assert.deepEqual(await macsHeld(), before);
  });

  test('takes over what nobody holds, and knows it when it comes again', async () => {
    const words = [sample('tccli.json'), '--owner', 'team-a', '--yes'];
    const first = await importing(words);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stdout, /\nTook over 2 addresses\.\n$/);
    const { history } = await daemon().client.macs.show('52:54:00:6b:3c:58');
    assert.equal(history[0]?.guest, 'ins-osbmrl5c');
    assert.equal(history[0]?.owner, 'team-a');
    assert.match(
      history[0]?.comment ?? '',
      /^imported from tccli, NetworkInterfaceSet\[0\] \(eni-m6dyj72l\): guest "ins-/,
    );
    const again = await importing(words);
    assert.equal(again.status, 0, again.stderr);
    assert.match(again.stdout, /0 +taken over\n2 +already known\n/);
  });

  test('holds IP addresses with a segment, and names who stands in the way', async () => {
    const words = [sample('plain-semicolon.csv'), '--segment', 'dev', '--yes', '--json'];
    const { status, stdout } = await importing(words);
    assert.equal(status, 1, 'not all of it is in the registry');
    const report = JSON.parse(stdout);
    assert.equal(report.dryRun, false);
    const conflicts = report.outcomes.filter(({ outcome }: { outcome: string }) => outcome === 'conflict');
    const reasons = conflicts.map(
      ({ where, conflict }: { where: string; conflict: string }) => `${where}: ${conflict}`,
    );
    assert.match(reasons[0], /^line 3: Address "2001:db8:5::6" is outside the subnet fd00:5::\/64/);
    assert.match(reasons[1], /^line 4: "02:1a:3f:00:10:03" is held by NIC "shop\/0"/);
    assert.match(reasons[2], /^line 10: "02:1a:3f:00:10:01" stands at line 2 already/);
    assert.deepEqual(
      report.mistakes.map(({ where }: { where: string }) => where),
      ['line 5', 'line 6', 'line 7', 'line 9'],
    );
    const { lease } = await daemon().client.macs.show('02:1a:3f:00:10:01');
    assert.deepEqual([lease?.ipv4, lease?.segment], ['10.5.0.5', 'dev']);
  });

  test('--pool leaves out what does not lie in the pool, and --csv is one record for each NIC', async () => {
    const words = ['-', '--pool', 'default', '--csv', '--dry-run'];
    const { stdout } = await importing(words, 'mac,guest\n02:1a:3f:77:00:01,a\n52:54:00:00:00:01,b\n');
    assert.equal(stdout, 'where,mac,guest,nic,outcome,lease,why\nline 2,02:1a:3f:77:00:01,a,0,taken,,\n');
    const unknown = await importing(['-', '--pool', 'defualt', '--yes'], 'mac\n02:1a:3f:77:00:01\n');
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /There is no pool "defualt"; did you mean "default"\?/);
  });

  test('knows all of what mac list --csv prints', async () => {
    const { stdout: listed } = await cli(['mac', 'list', '--csv']);
    const { status, stdout } = await importing(['-', '--yes', '--json'], listed);
    assert.equal(status, 0);
    const { outcomes } = JSON.parse(stdout);
    assert.equal(outcomes.length, listed.trim().split('\n').length - 1);
    for (const { outcome } of outcomes) assert.equal(outcome, 'known');
  });

  test('says of IP addresses that they stay out only where no segment is known', async () => {
    const rows = ['mac,guest,ip,segment', '02:1a:3f:00:77:01,own,10.5.0.77,dev', '02:1a:3f:00:77:02,none,10.5.0.78,'];
    const { stdout } = await importing(['-', '--dry-run'], rows.join('\n'));
    assert.match(stdout, /^2 +would be taken over$/m);
    assert.match(stdout, /^The IP addresses of 1 NIC stay out of the registry/m);
  });

  test('a segment that there is not is said once, not row by row', async () => {
    const { status, stdout, stderr } = await importing([sample('tccli.json'), '--segment', 'dve', '--yes']);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /There is no segment "dve"; did you mean "dev"\?/);
  });

  test('more NICs than one transaction takes are refused in words', async () => {
    const rows = Array.from(
      { length: 100_001 },
      (_, i) =>
        `02:1a:5f:0${i >>> 16}:${[(i >>> 8) & 255, i & 255].map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`,
    );
    const { status, stderr } = await importing(['-', '--yes'], ['mac', ...rows].join('\n'));
    assert.equal(status, 2);
    assert.match(stderr, /File "<stdin>" has 100001 NICs, and one import takes 100000 at most; import it in parts/);
  });

  test('--guest names the guest where the tool does not', async () => {
    const { stdout } = await importing(
      ['-', '--guest', 'Web 7', '--yes'],
      readFileSync(sample('govc-device.json'), 'utf8'),
    );
    assert.match(stdout, /00:50:56:8a:1b:2c +web-7\/0/);
    assert.equal((await daemon().client.macs.show('00:50:56:8a:1b:2c')).lease?.guest, 'web-7');
  });

  test('refuses a file that it cannot read or make sense of, with exit status 2', async () => {
    const absent = await importing(['/nowhere/at-all.json', '--yes']);
    assert.equal(absent.status, 2);
    assert.match(absent.stderr, /File "\/nowhere\/at-all\.json" cannot be read: there is no such file/);
    const strange = await importing(['-', '--yes'], 'hello\n');
    assert.equal(strange.status, 2);
    assert.match(strange.stderr, /expected one of ip \(ip -j address\), libvirt/);
  });
});
