import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { commandList } from '../../src/cli/command-list.ts';
import { daemonOfSuite, exampleSite } from '../daemon/test-daemon.ts';
import { launcher, run, runLauncher } from './run-launcher.ts';

describe('commands that talk to a daemon', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const cli = (...words: string[]) => runLauncher(words, { env: { BRIDGEKEEPER_SOCKET: daemon().socket } });
  const json = async (...words: string[]) => {
    const result = await cli(...words, '--json');
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stderr, '');
    return JSON.parse(result.stdout);
  };

  test('apply says which revision it made, and status shows the site', async () => {
    const applied = await cli('apply', exampleSite, '--comment', 'because');
    assert.equal(applied.status, 0, applied.stderr);
    assert.match(applied.stdout, /Applied as revision 1 in \d+ ms\.\n$/);
    const status = await cli('status');
    assert.match(status.stdout, /site {6}devlab, revision 1, driver none/);
    assert.match(status.stdout, /dev {6}bk-dev {3}10\.77\.10\.0\/24 {5}3/);
  });

  test('a mirror of more than a week is refused before the daemon is asked', async () => {
    const result = await cli('mirror', 'web1', '--to', 'eth2', '--for', '8d');
    assert.equal(result.status, 2);
    assert.match(result.stderr, /--for <duration>': "8d" is longer than 7d\./);
  });

  test('--socket wins over BRIDGEKEEPER_SOCKET', async () => {
    const result = await runLauncher(['status', '--socket', daemon().socket], {
      env: { BRIDGEKEEPER_SOCKET: '/nowhere' },
    });
    assert.equal(result.status, 0, result.stderr);
  });

  test('plan reads a site file from stdin', async () => {
    const result = await runLauncher(['plan', '-', '--json'], {
      env: { BRIDGEKEEPER_SOCKET: daemon().socket },
      input: 'site: devlab\npools: [{name: default, range: "02:1a:3f:00:00:00/24"}]\n',
    });
    assert.equal(result.status, 0, result.stderr);
    assert.equal(JSON.parse(result.stdout).baseRevision, 1);
  });

  test('leases lists every NIC with its addresses', async () => {
    const leases = await json('leases');
    assert.equal(leases.length, 4);
    const table = (await cli('leases')).stdout;
    for (const { guest, mac, ipv4 } of leases) assert.match(table, new RegExp(`${guest}/0 .*${mac}.*${ipv4}`));
  });

  test('attach and detach move one NIC', async () => {
    assert.equal((await cli('attach', 'web1', 'vnet5')).status, 0);
    assert.match((await cli('leases')).stdout, /web1\/0.* vnet5/);
    assert.equal((await cli('detach', 'web1')).status, 0);
    const wrong = await cli('attach', 'web1', 'vnet 5');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /interface name "vnet 5"/);
  });

  test('history and rollback go through the revisions', async () => {
    const back = await json('rollback', '1');
    const history = await json('history');
    assert.equal(history[0].number, back.revision.number);
    assert.equal(history.at(-1).comment, 'because');
    assert.equal((await json('history', '--limit', '1')).length, 1);
    const journal = await json('history', '--journal');
    assert.equal(journal[0].kind, 'rollback');
    assert.match((await cli('history')).stdout, /^revision {2}when/);
  });

  test('site and history show what a revision was and what it changed; rollback alone ends what waits', async () => {
    const { client } = daemon();
    const { revision } = await client.putObject('forward', 'tcp/9000', { to: 'web1:90' });
    await client.putObject('forward', 'tcp/9000', { to: 'web1:91' });
    assert.match(
      (await cli('history', String(revision.number))).stdout,
      /^\+ forward "tcp\/9000", made through the API\n$/,
    );
    assert.match(
      (await cli('history', String(revision.number + 1))).stdout,
      /^~ forward "tcp\/9000", made through the API\n {4}to: "web1:90" → "web1:91"\n$/,
    );
    assert.equal(
      (await json('history', String(revision.number + 1), '--against', String(revision.number - 1))).length,
      1,
    );
    const file = await cli('site', '--revision', '1');
    assert.match(file.stdout, /^site: devlab\n/);
    assert.ok(!(await cli('site')).stdout.includes('9000'));
    assert.match((await cli('site', '--all')).stdout, /9000/);
    assert.equal((await cli('site', '--revision', '99')).status, 2);
    assert.equal((await cli('rollback')).status, 2);
    await client.removeObject('forward', 'tcp/9000');
    assert.equal((await cli('apply', exampleSite, '--confirm', '1h')).status, 0);
    assert.match((await cli('rollback')).stdout, /Applied as revision \d+/);
    assert.equal((await cli('confirm')).status, 2);
  });

  test('confirm keeps what apply --confirm changed, once', async () => {
    const applied = await cli('apply', exampleSite, '--confirm', '1h');
    assert.match(applied.stdout, /rolls back by itself at .* unless `bridgekeeper confirm` follows/);
    assert.match((await cli('status')).stdout, /confirm {3}rolls back by itself at/);
    assert.match((await cli('confirm')).stdout, /Revision \d+ is confirmed/);
    const again = await cli('confirm');
    assert.equal(again.status, 2);
    const wrong = await cli('apply', exampleSite, '--confirm', 'soon');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /duration "soon"/);
  });

  test('apply shows the mistakes that the daemon found, each in its line', async () => {
    const input = 'site: devlab\nguests:\n  - {name: a, nics: [{segment: nowhere}]}\n';
    const result = await runLauncher(['apply', '-'], { env: { BRIDGEKEEPER_SOCKET: daemon().socket }, input });
    assert.equal(result.status, 2);
    assert.equal(result.stdout, '');
    assert.match(result.stderr, /<stdin>:3:\d+: error: .*"nowhere"\n {4} {2}- \{name: a/);
  });

  test('a failure is a problem document on stderr with --json', async () => {
    const result = await cli('rollback', '4000', '--json');
    assert.equal(result.status, 2);
    assert.equal(result.stdout, '');
    assert.equal(JSON.parse(result.stderr).code, 'not-found');
  });

  test('verify ends with 0 when there is nothing that does not hold', async () => {
    assert.equal((await cli('verify')).status, 0);
    assert.deepEqual(await json('verify'), { checks: [] });
  });

  test('a reader that goes away early is no failure', async () => {
    const shell = `set -o pipefail; "$0" history --json --socket "$1" | head -c 1 >/dev/null`;
    const result = await run(['bash', '-c', shell, launcher, daemon().socket]);
    assert.deepEqual(result, { status: 0, stdout: '', stderr: '' });
  });

  test('destroy without --yes and without a terminal changes nothing', async () => {
    for (const words of [['destroy'], ['destroy', '--json']]) {
      const result = await cli(...words);
      assert.equal(result.status, 2);
      assert.match(result.stderr, /add --yes/);
    }
    assert.equal((await json('status')).site, 'devlab');
  });

  test('destroy on a terminal asks, and does nothing but for "yes"', async () => {
    const script = `"${launcher}" destroy --socket "${daemon().socket}"`;
    for (const [answer, status] of [
      ['no', 1],
      ['yes', 0],
    ] as const) {
      // script(1) gives it a terminal.
      const child = spawn('script', ['-qec', script, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
      let seen = '';
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        if (!seen.includes('go on: ') && (seen + part).includes('go on: ')) child.stdin.write(`${answer}\r`);
        seen += part;
      });
      const [code] = await once(child, 'close');
      assert.equal(code, status, seen);
      assert.equal((await json('status')).site, answer === 'yes' ? undefined : 'devlab');
    }
  });
});

test('a daemon that is not there is named by its socket, with what to do', async () => {
  for (const words of [['status'], ['leases'], ['verify'], ['confirm'], ['plan', exampleSite]]) {
    const result = await runLauncher([...words, '--socket', '/nowhere/at.sock']);
    assert.equal(result.status, 1);
    assert.match(result.stderr, /"\/nowhere\/at\.sock": there is no such socket/);
    assert.match(result.stderr, /bridgekeeper daemon/);
  }
});

test('every command has help with an example, and --json', async () => {
  for (const name of Object.keys(commandList)) {
    const { status, stdout } = await runLauncher([name, '--help']);
    assert.equal(status, 0, name);
    assert.match(stdout, /\nExample:\n {2}.*bridgekeeper /, name);
    // What the verbs of a group print is for their own tests.
    if (name !== 'lab' && !stdout.includes('\nCommands:\n')) assert.match(stdout, / --json /, name);
  }
});

test('the whole help names every command', async () => {
  const { status, stdout } = await runLauncher(['--help']);
  assert.equal(status, 0);
  for (const name of Object.keys(commandList)) assert.match(stdout, new RegExp(`\n {2}${name} `));
});

test('a mistyped command gets a suggestion and exit status 2', async () => {
  const result = await runLauncher(['statsu']);
  assert.equal(result.status, 2);
  assert.match(result.stderr, /Did you mean status/);
});

test('wrong arguments are a problem document with --json', async () => {
  const result = await runLauncher(['rollback', 'x', '--json']);
  assert.equal(result.status, 2);
  assert.equal(JSON.parse(result.stderr).code, 'value-invalid');
});
