import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../events/notifiers/child-server.ts';
import { until } from '../events/notifiers/open-notifiers.ts';
import { startReceiver } from '../events/notifiers/receiver.ts';
import { startRsyslog, valuesOf } from '../events/notifiers/rsyslog.ts';
import { startTestDaemon, temporaryDirectory } from './test-daemon.ts';

test('a full pool is told to a webhook that was away while the daemon was killed, and the journal goes to syslog', async (t) => {
  const directory = temporaryDirectory(t);
  const [hook, log] = [await freePort(), await freePort()];
  const syslog = await startRsyslog(t, { directory, tcp: log });
  const site = `site: devlab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: few, range: 02:1a:3f:00:00:00-02:1a:3f:00:00:03}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
guests:
${[1, 2, 3, 4].map((n) => `  - {name: web${n}, nics: [{segment: dev}]}`).join('\n')}
alerts:
  notifiers:
    - {name: hook, kind: webhook, url: 'http://127.0.0.1:${hook}/'}
    - {name: siem, kind: syslog, server: 127.0.0.1, port: ${log}, transport: tcp, audit: true, onlyNamed: true}
`;
  const first = await startTestDaemon(t, directory);
  await first.client.apply({ site });
  assert.equal((await first.client.alerts.test('hook')).ok, false);
  const waits = async () => (await first.client.alerts.notifiers()).find(({ name }) => name === 'hook')?.waiting;
  await until('a message that waits', async () => ((await waits()) ?? 0) > 0, 40);
  await first.end('SIGKILL');
  const receiver = await startReceiver(t, { port: hook });
  const second = await startTestDaemon(t, directory);
  const bodies = await until('the messages', () => receiver.received.length > 0 && receiver.received);
  const body = JSON.parse(bodies[0]?.body ?? '');
  assert.equal(body.data.site, 'devlab');
  assert.equal(body.type, 'alert.fires');
  assert.equal(body.data.alert.subject.pool, 'few');
  assert.match(body.data.alert.text, /pool "few"/);
  await until('the apply in syslog', () => syslog.messages().some((message) => valuesOf(message).kind === 'apply'));
  assert.equal((await second.client.alerts.test('hook')).ok, true);
  assert.equal(await second.end('SIGTERM'), 0);
});

test('a daemon that shall end does not wait for a notifier that does not answer', async (t) => {
  const silent = await startReceiver(t, { answer: () => {} });
  const daemon = await startTestDaemon(t);
  const site = `site: devlab
uplink: {interface: eth0, shared: [203.0.113.10]}
segments: [{name: dev, subnet: 10.77.10.0/24}]
alerts: {notifiers: [{name: hook, kind: webhook, url: 'http://127.0.0.1:${silent.port}/'}]}
`;
  await daemon.client.apply({ site });
  const answer = daemon.client.alerts.test('hook');
  await until('the test message', () => silent.received.length > 0);
  const began = performance.now();
  assert.equal(await daemon.end('SIGTERM'), 0);
  // Without an answer it would be 15 s.
  assert.ok(performance.now() - began < 9_000);
  assert.deepEqual(await answer, { ok: false, text: 'notifier "hook" was not told: the daemon ends' });
});
