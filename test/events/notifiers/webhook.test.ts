import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAuthority, readPair } from './authority.ts';
import { alertMessage, notifier, openNotifiers, secretFile, temporaryDirectory, until } from './open-notifiers.ts';
import { type Received, startReceiver } from './receiver.ts';

const newKey = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** HMAC-SHA-256 by openssl: nothing of ours takes part. */
function signByOpenssl(key: string, { headers, body }: Received): string {
  const hex = Buffer.from(key.slice('whsec_'.length), 'base64').toString('hex');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const args = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${hex}`, '-binary'];
  return `v1,${execFileSync('openssl', args, { input: signed }).toString('base64')}`;
}

test('a webhook gets the alert as JSON over HTTPS, signed as Standard Webhooks has it', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const receiver = await startReceiver(t, { pair: readPair(authority.issue('hook', 'DNS:localhost')) });
  const keys = [newKey(), newKey()];
  const secret = secretFile(directory, 'secret', `${keys.join('\n')}\n`);
  const hook = notifier('hook', {
    kind: 'webhook',
    url: `https://localhost:${receiver.port}/alerts?from=bk`,
    secretFile: secret,
    caFile: authority.caFile,
  });
  const { notifiers } = await openNotifiers(t, directory, [hook]);
  await notifiers.deliver(alertMessage(7));
  const [request] = await until('the request', () => receiver.received.length > 0 && receiver.received);
  assert.ok(request);
  assert.equal(request.method, 'POST');
  assert.equal(request.path, '/alerts?from=bk');
  const body = JSON.parse(request.body);
  assert.equal(body.type, 'alert.fires');
  assert.equal(body.data.alert.id, 7);
  assert.deepEqual(body.data.alert.subject, alertMessage(7).alert.subject);
  assert.equal(body.data.id, request.headers['webhook-id']);
  assert.ok(Math.abs(Number(request.headers['webhook-timestamp']) - Date.now() / 1000) < 60);
  assert.equal(request.headers['webhook-signature'], keys.map((key) => signByOpenssl(key, request)).join(' '));
  await until('the count', () => notifiers.views()[0]?.sent === 1);
  assert.deepEqual(Object.keys(notifiers.views()[0] ?? {}).toSorted(), [
    'kind',
    'lastSent',
    'lost',
    'name',
    'sent',
    'waiting',
  ]);
});

test('a server of another authority is not told, and the same message arrives once its certificate is right', async (t) => {
  const directory = temporaryDirectory(t);
  const right = createAuthority(directory);
  const wrong = createAuthority(directory, 'other');
  const impostor = await startReceiver(t, { pair: readPair(wrong.issue('hook', 'DNS:localhost')) });
  const hook = notifier('hook', { kind: 'webhook', url: `https://localhost:${impostor.port}/`, caFile: right.caFile });
  const { notifiers, log, observations } = await openNotifiers(t, directory, [hook]);
  assert.match((await notifiers.test('hook')).text, /"localhost:\d+" cannot be told: .*certificate/);
  await notifiers.deliver(alertMessage(1));
  const trouble = await until('trouble', () => notifiers.views()[0]?.trouble);
  assert.match(trouble, /certificate/);
  await until('an event of it', () => observations.find(({ lasts }) => lasts === 'begins'));
  assert.equal(impostor.received.length, 0);
  await impostor.close();
  const honest = await startReceiver(t, { port: impostor.port, pair: readPair(right.issue('hook', 'DNS:localhost')) });
  await until('the message', () => honest.received.length > 0);
  await until('the end of the trouble', () => observations.find(({ lasts }) => lasts === 'over'));
  assert.equal(notifiers.views()[0]?.trouble, undefined);
  assert.equal(log.filter((line) => line.includes('is not told')).length, 1);
  assert.equal(log.filter((line) => line.includes('is told again')).length, 1);
});

test('without a CA file the CAs of the system are trusted, as they are at that moment', async (t) => {
  const directory = temporaryDirectory(t);
  const [authority, other] = [createAuthority(directory), createAuthority(directory, 'other')];
  const receiver = await startReceiver(t, { pair: readPair(authority.issue('hook', 'DNS:localhost')) });
  const hook = notifier('hook', { kind: 'webhook', url: `https://localhost:${receiver.port}/` });
  const { notifiers } = await openNotifiers(t, directory, [hook]);
  assert.match((await notifiers.test('hook')).text, /certificate/);
  t.after(() => delete process.env.SSL_CERT_FILE);
  process.env.SSL_CERT_FILE = join(directory, 'bundle.pem');
  copyFileSync(other.caFile, process.env.SSL_CERT_FILE);
  assert.equal((await notifiers.test('hook')).ok, false);
  writeFileSync(process.env.SSL_CERT_FILE, readFileSync(other.caFile, 'utf8') + readFileSync(authority.caFile, 'utf8'));
  assert.equal((await notifiers.test('hook')).ok, true);
});

test('a certificate for another name is refused', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const receiver = await startReceiver(t, { pair: readPair(authority.issue('hook', 'DNS:elsewhere.example')) });
  const hook = notifier('hook', {
    kind: 'webhook',
    url: `https://localhost:${receiver.port}/`,
    caFile: authority.caFile,
  });
  const { notifiers } = await openNotifiers(t, directory, [hook]);
  const { ok, text } = await notifiers.test('hook');
  assert.equal(ok, false);
  assert.match(text, /does not match certificate's altnames/);
});

test('429 with Retry-After is honoured, and every try bears the same id', async (t) => {
  const directory = temporaryDirectory(t);
  const times: number[] = [];
  const receiver = await startReceiver(t, {
    answer: (_request, response, count) => {
      times.push(performance.now());
      if (count === 1) response.writeHead(429, { 'Retry-After': '2' }).end('slow down');
      else response.writeHead(200).end('ok');
    },
  });
  const hook = notifier('hook', { kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/` });
  const { notifiers } = await openNotifiers(t, directory, [hook]);
  await notifiers.deliver(alertMessage(1));
  // Comes meanwhile, and must not break the peace.
  await until('the first try', () => times.length > 0);
  await notifiers.deliver(alertMessage(2));
  await until('both messages', () => notifiers.views()[0]?.sent === 2);
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  assert.equal(ids[0], ids[1]);
  assert.notEqual(ids[1], ids[2]);
  assert.ok((times[1] as number) - (times[0] as number) >= 1_900);
});

test('redirects are not followed, answers without end are not read, and what a secret file is wrong with is said', async (t) => {
  const directory = temporaryDirectory(t);
  const elsewhere = await startReceiver(t);
  const receiver = await startReceiver(t, {
    answer: ({ path }, response) => {
      if (path === '/redirect') response.writeHead(307, { Location: `http://127.0.0.1:${elsewhere.port}/` }).end();
      else {
        response.writeHead(500);
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', more);
        more();
      }
    },
  });
  const url = (path: string) => `http://127.0.0.1:${receiver.port}/${path}`;
  const open = secretFile(directory, 'open', newKey());
  chmodSync(open, 0o644);
  const all = [
    notifier('redirect', { kind: 'webhook', url: url('redirect') }),
    notifier('endless', { kind: 'webhook', url: url('endless') }),
    notifier('open', { kind: 'webhook', url: url(''), secretFile: open }),
    notifier('missing', { kind: 'webhook', url: url(''), secretFile: join(directory, 'missing') }),
    notifier('weak', { kind: 'webhook', url: url(''), secretFile: secretFile(directory, 'weak', 'hunter2hunter2') }),
    notifier('empty', { kind: 'webhook', url: url(''), secretFile: secretFile(directory, 'empty', '\n') }),
    notifier('no-ca', { kind: 'webhook', url: 'https://127.0.0.1:1/', caFile: open }),
  ];
  const { notifiers, log } = await openNotifiers(t, directory, all);
  const says = async (name: string, words: RegExp): Promise<void> => {
    const { ok, text } = await notifiers.test(name);
    assert.equal(ok, false, name);
    assert.match(text, words);
  };
  await says('redirect', /answered 307, which leads elsewhere; redirects are not followed/);
  await says('endless', /answered 500: x+…$/);
  await says('open', /can be read by everybody \(mode 644\); expected mode 600: chmod 600/);
  await says('missing', /secret file ".*missing" does not exist/);
  await says('weak', /key 1 in secret file ".*weak" is none; expected "whsec_"/);
  await says('empty', /secret file ".*empty" is empty/);
  await says('no-ca', /CA file ".*open" holds no certificate/);
  assert.equal(elsewhere.received.length, 0);
  assert.doesNotMatch(JSON.stringify([log, notifiers.views()]), /hunter2/);
  await assert.rejects(notifiers.test('redirct'), /there is no notifier "redirct"; did you mean "redirect"\?/);
  writeFileSync(open, '');
});
