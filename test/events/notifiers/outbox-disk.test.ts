import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../../src/events/notifiers/outbox.ts';
import { outgoingOf } from '../../../src/events/notifiers/outgoing.ts';
import type { Notifier } from '../../../src/model/alert-rule.ts';
import type { Kept, KeptChange } from '../../../src/registry/kept/kept.ts';
import { freePort } from './child-server.ts';
import { alertMessage, notifier, openNotifiers, temporaryDirectory, until } from './open-notifiers.ts';
import { startReceiver } from './receiver.ts';

test('what was told while the disk was full needs no memory, and no removal when it has room again', async () => {
  let full = true;
  const changes: KeptChange[] = [];
  const kept: Kept = {
    load: async () => [],
    one: async () => undefined,
    change: async (_kind, change) => {
      if (full) throw new Error('disk full');
      changes.push(change);
    },
  };
  const write = (): void => {};
  const outbox = new Outbox(kept, { info: write, warn: write, error: write });
  const message = (id: number) => ({ notifier: 'hook', message: outgoingOf(alertMessage(id), { host: 'gw' }) });
  for (let id = 0; id < 500; id++) {
    await outbox.put([message(id)]);
    await outbox.remove([message(id)]);
  }
  await outbox.put([message(1_000)]);
  full = false;
  assert.equal(await outbox.settle(), true);
  assert.deepEqual(
    changes.map(({ put = [], remove = [] }) => [put.length, remove.length]),
    [[1, 0]],
  );
  await outbox.remove([message(1_000)]);
  assert.equal(changes.at(-1)?.remove?.length, 1);
  await outbox.close();
});

test('what comes while a notifier that hangs is changed is told after what waited for it', async (t) => {
  const directory = temporaryDirectory(t);
  const hangs = await startReceiver(t, { answer: () => {} });
  const to = (port: number): Notifier => notifier('hook', { kind: 'webhook', url: `http://127.0.0.1:${port}/` });
  const { notifiers } = await openNotifiers(t, directory, [to(hangs.port)]);
  await notifiers.deliver(alertMessage(1));
  await until('the try', () => hangs.received.length === 1);
  const answers = await startReceiver(t, { port: await freePort() });
  notifiers.configure({ rules: [], notifiers: [to(answers.port)], repeat: 0, isolateAtMost: 0 });
  await until('the change', () => notifiers.views().length === 0);
  await notifiers.deliver(alertMessage(1, {}, 'over'));
  await until('both', () => answers.received.length === 2);
  assert.deepEqual(
    answers.received.map(({ body }) => JSON.parse(body).type),
    ['alert.fires', 'alert.over'],
  );
});
