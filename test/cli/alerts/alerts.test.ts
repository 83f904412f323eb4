import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertView } from '../../../src/client/alerts.ts';
import { startTestDaemon, type TestDaemon, temporaryDirectory } from '../../daemon/test-daemon.ts';
import { startReceiver } from '../../events/notifiers/receiver.ts';
import { runLauncher } from '../run-launcher.ts';

/** Memory is always used, so this rule is an alert as soon as it was looked at. */
const siteOf = (port: number): string => `site: lab
pools: [{name: p, range: "02:00:00:00:00:00/40"}]
alerts:
  rules: [{name: memory, above: 0.01%, for: 0s, owner: ops}]
  notifiers: [{name: hook, kind: webhook, url: "http://127.0.0.1:${port}/"}]
`;

async function until<T>(what: string, find: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const found = await find();
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error(`waited for too long: ${what}`);
}

const memoryAlert = (daemon: TestDaemon): Promise<AlertView> =>
  until('the alert', async () => (await daemon.client.alerts.list({ rule: 'memory', state: 'firing' }))[0]);

describe('bridgekeeper alerts', () => {
  test('lists, acknowledges, silences and tells of rules and notifiers', async (t) => {
    const receiver = await startReceiver(t);
    const daemon = await startTestDaemon(t);
    await daemon.client.apply({ site: siteOf(receiver.port) });
    const bridgekeeper = async (...words: string[]) => {
      const result = await runLauncher(words, { env: { BRIDGEKEEPER_SOCKET: daemon.socket, TZ: 'UTC' } });
      assert.equal(result.status, 0, result.stderr);
      return result.stdout;
    };
    const alert = await memoryAlert(daemon);
    await until('it was told', async () => receiver.received[0]);

    const table = await bridgekeeper('alerts');
    assert.match(table, /^id +severity +state +rule +about +owner +since +what$/m);
    assert.match(
      table,
      new RegExp(`^${alert.id} +warning +firing +memory +host +- .* the memory of the host: at `, 'm'),
    );
    assert.match(await bridgekeeper('status'), /^alerts +1 \(0 critical, 0 acknowledged\): bridgekeeper alerts$/m);
    const [json] = JSON.parse(await bridgekeeper('alerts', '--json')) as AlertView[];
    assert.deepEqual([json?.id, json?.owner, json?.expected], [alert.id, 'ops', 'at most 0.0 %']);
    const [headings, row] = (await bridgekeeper('alerts', '--csv')).split('\n');
    assert.match(headings ?? '', /^id,severity,state,rule,when,guest,/);
    assert.match(row ?? '', new RegExp(`^${alert.id},warning,firing,memory,memory,`));

    assert.match(await bridgekeeper('alerts', 'ack', String(alert.id), '--reason', 'on it'), /is acknowledged/);
    assert.match(await bridgekeeper('alerts'), /acknowledged/);
    const silence = await bridgekeeper('alerts', 'silence', '--rule', 'memory', '--for', '2h', '--reason', 'known');
    const id = /Silence (\d+) holds until/.exec(silence)?.[1] ?? '';
    assert.match(await bridgekeeper('alerts', 'silences'), new RegExp(`^${id} +rule memory .* known$`, 'm'));
    assert.match(await bridgekeeper('alerts', 'unsilence', id), /has ended: known/);
    assert.equal(await bridgekeeper('alerts', 'silences'), 'Nothing is silenced.\n');

    assert.match(
      await bridgekeeper('alerts', 'rules'),
      /^memory +memory +above 0.01% +all +at once +2m +warning +tell +ops$/m,
    );
    assert.match(await bridgekeeper('alerts', 'notifiers'), /^hook +webhook +1 +0 +0 /m);
    assert.match(await bridgekeeper('alerts', 'test', 'hook'), /notifier "hook" was told in/);
    assert.equal(receiver.received.length, 2);
    assert.equal(await bridgekeeper('alerts', '--rule', 'cpu'), 'No alert.\n');
  });

  test('says what is amiss with an order', async (t) => {
    const daemon = await startTestDaemon(t);
    const env = { BRIDGEKEEPER_SOCKET: daemon.socket };
    const refused = async (...words: string[]) => {
      const result = await runLauncher(['alerts', ...words], { env });
      assert.notEqual(result.status, 0);
      return result.stderr;
    };
    assert.match(await refused('silence', '--for', '1h', '--reason', 'x'), /expected one or more of --rule/);
    assert.match(await refused('silence', '--rule', 'cpuu', '--for', '1h', '--reason', 'x'), /did you mean "cpu"/);
    assert.match(
      await refused('silence', '--everything', '--for', '91d', '--reason', 'x'),
      /"91d" is not from 1m to 90d/,
    );
    assert.match(await refused('--rule', 'memroy'), /there is no rule "memroy"; did you mean "memory"\?/);
    assert.match(await refused('--guest', 'nobody'), /there is no guest "nobody"/);
    assert.match(await refused('ack', '4711', '--reason', 'x'), /there is no alert 4711/);
    assert.match(await refused('ack', '4711'), /--reason/);
    assert.match(await refused('test', 'hook'), /there is no notifier "hook"/);
  });

  test('knows after kill -9 what it was told before', async (t) => {
    const directory = temporaryDirectory(t);
    const receiver = await startReceiver(t);
    const first = await startTestDaemon(t, directory);
    await first.client.apply({ site: siteOf(receiver.port) });
    const alert = await memoryAlert(first);
    await first.client.alerts.acknowledge(alert.id, 'on it');
    const silence = await first.client.alerts.silence({ rule: 'memory', seconds: 600, reason: 'known' });
    await until('it was told', async () => receiver.received[0]);
    await first.end('SIGKILL');
    const second = await startTestDaemon(t, directory);
    const again = await memoryAlert(second);
    assert.deepEqual(
      [again.id, again.firedAt, again.acknowledged?.reason, again.silencedBy],
      [alert.id, alert.firedAt, 'on it', silence.id],
    );
    assert.deepEqual(await second.client.alerts.silences(), [silence]);
    const journal = await second.client.journal(200);
    const texts = journal.filter(({ kind }) => kind === 'alert').map(({ text }) => text);
    assert.ok(
      texts.some((text) => text.includes('was acknowledged by tester: on it')),
      texts.join('\n'),
    );
    assert.ok(
      texts.some((text) => text.includes('was made by tester until')),
      texts.join('\n'),
    );
  });
});
