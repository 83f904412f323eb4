import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRecorder } from '../../src/observers/recorder/create-recorder.ts';
import type { Recorder } from '../../src/observers/recorder/recorder.ts';
import { openSessionReader } from '../../src/observers/session-log/open-session-reader.ts';
import type { SessionReader } from '../../src/observers/session-log/session-log.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { openEngine, temporaryDirectory } from '../reconciler/open-engine.ts';
import { findRecord, guestNames, readSessions, recordedSite, until } from './flows/recorded.ts';
import { sendFlows, startAnswers } from './flows/run-flows.ts';
import { buildNetwork, configureGuest, world } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const events: string[] = [];
const web1 = '10.77.10.20';
const toWorld = { address: world.ipv4, port: 7000, bytes: 100 } as const;
let directory: string;
let recorder: Recorder;
let reader: SessionReader;

before(async () => {
  buildNetwork(guestNames);
  directory = temporaryDirectory(scope);
  const sessionDirectory = join(directory, 'sessions');
  // A disk of its own, which is full soon.
  shell(`mkdir ${sessionDirectory} && mount -t tmpfs -o size=24m,mode=700 tmpfs ${sessionDirectory}`);
  scope.after(() => shell(`umount ${sessionDirectory}`));
  recorder = createRecorder({
    directory: sessionDirectory,
    onEvent: (about, text) => events.push(`${about}: ${text}`),
    // Room for some ten messages: what comes between two looks does not fit.
    receiveBuffer: 16_384,
  });
  const { engine, apply } = await openEngine(scope, { directory, recorder });
  await apply(recordedSite());
  await until('recording', async () => ((await recorder.status()).running ? true : undefined));
  for (const lease of await engine.leases()) configureGuest(lease);
  reader = openSessionReader({ directory: sessionDirectory });
  scope.after(() => reader.close());
  await startAnswers(scope, 'world', 7000);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

test('what the kernel cannot hand over is counted as the kernel counts it, and no session is missing in the end', async () => {
  const from = Date.now();
  const held = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 200, width: 100, hold: true });
  const flows = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'udp', count: 2000, width: 100 });
  const overrun = await recorder.status();
  assert.ok(overrun.lostEvents > 0, 'messages were lost');
  // Begins that were lost are found in the table.
  await until('the table was compared', async () => {
    const { resynchronised, log } = await recorder.status();
    return resynchronised > overrun.resynchronised && log?.open === held.length + flows.length ? true : undefined;
  });
  await recorder.flush();
  const before = await readSessions(reader, from);
  for (const flow of held) assert.equal(findRecord(before, web1, flow).end, 0);
  // Ends that find no room are told of again by the kernel, until it has told them all.
  shell('conntrack -D -p udp 2>/dev/null');
  await until('every end was told', async () =>
    (await recorder.status()).log?.open === held.length ? true : undefined,
  );
  await recorder.flush();
  const sessions = await readSessions(reader, from);
  for (const flow of flows) {
    const record = findRecord(sessions, web1, flow);
    assert.ok(record.end > 0 && !record.endUnknown);
    assert.equal(record.octets[0], flow.sent + 28);
  }
  const { lostEvents, foundBegun, ended } = await recorder.status();
  assert.equal(ended, flows.length);
  assert.ok(foundBegun > 0);
  const drops = shell('cat /proc/net/netlink')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, protocol]) => protocol === '12')
    .reduce((sum, fields) => sum + Number(fields[8]), 0);
  assert.equal(lostEvents, drops, 'Drops of /proc/net/netlink');
  assert.ok(events.some((text) => /^lost: the kernel could not hand over \d+ messages? about sessions/.test(text)));
  assert.ok(events.length < 10, `one entry for many: ${events.join('; ')}`);
});

test('a full disk keeps nobody from speaking: it is told, and what was held is written when there is room', async () => {
  shell('conntrack -F 2>/dev/null');
  await until('all ended', async () => ((await recorder.status()).log?.open === 0 ? true : undefined));
  const filler = join(directory, 'sessions', 'filler');
  shell(`dd if=/dev/zero of=${filler} bs=64k 2>/dev/null || true`);
  const from = Date.now();
  const flows = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'udp', count: 500, width: 20 });
  shell('conntrack -D -p udp 2>/dev/null');
  const status = await until('it is told', async () => {
    const now = await recorder.status();
    return now.log?.lastError === undefined ? undefined : now;
  });
  assert.equal(status.running, true);
  assert.ok(
    events.some((text) => /could not be written: the disk has/.test(text)),
    events.join('; '),
  );
  rmSync(filler);
  await recorder.flush();
  await until('it is written', async () => {
    const sessions = await readSessions(reader, from);
    return sessions.filter(({ end }) => end > 0).length >= flows.length ? true : undefined;
  });
  const sessions = await readSessions(reader, from);
  for (const flow of flows) findRecord(sessions, web1, flow);
  assert.equal((await recorder.status()).log?.lost, 0);
});
