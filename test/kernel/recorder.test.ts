import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRecorder } from '../../src/observers/recorder/create-recorder.ts';
import type { Recorder } from '../../src/observers/recorder/recorder.ts';
import { openSessionReader } from '../../src/observers/session-log/open-session-reader.ts';
import type { SessionReader } from '../../src/observers/session-log/session-log.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine, temporaryDirectory } from '../reconciler/open-engine.ts';
import type { Flow } from './flows/flow.ts';
import { findRecord, guestNames, type Recorded, readSessions, recordedSite, until } from './flows/recorded.ts';
import { sendFlows, startAnswers } from './flows/run-flows.ts';
import { buildNetwork, configureGuest, shared, world } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const events: string[] = [];
let sessionDirectory: string;
let recorder: Recorder;
let open: OpenEngine;
let reader: SessionReader;

before(async () => {
  buildNetwork(guestNames);
  const directory = temporaryDirectory(scope);
  sessionDirectory = join(directory, 'sessions');
  recorder = createRecorder({
    directory: sessionDirectory,
    onEvent: (about, text) => events.push(`${about}: ${text}`),
  });
  open = await openEngine(scope, { directory, recorder });
  await open.apply(recordedSite());
  await recording(true);
  for (const lease of await open.engine.leases()) configureGuest(lease);
  reader = openSessionReader({ directory: sessionDirectory });
  scope.after(() => reader.close());
  await startAnswers(scope, 'world', 7000);
  await startAnswers(scope, 'web1', 80);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const recording = (expected: boolean): Promise<unknown> =>
  until(`recording is ${expected}`, async () => ((await recorder.status()).running === expected ? true : undefined));

/** Ends every session, as its time does, and waits until the log has it. */
async function endAll(): Promise<void> {
  shell('conntrack -F 2>/dev/null');
  await recorder.flush();
}

const toWorld = { address: world.ipv4, port: 7000, bytes: 100, width: 25 } as const;
const address = { web1: '10.77.10.20', db1: '10.77.10.21', sip1: shared.ipv4, world: world.ipv4 } as const;

/** IPv6 flows are seen as the shared address of that family. */
const sourceOf = (guest: keyof typeof address, flow: Flow): string =>
  flow.seenAs[0] === shared.ipv6 ? 'fd00:77:10::20' : address[guest];

/** What the log says of a flow is what its sender and its receiver saw. */
function compare(flow: Flow, record: Recorded, target: string, heads: readonly [number, number]): void {
  const [seenAddress, seenPort] = flow.seenAs;
  assert.equal(record.reply[1], `${seenAddress}:${seenPort}`, 'as the other side saw it');
  assert.equal(record.reply[0], target, 'who answered');
  assert.ok(record.start >= flow.begin - 2 && record.start <= flow.end + 2, `${record.start} of ${flow.begin}`);
  assert.ok(record.end >= flow.end - 2 && record.end <= Date.now(), `${record.end} after ${flow.end}`);
  assert.equal(record.endUnknown, false);
  const [least, most] = heads;
  const heading = record.octets[0] - flow.sent;
  assert.ok(heading >= least && heading <= most, `${record.octets[0]} bytes of ${flow.sent} that were sent`);
}
/** Of IPv4 and UDP; of IPv4 and TCP in at least 3 and at most 12 packets. */
const udpHeads = [28, 28] as const;
const tcpHeads = [3 * 40, 12 * 60] as const;

test('every session of thousands of flows is recorded with its translation, its times and its bytes', async () => {
  const from = Date.now();
  const sets = [
    ['web1', { ...toWorld, protocol: 'tcp', count: 1000 }, `${world.ipv4}:7000`, tcpHeads],
    ['db1', { ...toWorld, protocol: 'udp', count: 1000 }, `${world.ipv4}:7000`, udpHeads],
    ['sip1', { ...toWorld, protocol: 'tcp', count: 500 }, `${world.ipv4}:7000`, tcpHeads],
    [
      'world',
      { ...toWorld, address: shared.ipv4, port: 8080, protocol: 'tcp', count: 500 },
      `${address.web1}:80`,
      tcpHeads,
    ],
    [
      'db1',
      { ...toWorld, address: shared.ipv4, port: 8080, protocol: 'tcp', count: 200 },
      `${address.web1}:80`,
      tcpHeads,
    ],
    ['web1', { ...toWorld, address: world.ipv6, protocol: 'tcp', count: 300 }, `${world.ipv6}:7000`, [3 * 60, 12 * 80]],
  ] as const;
  const flows = await Promise.all(sets.map(([guest, order]) => sendFlows(scope, guest, order)));
  // The host's own are nobody's business: to the world, to a guest, and what guests ask of the host.
  await sendFlows(scope, 'host', { ...toWorld, protocol: 'tcp', count: 20 });
  await sendFlows(scope, 'host', { ...toWorld, address: address.web1, port: 80, protocol: 'tcp', count: 20 });
  shell('ip netns exec db1 busybox nslookup -type=a web1 10.77.10.1 2>/dev/null || true');
  await endAll();
  const sessions = await readSessions(reader, from);
  for (const [i, [guest, , target, heads]] of sets.entries()) {
    for (const flow of flows[i] as Flow[])
      compare(flow, findRecord(sessions, sourceOf(guest, flow), flow), target, heads);
  }
  assert.equal(sessions.length, 3500, 'and nothing else');
  const { begun, ended, lostEvents, log } = await recorder.status();
  assert.deepEqual({ begun, ended, lostEvents, open: log?.open }, { begun: 3500, ended: 3500, lostEvents: 0, open: 0 });
});

test('a session that lasts is found while it is open', async () => {
  const from = Date.now();
  const held = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 50, hold: true });
  await recorder.flush();
  const sessions = await readSessions(reader, from);
  for (const flow of held) {
    const record = findRecord(sessions, address.web1, flow);
    assert.deepEqual([record.end, record.reply[1]], [0, flow.seenAs.join(':')]);
  }
});

test('sessions of a guest that is taken away end in the log when it goes; who follows at its address has its own', async () => {
  const before = Date.now();
  const held = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 100, hold: true });
  const going = Date.now();
  await open.apply(recordedSite('', ['name: db1, nics: [{segment: dev, ip: 10.77.10.21}]']));
  const gone = Date.now();
  // Another one, on the same port, MAC and IPv4 address.
  await open.apply(recordedSite());
  const since = Date.now();
  const lease = (await open.engine.leases()).find(({ guest }) => guest === 'web1');
  assert.ok(lease);
  configureGuest(lease);
  const next = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'udp', count: 50 });
  await recorder.flush();
  const sessions = await readSessions(reader, before);
  for (const flow of held) {
    const record = findRecord(sessions, address.web1, flow);
    assert.ok(record.end >= going && record.end <= gone, `${going} ≤ ${record.end} ≤ ${gone}`);
    assert.equal(record.endUnknown, false);
  }
  for (const flow of next) assert.ok(findRecord(sessions, address.web1, flow).start >= since);
});

test('in another mode nothing is recorded, and the log says that nothing was; then what is still open is found', async () => {
  await endAll();
  const off = Date.now();
  await open.apply(recordedSite('sessionLog: {mode: blocks}'));
  await recording(false);
  const { mode, log } = await recorder.status();
  assert.equal(mode, 'blocks');
  assert.ok(log && log.bytes > 0, 'what was recorded before is still there');
  const unseen = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 20 });
  shell('conntrack -F 2>/dev/null');
  const held = await sendFlows(scope, 'db1', { ...toWorld, protocol: 'tcp', count: 30, hold: true });
  const back = Date.now();
  await open.apply(recordedSite('sessionLog: {mode: full, maxSize: 1GB}'));
  await recording(true);
  await recorder.flush();
  const sessions = await readSessions(reader, off);
  assert.equal(
    sessions.filter(({ original }) => unseen.some(({ port }) => original[0] === `${address.web1}:${port}`)).length,
    0,
  );
  for (const flow of held) {
    const record = findRecord(sessions, address.db1, flow);
    assert.ok(record.start >= flow.begin - 2 && record.start <= flow.end + 2, 'by the clock of the kernel');
    assert.equal(record.end, 0);
  }
  const gaps = await reader.gaps(off, back);
  assert.equal(gaps.length, 1);
  assert.match(gaps[0]?.why ?? '', /the mode of the session log was "blocks"/);
  assert.ok((gaps[0]?.from ?? 0) <= off + 1500 && (gaps[0]?.to ?? 0) >= back, JSON.stringify({ gaps, off, back }));
  assert.equal((await recorder.status()).foundBegun, 30);
});

test('a log that cannot be opened is told and tried again; the gateway goes on', async () => {
  await open.apply(recordedSite('sessionLog: {mode: off}'));
  await recording(false);
  renameSync(sessionDirectory, `${sessionDirectory}-away`);
  writeFileSync(sessionDirectory, 'a file is in the way');
  await open.apply(recordedSite());
  const { lastError } = await until('it failed', async () => {
    const status = await recorder.status();
    return status.lastError === undefined ? undefined : status;
  });
  assert.match(lastError ?? '', /EEXIST|ENOTDIR/);
  assert.ok(
    events.some((text) => /^thread: the thread that records sessions had ended: E.* started again in/.test(text)),
  );
  await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 10 });
  shell(`rm ${sessionDirectory}`);
  renameSync(`${sessionDirectory}-away`, sessionDirectory);
  await recording(true);
  const from = Date.now();
  const flows = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'udp', count: 10 });
  await recorder.flush();
  const sessions = await readSessions(reader, from);
  for (const flow of flows) findRecord(sessions, address.web1, flow);
});
