import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ipOfBytes } from '../../../src/model/ip-address.ts';
import { SessionFlag, SessionRecords } from '../../../src/model/session-record.ts';
import type { ConntrackEvents } from '../../../src/system/conntrack/conntrack.ts';
import { openConntrackEvents } from '../../../src/system/conntrack/conntrack-events.ts';
import { openConntrack } from '../../../src/system/conntrack/open-conntrack.ts';
import { shell } from '../../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../../drivers/linux/in-namespace.ts';
import { endAllSessions, makeManySessions, makeSession } from '../../drivers/linux/sessions/session-table.ts';

enterNamespace(import.meta.filename);

const receiveBuffer = 64 * 1024 * 1024;
const eventsModule = fileURLToPath(new URL('../../../src/system/conntrack/conntrack-events.ts', import.meta.url));

before(() => {
  shell(`
    ip link set lo up
    echo 1 > /proc/sys/net/netfilter/nf_conntrack_acct
    echo 1 > /proc/sys/net/netfilter/nf_conntrack_timestamp
    nft 'table inet t { chain c { type filter hook output priority 0; ct state new counter; }; }'
  `);
});
beforeEach(() => endAllSessions());

/** Takes what comes until `enough` says so, for ten seconds at most. */
async function collect(
  events: ConntrackEvents,
  enough: (begun: SessionRecords, ended: SessionRecords) => boolean,
): Promise<{ begun: SessionRecords; ended: SessionRecords; overruns: number }> {
  const begun = new SessionRecords();
  const ended = new SessionRecords();
  let overruns = 0;
  for (const until = Date.now() + 10_000; !enough(begun, ended) && Date.now() < until; ) {
    await events.wait(500);
    if (events.drain(begun, ended, 10_000).overrun) overruns++;
  }
  return { begun, ended, overruns };
}

const listen = (scope: { after(clean: () => void): void }, buffer = receiveBuffer): ConntrackEvents => {
  const events = openConntrackEvents({ receiveBuffer: buffer });
  scope.after(() => events.close());
  return events;
};

test('a session is told of when it begins and when it ends, with times and counters of the kernel', async (t) => {
  const events = listen(t);
  const from = Date.now();
  shell('busybox ping -c 3 -i 0.1 127.0.0.1; busybox ping -6 -c 1 ::1');
  endAllSessions();
  const { begun, ended, overruns } = await collect(events, (_, ends) => ends.length >= 2);
  assert.deepEqual([begun.length, ended.length, overruns, events.drops()], [2, 2, 0, 0]);
  // They end in the order of the kernel's table, which is not that in which they began.
  const beginOf = (index: number): number => (begun.id(0) === ended.id(index) ? 0 : 1);
  for (let index = 0; index < 2; index++) {
    assert.equal(begun.id(beginOf(index)), ended.id(index));
    assert.equal(begun.port(beginOf(index), 0), ended.port(index, 0));
    // Before Linux 6.14 the kernel does not say it of a begin.
    const start = begun.start(beginOf(index));
    assert.ok(start === 0 || Math.abs(start - ended.start(index)) < 50, `${start}`);
    assert.equal(ended.flags(index) & (SessionFlag.open | SessionFlag.seenReply), SessionFlag.seenReply);
    assert.ok(
      ended.start(index) >= from - 1 && ended.start(index) <= ended.end(index) && ended.end(index) <= Date.now() + 1,
    );
  }
  const four = ended.family(0) === 4 ? 0 : 1;
  assert.ok(ended.end(four) - ended.start(four) >= 200, 'three pings took that long');
  assert.deepEqual([ended.packets(four, 0), ended.packets(four, 1)], [3, 3]);
  assert.deepEqual([ended.octets(four, 0), ended.octets(four, 1)], [252, 252]);
  assert.equal(ipOfBytes(ended.address(1 - four, 1)), '::1');
  assert.equal(ended.port(four, 1), 8 << 8);
});

test('what happens between begin and end is not told', async (t) => {
  const events = listen(t);
  makeSession({ from: '10.77.10.2', to: '198.51.100.7', seenAs: '203.0.113.10:20100', mark: 3 });
  shell('conntrack -U -p tcp -s 10.77.10.2 -t 100 -m 5 2>/dev/null');
  endAllSessions();
  const { begun, ended } = await collect(events, (_, ends) => ends.length > 0);
  assert.deepEqual([begun.length, ended.length], [1, 1]);
  assert.equal(ended.mark(0), 5);
  assert.equal(ended.port(0, 3), 20100);
});

test('drain takes no more than it is asked for, and waits for nothing', async (t) => {
  const events = listen(t);
  makeManySessions(300);
  const begun = new SessionRecords(1);
  const ended = new SessionRecords(1);
  assert.deepEqual(events.drain(begun, ended, 7), { read: 7, overrun: false });
  assert.equal(begun.length, 7);
  assert.equal(events.drain(begun, ended, 200).read, 200);
  assert.equal(events.drain(begun, ended, 10_000).read, 93);
  assert.deepEqual(events.drain(begun, ended, 10_000), { read: 0, overrun: false });
  const ports = new Set(Array.from({ length: begun.length }, (_, index) => begun.port(index, 0)));
  assert.equal(ports.size, 300);
});

test('a buffer that is too small: the loss is told, and every end comes all the same', async (t) => {
  const events = listen(t, 16 * 1024);
  const count = 2_000;
  makeManySessions(count);
  const begun = new SessionRecords();
  const first = events.drain(begun, new SessionRecords(), 10_000);
  assert.equal(first.overrun, true);
  assert.ok(begun.length < count, `${begun.length} begins found room`);
  assert.ok(events.drops() > 0);
  assert.equal(events.drain(begun, new SessionRecords(), 10_000).overrun, false, 'a loss is told once');
  const table = openConntrack();
  t.after(() => table.close());
  assert.equal(table.count(), count);
  endAllSessions();
  const { ended, overruns } = await collect(events, (_, ends) => ends.length >= count);
  const ports = new Set(Array.from({ length: ended.length }, (_, index) => ended.port(index, 0)));
  assert.equal(ports.size, count, `ends of ${ports.size} sessions`);
  assert.ok(overruns > 0);
});

test('wait goes on when something comes, when its time is over, and when it is closed', async (t) => {
  const events = listen(t);
  const began = performance.now();
  await events.wait(100);
  assert.ok(performance.now() - began >= 90);
  let turns = 0;
  const count = setInterval(() => turns++, 5);
  const waiting = events.wait(60_000);
  const second = events.wait(60_000);
  await sleep(100);
  assert.ok(turns > 3, 'the event loop goes on meanwhile');
  clearInterval(count);
  makeSession({ from: '10.77.10.2', to: '198.51.100.7' });
  await Promise.all([waiting, second]);
  events.drain(new SessionRecords(), new SessionRecords(), 10);
  const last = events.wait(60_000);
  events.close();
  await last;
  await events.wait(60_000);
  assert.deepEqual(events.drain(new SessionRecords(), new SessionRecords(), 10), { read: 0, overrun: false });
});

test('a process ends by itself when it has closed, in the middle of a wait', () => {
  const script = `
    const { openConntrackEvents } = await import(${JSON.stringify(eventsModule)});
    const events = openConntrackEvents({ receiveBuffer: 65536 });
    void events.wait(600_000);
    setTimeout(() => events.close(), 50);
  `;
  const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
    encoding: 'utf8',
  });
  assert.deepEqual({ status, signal, stderr }, { status: 0, signal: null, stderr: '' });
});

test('a worker thread listens while this one does other things', async () => {
  const script = `
    const { parentPort } = require('node:worker_threads');
    (async () => {
      const { openConntrackEvents } = await import(${JSON.stringify(eventsModule)});
      const { SessionRecords } = await import(${JSON.stringify(eventsModule.replace('system/conntrack/conntrack-events.ts', 'model/session-record.ts'))});
      const events = openConntrackEvents({ receiveBuffer: 1 << 20 });
      parentPort.postMessage('listening');
      const begun = new SessionRecords();
      while (begun.length < 50) { await events.wait(5000); events.drain(begun, new SessionRecords(), 1000); }
      events.close();
      parentPort.postMessage(begun.length);
    })();
  `;
  const worker = new Worker(script, { eval: true });
  const said: unknown[] = [];
  const exit = new Promise<number>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', resolve);
  });
  await new Promise<void>((resolve) => {
    worker.on('message', (message) => {
      said.push(message);
      resolve();
    });
  });
  makeManySessions(50);
  assert.equal(await exit, 0);
  assert.deepEqual(said, ['listening', 50]);
});

test('without the right to listen it is refused in a sentence', () => {
  const script = `
    const { openConntrackEvents } = await import(${JSON.stringify(eventsModule)});
    try { openConntrackEvents({ receiveBuffer: 65536 }); } catch (error) { console.log(error.code, error.message); }
  `;
  const { stdout } = spawnSync(
    'setpriv',
    ['--bounding-set=-all', '--inh-caps=-all', process.execPath, '--input-type=module', '-e', script],
    { encoding: 'utf8' },
  );
  assert.match(stdout, /^command-failed .*CAP_NET_ADMIN/);
});
