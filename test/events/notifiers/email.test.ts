import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Notifier } from '../../../src/model/alert-rule.ts';
import { type Authority, createAuthority } from './authority.ts';
import { startChild } from './child-server.ts';
import {
  alertMessage,
  notifier,
  openNotifiers,
  type Scope,
  secretFile,
  temporaryDirectory,
  until,
} from './open-notifiers.ts';

interface Letter {
  readonly from: string;
  readonly to: string[];
  /** As Python's email package reads them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly encrypted: boolean;
  readonly user: string | null;
}

/** Debian's aiosmtpd in a process of its own. */
async function startMailServer(scope: Scope, ...args: string[]) {
  const server = startChild(scope, '/usr/bin/python3', [join(import.meta.dirname, 'smtp-server.py'), ...args]);
  const first = await until(`the mail server: ${server.errors}`, () => server.lines[0]);
  const { port } = JSON.parse(first) as { port: number };
  const letters = (): Letter[] => server.lines.slice(1).map((line) => JSON.parse(line) as Letter);
  return { ...server, port, letters };
}

const pairArgs = (authority: Authority, names: string): string[] => {
  const { cert, key } = authority.issue('mail', names);
  return ['--cert', cert, '--key', key];
};

type Email = Extract<Notifier, { kind: 'email' }>;

function mail(port: number, changes: Partial<Email>): Notifier {
  const usual = {
    kind: 'email',
    server: 'localhost',
    port,
    security: 'none',
    from: 'bk@gateway.test',
    to: ['ops@example.org'],
  } as const;
  return notifier('mail', { ...usual, ...changes });
}

test('e-mail goes over STARTTLS with a login, in one thread for each alert, with a subject of one line', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const login = ['--user', 'bk', '--password', 'correct horse'];
  const server = await startMailServer(t, '--tls', 'starttls', ...pairArgs(authority, 'DNS:localhost'), ...login);
  const passwordFile = secretFile(directory, 'password', 'correct horse\n');
  const tls = { security: 'starttls', caFile: authority.caFile, user: 'bk', passwordFile } as const;
  const { notifiers, log } = await openNotifiers(t, directory, [mail(server.port, tls)]);
  await notifiers.deliver(alertMessage(4, { text: 'guest "wéb"\r\nBcc: evil@example.org\r\n\r\nhello' }));
  await notifiers.deliver(alertMessage(4, {}, 'over'));
  await until('both letters', () => notifiers.views()[0]?.sent === 2);
  const [fires, over] = server.letters();
  assert.ok(fires?.encrypted && fires.user === 'bk');
  assert.deepEqual(fires.to, ['ops@example.org']);
  assert.equal(fires.from, 'bk@gateway.test');
  assert.equal(fires.headers.bcc, undefined);
  assert.match(fires.headers.subject ?? '', /^\[devlab on .+\] CRITICAL: guest "wéb" Bcc: evil@example\.org hello$/);
  assert.equal(fires?.headers['auto-submitted'], 'auto-generated');
  assert.match(over?.headers.subject ?? '', /^\[.+\] Over: port "vnet4" sends/);
  assert.match(fires?.headers['message-id'] ?? '', /^<[A-Za-z0-9.-]+-4-fires-[a-z0-9]+@[A-Za-z0-9.-]+>$/);
  assert.notEqual(fires?.headers['message-id'], over?.headers['message-id']);
  assert.equal(fires?.headers.references, over?.headers.references);
  secretFile(directory, 'password', 'wrong horse\n');
  const { ok, text } = await notifiers.test('mail');
  assert.equal(ok, false);
  assert.match(text, /mail server "localhost:\d+": .*535/);
  assert.doesNotMatch(JSON.stringify([text, log, notifiers.views()]), /horse/);
});

test('a server without STARTTLS, with the certificate of somebody else, or with a plain password is not told', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const other = createAuthority(directory, 'other');
  const plain = await startMailServer(t);
  const wrong = await startMailServer(t, '--tls', 'tls', ...pairArgs(other, 'DNS:localhost'));
  const passwordFile = secretFile(directory, 'password', 'correct horse');
  const says = async (name: string, settings: Notifier, words: RegExp): Promise<void> => {
    const { notifiers, close } = await openNotifiers(t, join(directory, name), [settings]);
    const { ok, text } = await notifiers.test('mail');
    assert.equal(ok, false, name);
    assert.match(text, words);
    await close();
  };
  await says('starttls', mail(plain.port, { security: 'starttls' }), /STARTTLS|TLS/);
  await says('wrong', mail(wrong.port, { security: 'tls', caFile: authority.caFile }), /certificate/);
  const clear = { server: '192.0.2.1', user: 'bk', passwordFile } as const;
  await says(
    'clear',
    mail(plain.port, clear),
    /the password would go to "192\.0\.2\.1" in clear; expected "security: starttls"/,
  );
  assert.equal(plain.letters().length + wrong.letters().length, 0);
});

test('a certificate of another name or address is refused, over TLS and over STARTTLS', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const pair = pairArgs(authority, 'DNS:localhost');
  for (const security of ['tls', 'starttls'] as const) {
    const server = await startMailServer(t, '--tls', security, ...pair);
    const settings = mail(server.port, { security, caFile: authority.caFile });
    const other = { ...settings, name: 'other', server: '127.0.0.1' } as Notifier;
    const { notifiers, close } = await openNotifiers(t, join(directory, security), [settings, other]);
    assert.equal((await notifiers.test('mail')).ok, true, security);
    const { ok, text } = await notifiers.test('other');
    assert.equal(ok, false, security);
    assert.match(text, /altnames|cert's list/);
    await close();
  }
});

test('e-mail over TLS arrives once the server is back, and each try is the same message', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const pair = pairArgs(authority, 'DNS:localhost,IP:127.0.0.1');
  const first = await startMailServer(t, '--tls', 'tls', ...pair);
  const settings = mail(first.port, { server: '127.0.0.1', security: 'tls', caFile: authority.caFile });
  const { notifiers } = await openNotifiers(t, directory, [settings]);
  assert.equal((await notifiers.test('mail')).ok, true);
  await first.stop();
  await notifiers.deliver(alertMessage(1));
  assert.match(await until('trouble', () => notifiers.views()[0]?.trouble), /ECONNREFUSED/);
  const second = await startMailServer(t, '--tls', 'tls', '--port', String(first.port), ...pair);
  await until('the letter', () => second.letters().length === 1);
  assert.match(second.letters()[0]?.text ?? '', /Seen: {5}02:00:00:00:00:99/);
  await until('no trouble', () => notifiers.views()[0]?.trouble === undefined);
});

test('what a server refuses for its own sake is given up after five tries and counted, and the next letter follows', async (t) => {
  const directory = temporaryDirectory(t);
  const server = await startMailServer(t, '--unknown', 'nobody@example.org');
  const settings = mail(server.port, { to: ['ops@example.org', 'nobody@example.org'] });
  const { notifiers, observations } = await openNotifiers(t, directory, [settings]);
  await notifiers.deliver(alertMessage(1, { text: 'refuse-me' }));
  await notifiers.deliver(alertMessage(2));
  await until('the second', () => notifiers.views()[0]?.sent === 1);
  const [view] = notifiers.views();
  assert.equal(view?.lost, 1);
  assert.match(view?.trouble ?? '', /refused nobody@example\.org/);
  const tries = server.lines.filter((line) => line.includes('"refused"')).length;
  assert.equal(tries, 5);
  assert.match(
    observations.find(({ detail }) => detail === 'lost')?.text ?? '',
    /a message for notifier "mail" is lost: it was refused 5 times/,
  );
});

test('a mail server that says nothing does not hold up the other notifiers', async (t) => {
  const directory = temporaryDirectory(t);
  const server = await startMailServer(t);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const hangs = { ...mail((silent.address() as AddressInfo).port, {}), name: 'hangs' } as Notifier;
  const { notifiers, close } = await openNotifiers(t, directory, [hangs, mail(server.port, {})]);
  await Promise.all([1, 2, 3].map((id) => notifiers.deliver(alertMessage(id))));
  await until('three letters', () => server.letters().length === 3);
  assert.equal(notifiers.views()[0]?.waiting, 3);
  const began = performance.now();
  await close();
  assert.ok(performance.now() - began < 5_000, 'closing waits for nobody');
});
