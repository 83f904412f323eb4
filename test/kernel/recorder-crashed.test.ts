import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import koffi from 'koffi';
import { createRecorder } from '../../src/observers/recorder/create-recorder.ts';
import type { Recorder, RecorderSettings } from '../../src/observers/recorder/recorder.ts';
import { openSessionReader } from '../../src/observers/session-log/open-session-reader.ts';
import type { SessionReader } from '../../src/observers/session-log/session-log.ts';
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
const toWorld = { address: world.ipv4, port: 7000, bytes: 100, width: 10 } as const;
let sessionDirectory: string;
let recorder: Recorder;
let reader: SessionReader;

/** Inodes of the sockets that listen to begins and ends of sessions (groups 1 and 3) in this namespace. */
function listeners(): string[] {
  const lines = readFileSync('/proc/net/netlink', 'utf8').split('\n');
  const sockets = lines.map((line) => line.trim().split(/\s+/));
  return sockets.flatMap(([, protocol, , groups, , , , , , inode]) =>
    protocol === '12' && groups === '00000005' && inode !== undefined ? [inode] : [],
  );
}

const openFiles = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The one that this list was read with.
      return [];
    }
  });

const kernelFiles = (): number => openFiles().filter((file) => /^socket:|eventfd/.test(file)).length;

function descriptorOf(inode: string): number {
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`) === `socket:[${inode}]`) return Number(fd);
    } catch {
      // Closed meanwhile.
    }
  }
  throw new Error(`no descriptor of socket ${inode}`);
}

const recording = (expected: boolean) =>
  until(`recording: ${expected}`, async () => ((await recorder.status()).running === expected ? true : undefined));

const settings = (mode: 'full' | 'off'): RecorderSettings => {
  const site = { guests: ['10.77.10.0/24'], host: ['10.77.10.1', '203.0.113.10'] };
  return { mode, keepDays: 180, mostBytes: 1e9, site };
};

before(async () => {
  buildNetwork(guestNames);
  const directory = temporaryDirectory(scope);
  sessionDirectory = join(directory, 'sessions');
  recorder = createRecorder({
    directory: sessionDirectory,
    onEvent: (about, text) => events.push(`${about}: ${text}`),
    receiveBuffer: 1 << 20,
  });
  const { engine, apply } = await openEngine(scope, { directory, recorder });
  await apply(recordedSite());
  await recording(true);
  for (const lease of await engine.leases()) configureGuest(lease);
  reader = openSessionReader({ directory: sessionDirectory });
  scope.after(() => reader.close());
  await startAnswers(scope, 'world', 7000);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

test('a thread that dies while it records is replaced, what went on meanwhile is found, and its sockets are gone', async () => {
  const from = Date.now();
  const held = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'tcp', count: 20, hold: true });
  await recorder.flush();
  const files = kernelFiles();
  const [socket] = listeners();
  // What it reads from is no socket any more: the thread ends by an error that nobody expects.
  const library = koffi.load('libc.so.6');
  const nothing = library.func('int open(const char *, int)')('/dev/null', 0) as number;
  library.func('int dup2(int, int)')(nothing, descriptorOf(socket ?? ''));
  library.func('int close(int)')(nothing);
  await recording(false);
  const unseen = await sendFlows(scope, 'web1', { ...toWorld, protocol: 'udp', count: 20 });
  await recording(true);
  await recorder.flush();
  assert.equal((await recorder.status()).lastError, undefined);
  assert.ok(
    events.some((text) => /^thread: the thread that records sessions had ended: .* started again in/.test(text)),
  );
  const sessions = await readSessions(reader, from);
  for (const flow of [...held, ...unseen]) findRecord(sessions, web1, flow);
  assert.ok(
    (await reader.gaps(from, Date.now())).some(({ why }) => /thread that records sessions had ended/.test(why)),
  );
  assert.equal(listeners().length, 1, 'one listens');
  assert.equal(kernelFiles(), files);
});

test('a thread that cannot begin leaves no socket behind, whose queue would hold the ends of all sessions', async () => {
  const files = kernelFiles();
  renameSync(sessionDirectory, `${sessionDirectory}-away`);
  writeFileSync(sessionDirectory, 'a file is in the way');
  await recorder.configure(settings('off'));
  await recorder.configure(settings('full'));
  await until('it failed', async () => ((await recorder.status()).lastError === undefined ? undefined : true));
  await until('nobody listens', async () => (listeners().length === 0 ? true : undefined));
  rmSync(sessionDirectory);
  renameSync(`${sessionDirectory}-away`, sessionDirectory);
  await recording(true);
  assert.equal(listeners().length, 1);
  assert.equal(kernelFiles(), files);
});
