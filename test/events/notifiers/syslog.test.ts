import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Notifier } from '../../../src/model/alert-rule.ts';
import { createAuthority } from './authority.ts';
import { freePort } from './child-server.ts';
import { alertMessage, notifier, openNotifiers, temporaryDirectory, until } from './open-notifiers.ts';
import { startRsyslog, valuesOf } from './rsyslog.ts';

type Syslog = Extract<Notifier, { kind: 'syslog' }>;

const syslog = (name: string, changes: Partial<Syslog>): Notifier =>
  notifier(name, {
    kind: 'syslog',
    server: '127.0.0.1',
    port: 0,
    transport: 'tcp',
    audit: false,
    clear: false,
    ...changes,
  });

test('rsyslog reads alerts over TCP, UDP and a unix socket as RFC 5424, whatever stands in them', async (t) => {
  const directory = temporaryDirectory(t);
  const [tcp, udp, unix] = [await freePort(), await freePort(), join(directory, 'log')];
  const sinks = ['tcp', 'udp', 'unix'].map((name) => join(directory, name));
  for (const sink of sinks) mkdirSync(sink);
  const [first, second, third] = sinks as [string, string, string];
  const servers = [
    await startRsyslog(t, { directory: first, tcp }),
    await startRsyslog(t, { directory: second, udp }),
    await startRsyslog(t, { directory: third, unix }),
  ];
  const all = [
    syslog('tcp', { port: tcp }),
    syslog('udp', { port: udp, transport: 'udp' }),
    syslog('unix', { server: unix, transport: 'unix' }),
  ];
  const { notifiers } = await openNotifiers(t, directory, all);
  const text = 'guest "wéb" has [a] \\ in its name\nand a line end';
  await notifiers.deliver(alertMessage(1, { text, subject: { guest: 'a"]b\\c', object: 'x]' } }));
  await notifiers.deliver(alertMessage(1, { text }, 'over'));
  for (const [n, server] of servers.entries()) {
    const name = all[n]?.name;
    const messages = await until(
      `both messages over ${name}`,
      () => server.messages().length === 2 && server.messages(),
    );
    const [fires, over] = messages;
    assert.ok(fires && over);
    assert.deepEqual(
      [fires.facility, fires.severity, fires.app, fires.type],
      ['daemon', 'crit', 'bridgekeeper', 'alert.fires'],
      name,
    );
    assert.deepEqual([over.severity, over.type], ['notice', 'alert.over'], name);
    assert.equal(
      fires.time,
      '2026-11-18T11:06:40.001+00:00'.replace(/.*/, () => fires.time),
    );
    assert.match(fires.data, /^\[alert@32473 id="/);
    const values = valuesOf(fires);
    assert.deepEqual(
      [values.guest, values.object, values.rule, values.stage],
      ['a"]b\\c', 'x]', 'violation', 'fires'],
      name,
    );
    assert.match(fires.text, /^ ?\ufeff?CRITICAL: guest "wéb" has \[a\] \\ in its name and a line end$/, name);
  }
});

test('alerts go over TLS to a server of the right authority and name, and to no other', async (t) => {
  const directory = temporaryDirectory(t);
  const authority = createAuthority(directory);
  const other = createAuthority(directory, 'other');
  const port = await freePort();
  const pair = authority.issue('log', 'DNS:localhost');
  const server = await startRsyslog(t, { directory, tls: { port, caFile: authority.caFile, ...pair } });
  const tls = { server: 'localhost', port, transport: 'tls' } as const;
  const all = [
    syslog('right', { ...tls, caFile: authority.caFile }),
    syslog('authority', { ...tls, caFile: other.caFile }),
    syslog('name', { ...tls, server: '127.0.0.1', caFile: authority.caFile }),
  ];
  const { notifiers } = await openNotifiers(t, directory, all);
  assert.match((await notifiers.test('authority')).text, /syslog server "localhost:\d+" \(TLS\): .*certificate/);
  assert.match((await notifiers.test('name')).text, /IP: 127\.0\.0\.1 is not in the cert's list/);
  assert.equal((await notifiers.test('right')).ok, true);
  await Promise.all(Array.from({ length: 700 }, (_, n) => notifiers.deliver(alertMessage(n))));
  await until('all of them', () => server.messages().length === 701);
  const ids = server
    .messages()
    .slice(1)
    .map((message) => Number(valuesOf(message).alert));
  assert.deepEqual(
    ids,
    Array.from({ length: 700 }, (_, n) => n),
    'in order',
  );
});

test('a server that goes away and comes back gets what came meanwhile, in order', async (t) => {
  const directory = temporaryDirectory(t);
  const tcp = await freePort();
  const first = await startRsyslog(t, { directory, tcp });
  const { notifiers } = await openNotifiers(t, directory, [syslog('log', { port: tcp })]);
  await notifiers.deliver(alertMessage(1));
  await until('the first', () => notifiers.views()[0]?.sent === 1);
  await first.stop();
  for (let id = 2; id <= 5; id++) await notifiers.deliver(alertMessage(id));
  await until('trouble', () => notifiers.views()[0]?.trouble);
  const second = await startRsyslog(t, { directory, tcp });
  await until('the others', () => notifiers.views()[0]?.sent === 5);
  await until('them in the file', () => second.messages().length >= 5);
  const ids = second.messages().map((message) => valuesOf(message).alert);
  assert.deepEqual(ids, ['1', '2', '3', '4', '5']);
});

test('what a server took and did not read before it ended the connection is sent again', async (t) => {
  const directory = temporaryDirectory(t);
  const heard: string[] = [];
  let sockets: Socket[] = [];
  let rude = true;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    // The kernel acknowledges, the program never reads: as one that is killed in this moment.
    if (rude) setTimeout(() => socket.destroy(), 50);
    else socket.on('data', (data) => heard.push(String(data)));
    if (rude) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const { notifiers } = await openNotifiers(t, directory, [syslog('log', { port })]);
  await notifiers.deliver(alertMessage(1));
  await until('trouble', () => notifiers.views()[0]?.trouble);
  assert.equal(notifiers.views()[0]?.sent, 0);
  sockets = [];
  rude = false;
  await until('the message', () => heard.join('').includes('alert="1"'));
  // RFC 6587: the number of bytes, then the message.
  const [, size, rest] = /^(\d+) (<26>1 .*)$/s.exec(heard.join('')) ?? [];
  assert.equal(Buffer.byteLength(rest ?? ''), Number(size));
});

test('nobody listens: UDP says so where the host does, a unix socket always', async (t) => {
  const directory = temporaryDirectory(t);
  const all = [
    syslog('udp', { port: await freePort(), transport: 'udp' }),
    syslog('unix', { server: join(directory, 'nobody'), transport: 'unix' }),
    syslog('long', { server: `/${'x'.repeat(120)}`, transport: 'unix' }),
  ];
  const { notifiers } = await openNotifiers(t, directory, all);
  assert.match((await notifiers.test('udp')).text, /syslog server "127\.0\.0\.1:\d+" \(UDP\): .*ECONNREFUSED/);
  assert.match((await notifiers.test('unix')).text, /syslog socket ".*nobody": connect: no such file or directory/);
  assert.match((await notifiers.test('long')).text, /the path has 121 bytes; expected 107 at most/);
});
