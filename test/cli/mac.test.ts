import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { macCommandList } from '../../src/cli/mac-command-list.ts';
import { daemonOfSuite, temporaryDirectory } from '../daemon/test-daemon.ts';
import { launcher, runLauncher } from './run-launcher.ts';

describe('mac commands that talk to a daemon', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const mac = (words: readonly string[], input?: string) =>
    runLauncher(['mac', ...words], {
      env: { BRIDGEKEEPER_SOCKET: daemon().socket },
      ...(input === undefined ? {} : { input }),
    });
  const json = async (...words: string[]) => {
    const result = await mac([...words, '--json']);
    assert.equal(result.status, 0, result.stderr);
    return JSON.parse(result.stdout);
  };
  /** What is wrong with the input is said on stderr; the exit status is 2 and nothing is printed. */
  const refused = async (words: readonly string[], sentence: RegExp) => {
    const result = await mac(words);
    assert.equal(result.status, 2, result.stderr);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, sentence);
  };

  test('a pool is made without a site file, and shown', async () => {
    const made = await mac([
      'pool',
      'add',
      'default',
      '02:1a:3f:00:00:00/24',
      '--strategy',
      'cycle',
      '--quarantine',
      '1h',
    ]);
    assert.equal(made.status, 0, made.stderr);
    const pools = await mac(['pools']);
    assert.match(pools.stdout, /^default {2}02:1a:3f:00:00:00\/24 {2}cycle {5}1h .* local, AAI$/m);
  });

  test('a NIC is leased by its name, or by that of its guest', async () => {
    const { leases } = await json('lease', 'web1/0', '--owner', 'team-a');
    assert.equal(leases[0].owner, 'team-a');
    assert.deepEqual((await json('lease', 'web1')).leases, leases);
    const table = await mac(['lease', 'web1/0', 'web1/1']);
    assert.match(table.stdout, new RegExp(`^${leases[0].mac} {2}active {2}web1/0 {2}team-a`, 'm'));
    assert.match(table.stdout, /active {2}web1\/1/);
  });

  test('ten thousand addresses come in one go, as CSV too', async () => {
    const result = await mac(['lease', '--pool', 'default', '--count', '10000', '--owner', 'bulk', '--csv']);
    assert.equal(result.status, 0, result.stderr);
    const [header, ...records] = result.stdout.trimEnd().split('\n');
    assert.match(header ?? '', /^id,mac,state,guest,nic,owner,/);
    assert.equal(new Set(records.map((record) => record.split(',')[1])).size, 10_000);
  });

  test('a list of NICs is read from a file or from stdin, and leased all or none', async (t) => {
    const file = join(temporaryDirectory(t), 'nics.json');
    writeFileSync(file, JSON.stringify([{ guest: 'f1' }, { guest: 'f2', nic: 1, comment: 'a, "quoted" word' }]));
    const fromFile = await json('lease', '--from', file, '--owner', 'team-f');
    assert.deepEqual(
      fromFile.leases.map(({ guest }: { guest: string }) => guest),
      ['f1', 'f2'],
    );
    const csv = await mac(['list', '--guest', 'f2', '--csv']);
    assert.match(csv.stdout, /,"a, ""quoted"" word"\n$/);
    const wrong = await mac(['lease', '--from', '-'], '[{"guest":"f3"},{"guest":"F 4"}]');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /Item 2 of 2: guest "F 4" is no label/);
    assert.deepEqual(await json('list', '--guest', 'f3'), []);
    await refused(['lease', '--from', '/nowhere.json'], /"\/nowhere\.json" cannot be read: there is no such file/);
    const none = await mac(['lease', '--from', '-'], 'guest: f3');
    assert.match(none.stderr, /"<stdin>" is no JSON list of NICs/);
  });

  test('wrong input is refused in whole sentences, with exit status 2', async () => {
    await refused(['lease', '--pool', 'defualt'], /There is no pool "defualt"; did you mean "default"\?/);
    await refused(['lease', 'x', '--mac', 'a1:b2:c3:00:00:01'], /is a group address/);
    await refused(['lease', 'x', '--mac', '02:1a'], /"02:1a" is not six pairs/);
    await refused(['lease', '--count', '0'], /"0" is not a whole number from 1 to 100000/);
    await refused(['lease', '--count', '1000000000'], /"1000000000" is not a whole number from 1 to 100000/);
    await refused(['lease', '--count', '1', '--owner', 'Team A'], /owner "Team A" is no label/);
    await refused(['lease', 'x', '--segment', 'dev'], /There is no segment "dev"/);
    await refused(['lease', 'x/y'], /NIC "x\/y" is not a guest and an index/);
    await refused(['lease', 'x', '--count', '2'], /exclude each other/);
    await refused(['lease', '--count', '2', '--ip4', '10.0.0.1'], /--ip4 says something of one address/);
    await refused(['release'], /Nothing is named that shall be released/);
    await refused(['show', '02:1a:3f'], /"02:1a:3f" is not six pairs/);
    await refused(['who', '02:1a:3f:00:00:01', '--at', 'yesterday'], /time "yesterday" is neither/);
    await refused(['lease', '--state', '/tmp/x', '--socket', '/tmp/y'], /Both --socket and --state/);
    await refused(['laese'], /unknown command 'laese'.*\n.*lease/);
  });

  test('views are printed as CSV', async () => {
    const [lease] = (await json('lease', 'views', '--comment', 'a, b')).leases;
    for (const words of [
      ['show', lease.mac],
      ['who', lease.mac],
    ]) {
      const [header, record, rest] = (await mac([...words, '--csv'])).stdout.split('\n');
      assert.match(header ?? '', /^id,mac,state,guest,nic,/);
      assert.match(record ?? '', new RegExp(`^${lease.id},${lease.mac},active,views,0,.*,"a, b"$`));
      assert.equal(rest, '');
    }
    assert.match((await mac(['who', '02:1a:3f:00:00:fe', '--csv'])).stdout, /^id,[^\n]+\n$/);
    const pools = await mac(['pools', '--csv']);
    assert.match(pools.stdout, /^name,parent,range,.*\ndefault,,02:1a:3f:00:00:00\/24,cycle,3600,,,,16777216,0,0,/);
    await mac(['release', 'views', '--now', '--yes']);
  });

  test('what looks like another thing is called by its name', async () => {
    await refused(
      ['lease', '02-1a-3f-00-00-01'],
      /"02-1a-3f-00-00-01" is a MAC address; expected a NIC such as "web1\/0"/,
    );
    await refused(['show', 'web1'], /^error: MAC address "web1" is not six pairs/);
    await refused(['lease', '--count', 'ten'], /^error: option '--count <number>': "ten" is not a whole number/);
    await refused(
      ['pool', 'add', 'p', '02:1a:50:00:00:00/40', '--warnings', 'ten'],
      /"ten" is not a whole number from 1 to 100/,
    );
    await refused(['who', '02:1a:3f:00:00:01', '--at', '2199-01-01'], /Time 2199-01-01T\S+ has not come yet/);
    await refused(['seen', '--leased', '--free'], /'--free' cannot be used with option '--leased'/);
    const owner = await mac(['lease', 'x', '--owner', '']);
    assert.equal(owner.status, 2);
    assert.doesNotMatch(owner.stderr, /site:/);
  });

  test('a MAC address is read as switches print it, too', async () => {
    const { leases } = await json('lease', 'dots', '--mac', '021A.3F00.4D01');
    assert.equal(leases[0].mac, '02:1a:3f:00:4d:01');
    assert.match((await mac(['who', '021a.3f00.4d01'])).stdout, /^02:1a:3f:00:4d:01 now: NIC dots\/0, active/);
    assert.equal((await mac(['release', '021a.3f00.4d01', '--now', '--yes'])).status, 0);
  });

  test('a comment stays in its row, whatever it holds', async () => {
    const { stdout } = await mac(['lease', 'rows', '--comment', 'two\nlines\u001b[31m']);
    assert.match(stdout, /^02:\S+ {2}active {2}rows\/0 .* two\\nlines\\u001b\[31m$/m);
    assert.match((await mac(['list', '--guest', 'rows'])).stdout, / two\\nlines\\u001b\[31m\n$/);
    await mac(['release', 'rows', '--now', '--yes']);
  });

  test('a pool that is made again keeps what is not named, and a sub-pool is not overwritten', async () => {
    const add = (...words: string[]) => mac(['pool', 'add', ...words]);
    await add('kept', '02:1a:51:00:00:00/40', '--quarantine', '2h', '--reserved', '02:1a:51:00:00:01');
    assert.equal((await add('kept', '02:1a:51:00:00:00/39')).status, 0);
    const pools: { name: string }[] = await json('pools');
    const { quarantine, reserved, size } = pools.find(({ name }) => name === 'kept') as never;
    assert.deepEqual({ quarantine, reserved, size }, { quarantine: 7200, reserved: 1, size: 512 });
    await mac(['carve', 'kept', 'part', '--size', '4']);
    await refused(
      ['pool', 'add', 'part', '02:1a:52:00:00:00/40'],
      /Pool "part" is a sub-pool of "kept"; expected another name, or `mac return part` before/,
    );
    const capacity = await mac(['capacity']);
    assert.match(capacity.stdout, /^kept .*\n {2}part /m);
    await mac(['return', 'part']);
    await mac(['return', 'kept']);
  });

  test('an address is reserved with a reason, and shown with its history', async () => {
    const reserved = await mac(['reserve', '52:54:00:12:34:56', '--comment', 'the old printer']);
    assert.equal(reserved.status, 0, reserved.stderr);
    const shown = await mac(['show', '52:54:00:12:34:56']);
    assert.match(shown.stdout, /^kind {8}unicast, local, AAI \(RFC 8948\), the habit of QEMU and KVM$/m);
    assert.match(shown.stdout, /^state {7}reserved since /m);
    assert.match(shown.stdout, /^comment {5}the old printer$/m);
    await refused(['lease', 'other', '--mac', '52:54:00:12:34:56', '--owner', 'x', '--segment', 'y'], /no segment/);
  });

  test('release --now says what it frees and frees nothing without a yes', async () => {
    const asked = await mac(['release', '52:54:00:12:34:56', '--now']);
    assert.equal(asked.status, 2);
    assert.match(asked.stdout, /1 address would be free at once/);
    assert.match(asked.stderr, /there is nobody to ask: add --yes/);
    assert.equal((await json('list', '--vendor', '52:54:00'))[0].state, 'reserved');
    const freed = await mac(['release', '52:54:00:12:34:56', '--now', '--yes']);
    assert.equal(freed.status, 0, freed.stderr);
    assert.match(freed.stdout, /1 address freed at once\./);
  });

  test('a released address rests, and who tells whose it was', async () => {
    const [{ mac: address }] = await json('list', '--guest', 'f1');
    const released = await mac(['release', 'f1']);
    assert.match(released.stdout, /1 address released; nobody else gets it before \d{4}-/);
    assert.match((await mac(['who', address])).stdout, /now: nobody\n {2}until .*: NIC f1\/0 of owner "team-f"/);
    assert.match((await mac(['who', address, '--at', '1 hour ago'])).stdout, /: nobody\n {2}from .*: NIC f1\/0/);
    const resting = await json('list', '--in-state', 'quarantined');
    assert.deepEqual(
      resting.map(({ guest }: { guest: string }) => guest),
      ['f1'],
    );
  });

  test('lists filter by age, and say so when nothing matches', async () => {
    assert.deepEqual(await json('list', '--older', '30d'), []);
    assert.equal((await json('list', '--newer', '1h', '--owner', 'team-a')).length, 1);
    const none = await mac(['list', '--owner', 'nobody']);
    assert.equal(none.status, 0);
    assert.equal(none.stdout, '');
    assert.match(none.stderr, /No lease matches/);
  });

  test('a sub-pool is carved and given back', async () => {
    const carved = await mac(['carve', 'default', 'team-b', '--size', '1000', '--owner', 'team-b']);
    assert.equal(carved.status, 0, carved.stderr);
    assert.match(carved.stdout, /^Sub-pool "team-b" of "default" is 02:1a:3f:[0-9a-f:]+\/38, 1024 addresses/);
    await json('lease', 'b1', '--owner', 'team-b');
    await refused(['return', 'team-b'], /cannot be given back: 1 lease of it is held/);
    assert.match((await mac(['pools'])).stdout, /^ {2}team-b .*owner team-b/m);
    await json('release', 'b1');
    const returned = await mac(['return', 'team-b']);
    assert.equal(returned.status, 0, returned.stderr);
    assert.match((await mac(['capacity'])).stdout, /^default +16777216 /m);
  });

  test('a list that nobody reads to its end is no failure', async () => {
    const shell = spawn('sh', ['-c', `"${launcher}" mac list | head -2`], {
      env: { ...process.env, BRIDGEKEEPER_SOCKET: daemon().socket },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let errors = '';
    shell.stderr.on('data', (part) => {
      errors += part;
    });
    shell.stdout.resume();
    await once(shell, 'close');
    assert.equal(errors, '');
  });

  test('every verb has an example in its help', async () => {
    for (const verb of Object.keys(macCommandList)) {
      const { stdout, status } = await runLauncher(['mac', verb, '--help']);
      assert.equal(status, 0, verb);
      assert.match(stdout, verb === 'pool' ? /add/ : /\nExample:\n {2}/, verb);
    }
    const all = await runLauncher(['mac', '--help']);
    for (const verb of Object.keys(macCommandList)) assert.match(all.stdout, new RegExp(`^  ${verb} `, 'm'));
  });
});

describe('mac commands without a daemon', { concurrency: false }, () => {
  const places = () => readdirSync(tmpdir()).filter((name) => name.startsWith('bridgekeeper-')).length;

  test('a new directory becomes a registry, keeps what it gave, and no process stays', async (t) => {
    const state = join(temporaryDirectory(t), 'macs');
    const before = places();
    const pool = await runLauncher(['mac', 'pool', 'add', 'default', '02:1a:3f:00:00:00/24', '--state', state]);
    assert.equal(pool.status, 0, pool.stderr);
    const first = await runLauncher(['mac', 'lease', 'web1', '--state', state, '--json']);
    assert.equal(first.status, 0, first.stderr);
    const second = await runLauncher(['mac', 'lease', 'web1', '--state', state, '--json']);
    assert.deepEqual(JSON.parse(second.stdout), JSON.parse(first.stdout));
    assert.ok(!existsSync(join(state, 'daemon.pid')));
    assert.equal(places(), before);
  });

  test('what fails there is told as it is', async (t) => {
    const state = join(temporaryDirectory(t), 'macs');
    assert.equal((await runLauncher(['mac', 'reserve', '02:1a:3f:00:00:01', '--state', state])).status, 0);
    const result = await runLauncher(['mac', 'lease', 'web1', '--state', state]);
    assert.equal(result.status, 2);
    assert.match(result.stderr, /no pool to lease from; make one with `bridgekeeper mac pool add/);
  });

  test('a mistyped directory is not taken for an empty registry, and not made', async (t) => {
    const state = join(temporaryDirectory(t), 'mcas');
    for (const words of [
      ['mac', 'who', '02:1a:3f:00:00:01'],
      ['mac', 'list'],
      ['mac', 'lease', 'web1'],
      ['audit', 'verify'],
    ]) {
      const result = await runLauncher([...words, '--state', state]);
      assert.equal(result.status, 2);
      assert.match(
        result.stderr,
        /State directory ".*mcas" holds no registry; expected one, or `bridgekeeper mac pool add/,
      );
    }
    assert.ok(!existsSync(state));
  });

  test('a directory that is none is refused', async () => {
    const result = await runLauncher(['mac', 'reserve', '02:1a:3f:00:00:01', '--state', '/etc/passwd/macs']);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /state directory "\/etc\/passwd\/macs" cannot be used/);
  });

  test('two at once: one works, the other says who holds the directory, and both can be repeated', async (t) => {
    const state = join(temporaryDirectory(t), 'macs');
    await runLauncher(['mac', 'pool', 'add', 'default', '02:1a:3f:00:00:00/24', '--state', state]);
    const lease = (guest: string) => runLauncher(['mac', 'lease', guest, '--state', state, '--json']);
    const results = await Promise.all([lease('a'), lease('b')]);
    for (const { status, stderr } of results) {
      if (status !== 0) assert.match(stderr, /"code": "daemon-running"/);
    }
    assert.ok(results.some(({ status }) => status === 0));
    const macs = [];
    for (const guest of ['a', 'b']) macs.push(JSON.parse((await lease(guest)).stdout).leases[0].mac);
    assert.equal(new Set(macs).size, 2);
  });
});

describe('mac commands on the directory of a daemon', { concurrency: false }, () => {
  const daemon = daemonOfSuite();

  test('say that it runs, and change nothing', async () => {
    const result = await runLauncher(['mac', 'pools', '--state', daemon().state]);
    assert.equal(result.status, 1);
    assert.match(result.stderr, new RegExp(`in use by process ${daemon().pid}`));
    assert.equal((await daemon().client.status()).driver, 'none');
  });
});
