import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { type AddressInfo, createServer as createTcp } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { Authority, validityOf } from '../../src/access/authority.ts';
import { GivenKeys, OwnKeys, serverNames } from '../../src/access/server-keys.ts';
import { temporaryDirectory } from '../daemon/test-daemon.ts';
import { rejectsWith } from '../server/answers.ts';

const day = 86_400_000;
const names = ['localhost', 'gateway.example', '127.0.0.1', '2001:db8::1'];

test('the authority is made once, for its user alone, and is the same after a restart', async (t) => {
  const directory = join(temporaryDirectory(t), 'access');
  const first = await Authority.open(directory, Date.now);
  const second = await Authority.open(directory, Date.now);
  assert.equal(second.certificate, first.certificate);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.equal(statSync(join(directory, 'authority.pem')).mode & 0o777, 0o600);
  const { ca, subject, issuer } = new X509Certificate(first.certificate);
  assert.equal(ca, true);
  assert.equal(subject, issuer);
});

test('a damaged authority is not replaced in silence', async (t) => {
  const directory = temporaryDirectory(t);
  await Authority.open(directory, Date.now);
  const path = join(directory, 'authority.pem');
  const whole = readFileSync(path, 'utf8');
  for (const text of [
    '',
    'nonsense',
    whole.slice(0, 300),
    whole.replace(/.{20}\n-----END PRIVATE/, '\n-----END PRIVATE'),
  ]) {
    writeFileSync(path, text);
    await assert.rejects(
      Authority.open(directory, Date.now),
      rejectsWith('value-invalid', /does not hold a private key/),
    );
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});

test('an authority made while the clock was at 1970, or far ahead, holds today', async (t) => {
  for (const clock of [0, Date.UTC(2100, 0, 1)]) {
    const { certificate } = await Authority.open(temporaryDirectory(t), () => clock);
    const { from, until } = validityOf(certificate);
    assert.ok(from < Date.now() && until > Date.now() + 365 * day, new Date(clock).toISOString());
  }
});

test("the server's certificate is for the names that it is given, and counts for no client", async (t) => {
  const authority = await Authority.open(temporaryDirectory(t), Date.now);
  const pair = await authority.issueForServer(names, 90);
  const leaf = new X509Certificate(pair.certificate);
  assert.equal(leaf.ca, false);
  assert.ok(authority.signed(pair.certificate));
  for (const name of ['localhost', 'gateway.example']) assert.equal(leaf.checkHost(name), name);
  for (const ip of ['127.0.0.1', '2001:db8::1']) assert.equal(leaf.checkIP(ip), ip);
  assert.equal(leaf.checkHost('other.example'), undefined);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(await verdictOf(authority, pair.certificate, pair.key), 'INVALID_PURPOSE');
});

test("a client's certificate counts for a client, and for no server", async (t) => {
  const authority = await Authority.open(temporaryDirectory(t), Date.now);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const certificate = await authority.issueForClient('edge', publicKey, 1);
  assert.deepEqual(new X509Certificate(certificate).keyUsage, ['1.3.6.1.5.5.7.3.2']);
  assert.equal(await verdictOf(authority, certificate, key), 'authorized');
  const expired = await (await Authority.open(temporaryDirectory(t), Date.now)).issueForClient(
    'edge',
    createPublicKey(key),
    1,
  );
  assert.notEqual(await verdictOf(authority, expired, key), 'authorized');
});

/** What a TLS server that believes the authority says of a client's certificate. */
async function verdictOf(authority: Authority, cert: string, key: string): Promise<string> {
  const own = await authority.issueForServer(['127.0.0.1'], 1);
  const server = createServer({
    cert: own.certificate,
    key: own.key,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, ca: authority.certificate, cert, key });
  const [socket] = await once(server, 'secureConnection');
  const verdict = socket.authorized ? 'authorized' : String(socket.authorizationError);
  client.destroy();
  server.close();
  return verdict;
}

test('the certificate is kept over a restart, and made anew 30 days before it ends or when a name is added', async (t) => {
  const directory = temporaryDirectory(t);
  let now = Date.now();
  let wanted = names;
  const authority = await Authority.open(directory, () => now);
  const open = () =>
    new OwnKeys(
      authority,
      directory,
      () => wanted,
      () => now,
    );
  const keys = open();
  const first = await keys.look();
  assert.deepEqual(await keys.look(), first);
  assert.deepEqual(await open().look(), first);
  now += 59 * day;
  assert.deepEqual(await keys.look(), first);
  now += 2 * day;
  const second = await keys.look();
  assert.notEqual(second.certificate, first.certificate);
  assert.notEqual(second.key, first.key);
  wanted = [...names, 'new.example'];
  const third = await keys.look();
  assert.equal(new X509Certificate(third.certificate).checkHost('new.example'), 'new.example');
  // A clock that goes far back: the certificate does not hold yet.
  now -= 300 * day;
  assert.ok(validityOf((await keys.look()).certificate).from <= now);
});

test('names of the host that no certificate can hold are left out', () => {
  const found = serverNames(['192.0.2.1', '::1'], ['gateway.example', 'not a name', '*.example', 'x'.repeat(300)]);
  assert.ok(found.includes('192.0.2.1') && found.includes('gateway.example') && found.includes('localhost'));
  assert.ok(found.every((name) => /^[a-z0-9_.:-]{1,253}$/.test(name)));
  assert.equal(new Set(found).size, found.length);
});

test('given files are read again when they change; a pair that does not fit is refused and says why', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = await Authority.open(directory, Date.now);
  const files = { certificate: join(directory, 'fullchain.pem'), key: join(directory, 'privkey.pem') };
  const give = (pair: { certificate: string; key: string }): void => {
    writeFileSync(files.certificate, pair.certificate);
    writeFileSync(files.key, pair.key);
  };
  const keys = new GivenKeys(files);
  await assert.rejects(keys.look(), rejectsWith('value-invalid', /cannot be read: ENOENT/));
  const first = await authority.issueForServer(names, 90);
  give(first);
  assert.equal(await keys.look(), await keys.look());
  const second = await authority.issueForServer(names, 90);
  give({ certificate: second.certificate, key: first.key });
  await assert.rejects(keys.look(), rejectsWith('value-invalid', /is not the one of certificate/));
  give(second);
  assert.deepEqual(await keys.look(), second);
  give({ certificate: 'nonsense', key: second.key });
  await assert.rejects(keys.look(), rejectsWith('value-invalid', /cannot be read as PEM/));
});

test('a port that is taken is told', async (t) => {
  const server = createTcp().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { runLauncher } = await import('../cli/run-launcher.ts');
  const directory = temporaryDirectory(t);
  const words = ['daemon', '--driver', 'none', '--state', join(directory, 'state'), '--socket', join(directory, 's')];
  const taken = await runLauncher([...words, '--listen', `127.0.0.1:${port}`]);
  assert.equal(taken.status, 2);
  assert.match(taken.stderr, /Cannot listen at "127\.0\.0\.1:\d+": something else listens there already/);
  const unread = await runLauncher([...words, '--listen', 'localhost']);
  assert.equal(unread.status, 2);
  assert.match(unread.stderr, /--listen "localhost" cannot be read.*expected ADDRESS:PORT/s);
  const half = await runLauncher([...words, '--tls-key', '/dev/null']);
  assert.match(half.stderr, /--tls-certificate and --tls-key belong together/);
});
