import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSessionReader } from '../../src/observers/session-log/open-session-reader.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type DaemonProcess, startDaemonProcess } from '../reconciler/daemon-process.ts';
import { temporaryDirectory } from '../reconciler/open-engine.ts';
import { findRecord, guestNames, readSessions, recordedSite, until } from './flows/recorded.ts';
import { sendFlows, startAnswers } from './flows/run-flows.ts';
import { buildNetwork, configureGuest, world } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let directory: string;

before(() => {
  buildNetwork(guestNames);
  directory = temporaryDirectory(scope);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const toWorld = { address: world.ipv4, port: 7000, bytes: 100, width: 25 } as const;
const web1 = '10.77.10.20';
const db1 = '10.77.10.21';

const startDaemon = (): Promise<DaemonProcess> => startDaemonProcess(scope, directory);
const recording = (daemon: DaemonProcess) =>
  until('recording', async () => {
    const { recorder } = await daemon.client.status();
    return recorder?.running ? recorder : undefined;
  });

test('a daemon that is killed (-9) loses nothing that it was told of, and the next one finds what is left of the time between', async () => {
  const first = await startDaemon();
  await first.client.apply({ site: recordedSite() });
  await recording(first);
  for (const lease of await first.client.leases()) configureGuest(lease);
  await startAnswers(scope, 'world', 7000);
  const reader = openSessionReader({ directory: join(directory, 'sessions') });
  scope.after(() => reader.close());

  const from = Date.now();
  const ended = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'udp', count: 500 });
  shell('conntrack -D -p udp 2>/dev/null');
  const staying = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 200, hold: true });
  const going = await sendFlows(scope, 'db1', { ...toWorld, protocol: 'tcp', count: 200, hold: true });
  // A second and more: what the kernel told a second before the end is on disk.
  await sleep(2500);
  const killed = Date.now();
  await first.kill();

  // The gateway goes on. In the time between sessions begin, end, and begin and end.
  const unseen = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'udp', count: 50 });
  shell('conntrack -D -p udp 2>/dev/null; conntrack -D -p tcp --orig-src 10.77.10.21 2>/dev/null');
  const begun = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 100, hold: true });
  await sleep(500);
  const restarted = Date.now();
  const second = await startDaemon();
  const status = await recording(second);
  const back = Date.now();
  assert.deepEqual([status.foundBegun, status.foundEnded], [100, 200]);
  await sleep(1500);

  const sessions = await readSessions(reader, from);
  for (const flow of ended) {
    const { end, endUnknown } = findRecord(
      sessions.filter(({ start }) => start < killed),
      web1,
      flow,
    );
    assert.ok(end > 0 && end < killed && !endUnknown);
  }
  for (const flow of staying) assert.equal(findRecord(sessions, web1, flow).end, 0, 'still open');
  for (const flow of going) {
    const { end, endUnknown, start } = findRecord(sessions, db1, flow);
    assert.ok(endUnknown && end >= restarted && end <= back, `${end}: some time before the daemon was back`);
    assert.ok(start <= flow.end + 100);
  }
  for (const flow of begun) {
    const { start, end } = findRecord(sessions, web1, flow);
    assert.equal(end, 0);
    assert.ok(start >= flow.begin - 2 && start <= flow.end + 2, 'by the clock of the kernel');
  }
  // Nobody can know of these, and the log says so.
  assert.equal(
    sessions.filter(({ start }) => start > killed && start < restarted).length,
    begun.length,
    `${unseen.length} unseen`,
  );
  const gaps = await reader.gaps(from, back);
  assert.equal(gaps.length, 1);
  const [gap] = gaps;
  assert.ok(gap && gap.from <= killed && gap.from >= killed - 2500 && gap.to >= restarted, JSON.stringify(gaps));
  assert.equal(gap.why, 'the daemon was not running');
  const entry = (await second.client.journal(20)).find(({ kind }) => kind === 'session-log');
  assert.match(entry?.text ?? '', /recorded again.*100 sessions that began and 200 that ended meanwhile were found/);
  await second.kill();
});

test('a daemon that is ended and started again at once leaves no more than the moment between', async () => {
  const daemon = await startDaemon();
  await recording(daemon);
  const flows = await sendFlows(scope, 'db1', { ...toWorld, protocol: 'udp', count: 300 });
  await daemon.end();
  const next = await startDaemon();
  await recording(next);
  shell('conntrack -D -p udp 2>/dev/null');
  await sleep(1500);
  const reader = openSessionReader({ directory: join(directory, 'sessions') });
  scope.after(() => reader.close());
  const sessions = await readSessions(reader, flows[0]?.begin ?? 0);
  for (const flow of flows) {
    const record = findRecord(sessions, db1, flow);
    assert.ok(record.end > 0 && !record.endUnknown, 'its end was told to the second');
    assert.equal(record.octets[0], flow.sent + 28);
  }
});
