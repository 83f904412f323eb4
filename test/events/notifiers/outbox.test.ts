import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Notifier } from '../../../src/model/alert-rule.ts';
import { freePort, startChild } from './child-server.ts';
import { alertMessage, notifier, openNotifiers, type Scope, temporaryDirectory, until } from './open-notifiers.ts';
import { type Received, startReceiver } from './receiver.ts';

const hookTo = (port: number, name = 'hook'): Notifier =>
  notifier(name, { kind: 'webhook', url: `http://127.0.0.1:${port}/${name}` });

const idsOf = (received: readonly Received[]): number[] =>
  received.map(({ body }) => JSON.parse(body).data.alert.id as number);

const upTo = (count: number, first = 0): number[] => Array.from({ length: count }, (_, n) => first + n);

function startDaemon(scope: Scope, directory: string, settings: readonly Notifier[], first: number, count: number) {
  const script = join(import.meta.dirname, 'telling-daemon.ts');
  const args = [
    '--disable-warning=ExperimentalWarning',
    script,
    directory,
    JSON.stringify(settings),
    String(first),
    String(count),
  ];
  return startChild(scope, process.execPath, args);
}

test('what waits outlives a daemon that is killed, and arrives in order', async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const child = startDaemon(t, directory, [hookTo(port)], 0, 50);
  await until(`the child: ${child.errors}`, () => child.lines.includes('kept'));
  await child.stop('SIGKILL');
  const receiver = await startReceiver(t, { port });
  const { notifiers } = await openNotifiers(t, directory, [hookTo(port)]);
  await until('all of them', () => notifiers.views()[0]?.sent === 50);
  assert.deepEqual(idsOf(receiver.received), upTo(50));
});

test('a daemon that is killed while it tells loses nothing, and what it told twice bears the same id', async (t) => {
  const directory = temporaryDirectory(t);
  const receiver = await startReceiver(t);
  const settings = [hookTo(receiver.port)];
  for (let round = 0; round < 3; round++) {
    const before = receiver.received.length;
    const child = startDaemon(t, directory, settings, round * 300, 300);
    await until(
      `some of them: ${child.errors}`,
      () => receiver.received.length > before + 20 && child.lines.includes('kept'),
    );
    await child.stop('SIGKILL');
  }
  const { registry } = await openNotifiers(t, directory, settings);
  await until('an empty outbox', async () => (await registry.kept.load('message')).length === 0);
  const ids = idsOf(receiver.received);
  assert.deepEqual(
    [...new Set(ids)].toSorted((a, b) => a - b),
    upTo(900),
  );
  const names = new Map(
    receiver.received.map(({ headers, body }) => [JSON.parse(body).data.alert.id, headers['webhook-id']]),
  );
  assert.equal(new Set(names.values()).size, 900);
  for (const { headers, body } of receiver.received)
    assert.equal(headers['webhook-id'], names.get(JSON.parse(body).data.alert.id));
});

test('of more than 10,000 messages that wait the oldest go, and are counted', async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const opened = await openNotifiers(t, directory, [hookTo(port)], {
    first: 600_000,
    longest: 600_000,
    fresh: 600_000,
  });
  const { notifiers, registry, observations } = opened;
  await notifiers.deliver(alertMessage(0));
  await until('the first try', () => notifiers.views()[0]?.trouble);
  await Promise.all(upTo(11_999, 1).map((id) => notifiers.deliver(alertMessage(id))));
  const [view] = notifiers.views();
  assert.deepEqual([view?.waiting, view?.lost], [10_000, 2_000]);
  await until('the same on the disk', async () => (await registry.kept.load('message')).length === 10_000);
  const kept = await registry.kept.load<{ message: { alert: { id: number } } }>('message');
  const ids = kept.map(({ body }) => body.message.alert.id);
  // The first one is under way, and is tried again as it was.
  assert.deepEqual(ids, [0, ...upTo(9_999, 2_001)]);
  assert.equal(
    observations.filter(({ detail }) => detail === 'lost').reduce((sum, { count = 1 }) => sum + count, 0),
    2_000,
  );
});

test('one that hangs does not hold up the others, and its try ends in time', async (t) => {
  const directory = temporaryDirectory(t);
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => silent.close());
  const receiver = await startReceiver(t);
  const hangs = hookTo((silent.address() as AddressInfo).port, 'hangs');
  const { notifiers } = await openNotifiers(t, directory, [hangs, hookTo(receiver.port)], { try: 300, first: 50 });
  await Promise.all(upTo(20).map((id) => notifiers.deliver(alertMessage(id))));
  await until('the others', () => receiver.received.length === 20);
  assert.match(await until('trouble', () => notifiers.views()[0]?.trouble), /not told within 0\.3 s/);
  assert.equal(notifiers.views()[0]?.waiting, 20);
});

test('what was tried for too long is given up and counted; a severe one is told where a lesser one is not', async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const critical = { ...hookTo(port), atLeast: 'critical' } as Notifier;
  const { notifiers, log } = await openNotifiers(t, directory, [critical], { giveUp: 500, first: 20, longest: 50 });
  await notifiers.deliver(alertMessage(1, { severity: 'warning' }));
  assert.equal(notifiers.views()[0]?.waiting, 0);
  await notifiers.deliver(alertMessage(2));
  await until('the loss', () => notifiers.views()[0]?.lost === 1);
  assert.equal(notifiers.views()[0]?.waiting, 0);
  assert.match(log.join('\n'), /a message for notifier "hook" is lost: it was tried for .* ECONNREFUSED/);
});

test('a clock that is set a week ahead, or back, gives nothing up', async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  let jump = 0;
  const clock = { now: () => Date.now() + jump, monotonic: () => performance.now() };
  const { notifiers } = await openNotifiers(t, directory, [hookTo(port)], { first: 20, longest: 50 }, clock);
  await notifiers.deliver(alertMessage(1));
  for (jump of [7 * 86_400_000, -7 * 86_400_000]) {
    await notifiers.deliver({ ...alertMessage(jump, {}, 'over'), at: clock.now() });
    await until('another try', () => notifiers.views()[0]?.trouble);
  }
  const receiver = await startReceiver(t, { port });
  await until('all of them', () => receiver.received.length === 3);
  assert.equal(notifiers.views()[0]?.lost, 0);
});

test('a new message brings a try forward that would be minutes away', async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const { notifiers } = await openNotifiers(t, directory, [hookTo(port)], {
    first: 600_000,
    longest: 600_000,
    fresh: 200,
  });
  await notifiers.deliver(alertMessage(1));
  await until('trouble', () => notifiers.views()[0]?.trouble);
  const receiver = await startReceiver(t, { port });
  await notifiers.deliver(alertMessage(2));
  await until('both', () => receiver.received.length === 2);
});

test('what waits for a notifier that is gone goes to it when it is back; one whose URL was mended is told at once', async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const { notifiers, registry } = await openNotifiers(t, directory, [hookTo(port)], {
    first: 600_000,
    longest: 600_000,
  });
  await notifiers.deliver(alertMessage(1));
  await until('trouble', () => notifiers.views()[0]?.trouble);
  const configure = (list: Notifier[]) =>
    notifiers.configure({ rules: [], notifiers: list, repeat: 0, isolateAtMost: 0 });
  configure([]);
  await until('none', () => notifiers.views().length === 0);
  assert.equal((await registry.kept.load('message')).length, 1);
  const receiver = await startReceiver(t);
  configure([hookTo(receiver.port)]);
  await until('the message', () => receiver.received.length === 1);
  await until('an empty outbox', async () => (await registry.kept.load('message')).length === 0);
});

test('the same alert, stage and time is one message, also while it waits', async (t) => {
  const directory = temporaryDirectory(t);
  const receiver = await startReceiver(t);
  const { notifiers } = await openNotifiers(t, directory, [hookTo(receiver.port)]);
  for (const _ of [1, 2]) await notifiers.deliver(alertMessage(1));
  await until('it', () => notifiers.views()[0]?.sent === 1);
  await notifiers.deliver(alertMessage(1));
  await notifiers.deliver(alertMessage(1, {}, 'over'));
  await until('the end', () => notifiers.views()[0]?.sent === 2);
  assert.equal(receiver.received.length, 2);
});

test('what was taken out of the registry is not told any more', async (t) => {
  const directory = temporaryDirectory(t);
  const port = await freePort();
  const far = { first: 600_000, longest: 600_000, fresh: 600_000 };
  const { notifiers, registry } = await openNotifiers(t, directory, [hookTo(port)], far);
  for (const id of [1, 2, 3]) await notifiers.deliver(alertMessage(id));
  await until('the first try', () => notifiers.views()[0]?.trouble);
  const kept = await registry.kept.load<{ message: { alert: { id: number } } }>('message');
  const about = kept.filter(({ body }) => body.message.alert.id !== 2).map(({ id }) => id);
  await registry.kept.change('message', { remove: about });
  await notifiers.reload();
  assert.equal(notifiers.views()[0]?.waiting, 1);
  const receiver = await startReceiver(t);
  notifiers.configure({ rules: [], notifiers: [hookTo(receiver.port)], repeat: 0, isolateAtMost: 0 });
  await until('the other one', () => notifiers.views()[0]?.sent === 1);
  assert.deepEqual(idsOf(receiver.received), [2]);
});

test('with a full disk everything is still told, and nothing crashes', async () => {
  const root = mkdtempSync(join(tmpdir(), 'bk-notifiers-disk-'));
  try {
    const mount = 'set -e; ip link set lo up; mount -t tmpfs -o size=2m bk-test "$1"; "$2" "$3" "$1"';
    const args = ['-Urmn', 'sh', '-c', mount, 'sh', root, process.execPath, join(import.meta.dirname, 'full-disk.ts')];
    const { stdout } = await promisify(execFile)('unshare', args, { timeout: 60_000 });
    const report = JSON.parse(stdout);
    assert.ok(report.full > 0);
    assert.equal(report.told, report.delivered);
    assert.ok(
      report.log.some((line: string) => line.includes('could not be kept; they are in memory')),
      report.log,
    );
    assert.equal(report.left, 0);
  } finally {
    rmSync(root, { recursive: true });
  }
});
