import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConnection } from '../../../src/cli/read-connection.ts';
import { temporaryDirectory } from '../../daemon/test-daemon.ts';
import { startTlsDaemon } from '../../server/access/tls-daemon.ts';
import { rejectsWith } from '../../server/answers.ts';
import { runLauncher } from '../run-launcher.ts';

test('a token and a certificate are issued, used from elsewhere, listed and revoked by commands', async (t) => {
  const daemon = await startTlsDaemon(t);
  const at = (name: string): string => join(daemon.directory, name);
  const here = (...words: string[]) => runLauncher(['access', ...words, '--socket', daemon.socket]);

  const token = await here('token', 'ci', '--role', 'viewer', '--file', at('ci.token'));
  assert.equal(token.status, 0, token.stderr);
  assert.equal(statSync(at('ci.token')).mode & 0o777, 0o600);
  assert.doesNotMatch(token.stdout + token.stderr, /bk_t/);
  const again = await here('token', 'ci', '--role', 'viewer', '--file', at('ci.token'));
  assert.equal(again.status, 2);
  assert.match(again.stderr, /is there already; expected a new one/);

  const issued = await here('issue', 'alice', '--role', 'operator', '--out', at('alice'), '--json');
  assert.equal(issued.status, 0, issued.stderr);
  assert.equal(statSync(at('alice.pem')).mode & 0o777, 0o600);
  assert.match(readFileSync(at('alice.pem'), 'utf8'), /PRIVATE KEY-----[\s\S]*BEGIN CERTIFICATE/);

  const server = ['--server', `https://localhost:${daemon.port}`, '--ca', at('alice-ca.pem')];
  const shown = await Promise.all([
    runLauncher(['status', ...server, '--certificate', at('alice.pem')]),
    runLauncher(['leases', '--json'], {
      env: {
        BRIDGEKEEPER_SERVER: `https://127.0.0.1:${daemon.port}`,
        BRIDGEKEEPER_CA: at('alice-ca.pem'),
        BRIDGEKEEPER_TOKEN_FILE: at('ci.token'),
      },
    }),
    runLauncher(['confirm', ...server, '--token-file', at('ci.token')]),
    runLauncher(['status', '--server', `https://localhost:${daemon.port}`, '--token-file', at('ci.token')]),
  ]);
  assert.deepEqual(
    shown.map(({ status }) => status),
    [0, 0, 1, 1],
    shown.map(({ stderr }) => stderr).join(''),
  );
  assert.match(shown[2].stderr, /POST \/v1\/confirm needs role operator; "ci" is viewer/);
  assert.match(shown[3].stderr, /signed by nobody who is believed here; name the daemon's authority with --ca/);

  const { id } = JSON.parse(issued.stdout);
  const list = await here('list');
  assert.match(list.stdout, new RegExp(`${id} +certificate +alice +operator .* from 127\\.0\\.0\\.1`));
  assert.equal((await here('revoke', id)).status, 0);
  const refused = await runLauncher(['status', ...server, '--certificate', at('alice.pem')]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /not one that was issued here, or it was revoked/);
});

test('who keeps his own key gets a certificate for it; when nothing is issued no file is left', async (t) => {
  const daemon = await startTlsDaemon(t);
  const at = (name: string): string => join(daemon.directory, name);
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(at('public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(at('private.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const here = (name: string, ...words: string[]) =>
    runLauncher(['access', 'issue', name, '--role', 'viewer', '--out', at(name), ...words, '--socket', daemon.socket]);
  assert.equal((await here('own', '--public-key', at('public.pem'))).status, 0);
  assert.doesNotMatch(readFileSync(at('own.pem'), 'utf8'), /PRIVATE/);
  const sent = await here('leaked', '--public-key', at('private.pem'));
  assert.equal(sent.status, 2);
  assert.match(sent.stderr, /is no "BEGIN PUBLIC KEY"/);
  assert.equal((await here('tenant', '--owner', 'Team A')).status, 2);
  for (const name of ['leaked.pem', 'leaked-ca.pem', 'tenant.pem']) assert.ok(!existsSync(at(name)), name);
});

test('how a daemon is reached: options before the environment, secrets for nobody else to read', (t) => {
  const directory = temporaryDirectory(t);
  const token = `bk_tabcdefgh2345_${'x'.repeat(43)}`;
  const file = (name: string, text: string, mode: number): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const tokenFile = file('token', `${token}\n`, 0o600);
  const ca = file('ca.pem', 'CA', 0o644);
  const both = file('both.pem', 'BOTH', 0o600);
  const server = 'https://gw.example:8443';

  assert.equal(readConnection({}, {}), undefined);
  assert.equal(readConnection({ socket: '/x' }, { BRIDGEKEEPER_SERVER: server }), undefined);
  assert.deepEqual(readConnection({}, { BRIDGEKEEPER_SERVER: server, BRIDGEKEEPER_CA: ca }), { server, ca: 'CA' });
  assert.deepEqual(readConnection({ server: 'https://other', certificate: both }, { BRIDGEKEEPER_SERVER: server }), {
    server: 'https://other',
    certificate: 'BOTH',
    key: 'BOTH',
  });
  const { socket, token: shown } = { token: '', ...readConnection({ socket: '/x', tokenFile }, {}) } as never as {
    socket: string;
    token: string;
  };
  assert.deepEqual([socket, shown], ['/x', token]);

  const refused: [Parameters<typeof readConnection>[0], RegExp][] = [
    [{ server, socket: '/x' }, /name two daemons/],
    [{ certificate: both }, /--certificate goes with --server/],
    [{ server, key: both }, /--key goes with --certificate/],
    [{ server, tokenFile: file('open', token, 0o640) }, /has mode 0640, so others .* expected 0600/],
    [{ server, tokenFile: file('empty', '', 0o600) }, /does not hold one token/],
    [{ server, tokenFile: join(directory, 'none') }, /cannot be read: ENOENT/],
    [{ server, certificate: ca, key: file('key', 'KEY', 0o644) }, /Private key .* has mode 0644/],
  ];
  for (const [options, pattern] of refused)
    assert.throws(() => readConnection(options, {}), rejectsWith('value-invalid', pattern));
});
