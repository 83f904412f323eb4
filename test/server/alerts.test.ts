import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { alertRuleSchema, alertSchema, notifierSchema, silenceSchema } from '../../src/server/schemas/alerts.ts';
import { statusSchema } from '../../src/server/schemas.ts';
import { startTestDaemon } from '../daemon/test-daemon.ts';
import { answerOf, rejectsWith } from './answers.ts';

/** Memory is always used; a notifier that nobody answers. */
const site = `site: lab
pools: [{name: p, range: "02:00:00:00:00:00/40"}]
alerts:
  rules:
    - {name: memory, above: 0.01%, for: 0s}
    - {name: storm, segment: dev, ofOwner: team-a, notify: [hook], action: {limit: 100/second, time: 5m}}
    - {name: violation, guest: web1, only: [spoofed_arp], owner: ops, action: {isolate: 10m}}
  notifiers: [{name: hook, kind: webhook, url: "http://127.0.0.1:1/"}]
uplink: {interface: eth0, shared: [203.0.113.10]}
segments: [{name: dev, subnet: 10.0.0.0/24}]
guests: [{name: web1, owner: team-a, nics: [{segment: dev}]}]
`;

test('alerts, rules, silences and notifiers are answered as the OpenAPI document says', async (t) => {
  const { client } = await startTestDaemon(t);
  await client.apply({ site });
  const alerts = () => answerOf(client.alerts.list({ rule: 'memory' }), z.array(alertSchema.strict()));
  for (let i = 0; i < 400 && (await alerts()).length === 0; i++) await sleep(50);
  const [alert] = await alerts();
  assert.equal(alert?.state, 'firing');
  assert.equal((await answerOf(client.status(), statusSchema)).alerts.firing, 1);
  const acknowledged = await answerOf(client.alerts.acknowledge(alert.id, 'on it'), alertSchema);
  assert.deepEqual([acknowledged.acknowledged?.who, acknowledged.acknowledged?.reason], ['tester', 'on it']);

  const rules = await answerOf(client.alerts.rules(), z.array(alertRuleSchema.strict()));
  assert.deepEqual(rules.find(({ name }) => name === 'violation')?.only, ['spoofed_arp']);
  const order = { rule: 'memory', seconds: 60, reason: 'known' };
  const silence = await answerOf(client.alerts.silence(order), silenceSchema);
  assert.deepEqual(await answerOf(client.alerts.silences(), z.array(silenceSchema.strict())), [silence]);
  assert.equal((await alerts())[0]?.silencedBy, silence.id);
  await answerOf(client.alerts.unsilence(silence.id), silenceSchema);
  const [notifier] = await answerOf(client.alerts.notifiers(), z.array(notifierSchema.strict()));
  assert.equal(notifier?.name, 'hook');
  assert.equal((await client.alerts.test('hook')).ok, false);
});

test('orders that make no sense are refused with a reason', async (t) => {
  const { client } = await startTestDaemon(t);
  await client.apply({ site });
  const { alerts } = client;
  await assert.rejects(alerts.acknowledge(4711, 'x'), rejectsWith('not-found', /there is no alert 4711/));
  await assert.rejects(alerts.acknowledge(1, ''), rejectsWith('request-invalid', /reason/));
  await assert.rejects(alerts.silence({ seconds: 1, reason: 'x' }), rejectsWith('request-invalid', /seconds/));
  await assert.rejects(alerts.silence({ seconds: 60, reason: 'a\u001b[2J' }), rejectsWith('request-invalid', /reason/));
  await assert.rejects(alerts.silence({ guest: 'web2', seconds: 60, reason: 'x' }), rejectsWith('not-found', /"web1"/));
  await assert.rejects(alerts.unsilence(4711), rejectsWith('not-found', /there is no silence 4711/));
  await assert.rejects(alerts.test('hoook'), rejectsWith('not-found', /"hook"/));
});
