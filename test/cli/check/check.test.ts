import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { unknownAnswer } from '../../../src/cli/check/run-check.ts';
import { AppError } from '../../../src/errors/app-error.ts';
import { daemonOfSuite, exampleSite, temporaryDirectory } from '../../daemon/test-daemon.ts';
import { runLauncher } from '../run-launcher.ts';

describe('bridgekeeper check, of a daemon without a gateway', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const check = async (...words: string[]) => {
    const result = await runLauncher(['check', ...words], { env: { BRIDGEKEEPER_SOCKET: daemon().socket } });
    const [first = ''] = result.stdout.split('\n');
    return { ...result, first };
  };

  test('answers 0, 1 and 2 by the thresholds', async () => {
    await runLauncher(['apply', exampleSite], { env: { BRIDGEKEEPER_SOCKET: daemon().socket } });
    const ok = await check('pools');
    assert.equal(ok.status, 0);
    assert.match(
      ok.first,
      /^POOLS OK - pool default: 4 of 16777216 addresses are taken \(0\.0%\) \| default=4;\S+;0;16777216$/,
    );
    const warning = await check('pools', 'default', '--warning', '3');
    assert.equal(warning.status, 1);
    assert.match(warning.first, /^POOLS WARNING - .*\| default=4;3;15938355\.2;0;16777216$/);
    const critical = await check('pools', '-w', '2', '-c', '@4:10');
    assert.equal(critical.status, 2);
    assert.match(critical.first, /^POOLS CRITICAL - .*\| default=4;2;@4:10;0;16777216$/);
  });

  test('each check that needs no gateway has an answer', async () => {
    for (const what of ['alerts', 'violations', 'services', 'drift', 'conflicts', 'daemon']) {
      const { status, first } = await check(what);
      assert.equal(status, 0, first);
      assert.match(first, new RegExp(`^${what.toUpperCase()} OK - [^|]+ \\| `));
    }
    const typo = await check('violations', 'wbe1');
    assert.equal(typo.status, 3);
    assert.match(typo.first, /^VIOLATIONS UNKNOWN - there is no guest "wbe1"/);
    const json = JSON.parse((await check('drift', '--json')).stdout) as { state: string };
    assert.equal(json.state, 'OK');
  });

  test('UNKNOWN and 3 is what cannot be known, in one line on stdout', async () => {
    const cases: [string[], RegExp][] = [
      [['sessions'], /^SESSIONS UNKNOWN - .*without a gateway/],
      [['session'], /^BRIDGEKEEPER UNKNOWN - there is no check "session" \(did you mean "sessions"\?\)/],
      [['pools', 'nope'], /^POOLS UNKNOWN - there is no pool "nope"/],
      [['drift', 'nope'], /^DRIFT UNKNOWN - check "drift" takes no name/],
      [['drift', '--critical', '80%'], /^DRIFT UNKNOWN - range "80%" is a share/],
      [['pools', '--critical', 'x'], /^POOLS UNKNOWN - option '-c, --critical <range>': range "x" cannot be read/],
      [['pools', '--timeout', '0'], /^POOLS UNKNOWN - .*"0" is not a whole number/],
      [['pools', '--bogus'], /^POOLS UNKNOWN - unknown option '--bogus'/],
      [[], /^BRIDGEKEEPER UNKNOWN - missing required argument 'what'/],
    ];
    for (const [words, said] of cases) {
      const { status, first, stderr } = await check(...words);
      assert.equal(status, 3, first);
      assert.match(first, said);
      assert.equal(stderr, '');
    }
  });
});

test('a daemon that is not there is UNKNOWN, and CRITICAL for the check of the daemon itself', async (t) => {
  const socket = join(temporaryDirectory(t), 'none');
  const run = (what: string) => runLauncher(['check', what, '--socket', socket]);
  const unknown = await run('sessions');
  assert.equal(unknown.status, 3);
  assert.match(unknown.stdout, /^SESSIONS UNKNOWN - The daemon does not answer at ".*none": there is no such socket\n/);
  const critical = await run('daemon');
  assert.equal(critical.status, 2);
  assert.match(critical.stdout, /^DAEMON CRITICAL - The daemon does not answer/);
});

test('whoever may not open the socket does not know how the daemon is', () => {
  const refused = Object.assign(new Error('connect'), { code: 'EACCES' });
  const error = new AppError('daemon-unreachable', 'The daemon does not answer.', { cause: refused });
  assert.equal(unknownAnswer('daemon', error).state, 'UNKNOWN');
  assert.equal(unknownAnswer('daemon', new AppError('daemon-unreachable', 'Nobody answers.')).state, 'CRITICAL');
});

test('a daemon that does not answer in time is UNKNOWN', async (t) => {
  const socket = join(temporaryDirectory(t), 'slow');
  const server = createServer(() => {}).listen(socket);
  await once(server, 'listening');
  t.after(() => server.close());
  const { status, stdout } = await runLauncher(['check', 'sessions', '--socket', socket, '--timeout', '1']);
  assert.equal(status, 3);
  assert.match(stdout, /^SESSIONS UNKNOWN - The daemon did not answer within 1 second\n/);
});

test('the help says what can be checked', async () => {
  const { status, stdout } = await runLauncher(['check', '--help']);
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}guest-sessions \[guest\] .*\(--warning 80% --critical 95%\)$/m);
});
