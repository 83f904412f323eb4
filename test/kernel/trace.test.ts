import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceAnswer, TraceQuestion } from '../../src/client/trace.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type DaemonProcess, startDaemonProcess } from '../reconciler/daemon-process.ts';
import { temporaryDirectory } from '../reconciler/open-engine.ts';
import type { Flow, FlowOrder } from './flows/flow.ts';
import { recordedSite, until } from './flows/recorded.ts';
import { sendFlows, startAnswers } from './flows/run-flows.ts';
import { buildNetwork, configureGuest, portOf, shared, world } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let directory: string;
let daemon: DaemonProcess;

/** A flow, and what only its two sides know: who it was. */
interface Truth {
  readonly flow: Flow;
  /** As somebody in the world would report it. */
  readonly address: string;
  readonly port: number;
  readonly peer: string;
  readonly guest: string;
  readonly owner: string;
  readonly mac: string;
}
const truths: Truth[] = [];
const macs = new Map<string, string>();

const web1 = 'name: web1, owner: team-a, nics: [{segment: dev, ip: 10.77.10.20}]';
const sip1 = 'name: sip1, owner: team-c, share: same-address, ports: [5060], nics: [{segment: dev}]';
const db1 = 'name: db1, owner: team-b, nics: [{segment: dev, ip: 10.77.10.21}]';
const rotation = 'rotation: {grace: 1s, overlap: 1h}\n';

/** Lets flows from the world to published ports, or from guests to the world, be sent and remembers who they were. */
async function send(
  from: string,
  who: { readonly guest: string; readonly owner: string },
  order: Pick<FlowOrder, 'protocol' | 'count' | 'hold'> & { readonly inbound?: number },
): Promise<void> {
  const { inbound, ...rest } = order;
  const target = inbound === undefined ? { address: world.ipv4, port: 7000 } : { address: shared.ipv4, port: inbound };
  const flows = await sendFlows(scope, from, { bytes: 100, width: 25, ...target, ...rest });
  const mac = macs.get(who.guest) as string;
  for (const flow of flows) {
    const [address, port] = flow.seenAs;
    // What came by a published port is reported by whoever connected to it.
    const reported =
      inbound === undefined
        ? { address, port, peer: `${world.ipv4}:7000` }
        : { address: shared.ipv4, port: inbound, peer: `${address}:${port}` };
    truths.push({ flow, ...reported, ...who, mac });
  }
}

const recording = () =>
  until('recording', async () => ((await daemon.client.status()).recorder?.running ? true : undefined));

before(async () => {
  buildNetwork(['web1', 'db1', 'sip1']);
  directory = temporaryDirectory(scope);
  daemon = await startDaemonProcess(scope, directory);
  await daemon.client.apply({ site: recordedSite(rotation, [web1, db1, sip1]) });
  await recording();
  for (const lease of await daemon.client.leases()) {
    macs.set(lease.guest, lease.mac);
    configureGuest(lease);
  }
  await startAnswers(scope, 'world', 7000);
  await startAnswers(scope, 'web1', 80);
  await startAnswers(scope, 'sip1', 5060);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const a = { guest: 'web1', owner: 'team-a' };
const b = { guest: 'db1', owner: 'team-b' };
const c = { guest: 'sip1', owner: 'team-c' };

test('flows are sent: to the world, to published ports, by three guests at once', async () => {
  await Promise.all([
    send('web1', a, { protocol: 'tcp', count: 600 }),
    send('db1', b, { protocol: 'udp', count: 600 }),
    send('sip1', c, { protocol: 'tcp', count: 300 }),
    send('world', a, { protocol: 'tcp', count: 300, inbound: 8080 }),
    send('world', c, { protocol: 'tcp', count: 200, inbound: 5060 }),
  ]);
  await send('web1', a, { protocol: 'tcp', count: 50, hold: true });
});

test('the daemon is killed (-9), flows go on, and another one takes over', async () => {
  await sleep(1500);
  await daemon.kill();
  await send('web1', a, { protocol: 'tcp', count: 100 });
  await send('db1', b, { protocol: 'tcp', count: 100 });
  daemon = await startDaemonProcess(scope, directory);
  await recording();
  await send('db1', b, { protocol: 'tcp', count: 200 });
});

test('a guest moves to another MAC address while it sends', async () => {
  const { rotations } = await daemon.client.rotations.rotate({ nics: [{ guest: 'db1', nic: 0 }] });
  const to = rotations[0]?.to as string;
  assert.match(to, /^02:/);
  const lease = (await daemon.client.leases()).find(({ guest }) => guest === 'db1');
  assert.ok(lease);
  configureGuest({ ...lease, mac: to });
  macs.set('db1', to);
  await send('db1', b, { protocol: 'tcp', count: 100 });
  await until('the rotation is over', async () =>
    (await daemon.client.rotations.list()).length === 0 ? true : undefined,
  );
  await send('db1', b, { protocol: 'tcp', count: 200 });
});

test('a guest is replaced by another with the same IP and MAC address at the same port', async () => {
  const mac = macs.get('db1') as string;
  const db2 = `name: db2, owner: team-d, nics: [{segment: dev, ip: 10.77.10.21, mac: "${mac}", port: ${portOf('db1')}}]`;
  await daemon.client.apply({ site: recordedSite(rotation, [web1, sip1, db2]) });
  macs.set('db2', mac);
  await until('db2 is plugged in', async () =>
    (await daemon.client.leases()).some(({ guest, attached }) => guest === 'db2' && attached) ? true : undefined,
  );
  await Promise.all([
    send('db1', { guest: 'db2', owner: 'team-d' }, { protocol: 'udp', count: 300 }),
    send('web1', a, { protocol: 'tcp', count: 300 }),
  ]);
});

/** The same numbers each time. */
function* samples(count: number): Generator<{ truth: Truth; at: number }> {
  let state = 7;
  const random = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  for (let i = 0; i < count; i++) {
    const truth = truths[Math.floor(random() * truths.length)] as Truth;
    const { begin, end } = truth.flow;
    yield { truth, at: Math.round(begin + random() * (end - begin)) };
  }
}

test('of 10,000 times and ports every one is answered with the right guest, owner and MAC address', async () => {
  const asked = [...samples(10_000)].sort((x, y) => x.at - y.at);
  const questions = asked.map(
    ({ truth: { address, port, peer, flow }, at }): TraceQuestion => ({
      address,
      port,
      // To the second, as most logs have it.
      at: `${new Date(at).toISOString().slice(0, 19)}Z`,
      protocol: flow.protocol,
      // Many use a published port at the same time.
      ...(port === 8080 || port === 5060 ? { peer } : {}),
    }),
  );
  const wrong: unknown[] = [];
  const sources = new Map<string, number>();
  for (let start = 0; start < questions.length; start += 1000) {
    const results = await daemon.client.trace.askMany(questions.slice(start, start + 1000));
    for (const [i, result] of results.entries()) {
      const { truth } = asked[start + i] as { truth: Truth };
      const [guest] = 'answer' in result ? result.answer.guests : [];
      const right =
        'answer' in result &&
        result.answer.verdict === 'guest' &&
        guest?.guest === truth.guest &&
        guest.owner === truth.owner &&
        guest.nics.some(({ nic, macs: known }) => nic.endsWith('/0') && known.some(({ mac }) => mac === truth.mac));
      if (!right) wrong.push({ truth, question: questions[start + i], result });
      const source = guest?.sources[0] ?? 'none';
      sources.set(source, (sources.get(source) ?? 0) + 1);
    }
  }
  assert.deepEqual(wrong.slice(0, 2), [], `${wrong.length} of 10,000`);
  assert.ok((sources.get('log') ?? 0) > 5000, JSON.stringify([...sources]));
  // While no daemon ran: known by the port block, or still open when the next one looked.
  const meanwhile = (sources.get('port block') ?? 0) + (sources.get('live') ?? 0);
  assert.ok(meanwhile > 50, JSON.stringify([...sources]));
});

const ask = (question: Partial<TraceQuestion> & { address: string }): Promise<TraceAnswer> =>
  daemon.client.trace.ask({ at: new Date().toISOString(), ...question });

test('while a session is open it is told so, and by its inner address how the world saw it', async () => {
  await send('web1', a, { protocol: 'tcp', count: 1, hold: true });
  const { flow, port } = truths.at(-1) as Truth;
  const outside = await ask({ address: shared.ipv4, port, protocol: 'tcp' });
  assert.match(
    outside.sentence,
    /guest "web1" \(NIC web1\/0, .*\) of owner "team-a", known from 1 session still open\.$/,
  );
  const [session] = outside.sessions;
  assert.deepEqual([session?.end, session?.source, session?.to.kind], [undefined, 'live', 'world']);
  assert.ok((session?.bytesSent ?? 0) >= flow.sent, 'counted by the kernel so far');
  const inside = await ask({ address: '10.77.10.20', port: flow.port });
  assert.equal(inside.guests[0]?.guest, 'web1');
  assert.deepEqual(inside.sessions[0]?.from, {
    kind: 'guest',
    guests: ['web1'],
    inner: { address: '10.77.10.20', port: flow.port },
    public: { address: shared.ipv4, port },
  });
});

test('of a connection from guest to guest by a published port both are told, and who began it', async () => {
  const published = { address: shared.ipv4, port: 8080 };
  const [flow] = await sendFlows(scope, 'db1', { ...published, protocol: 'tcp', count: 1, width: 1, bytes: 10 });
  assert.ok(flow);
  const [address, port] = flow.seenAs;
  assert.equal(address, shared.ipv4);
  const within = '2s';
  // Its port may have been that of another session just before.
  const beginner = await ask({ address, port, within, protocol: 'tcp', peer: `${shared.ipv4}:8080` });
  assert.deepEqual([beginner.verdict, beginner.guests[0]?.guest], ['guest', 'db2']);
  const called = await ask({ ...published, peer: `${address}:${port}`, within, protocol: 'tcp' });
  assert.deepEqual([called.verdict, called.guests[0]?.guest], ['guest', 'web1']);
  for (const { sessions } of [beginner, called]) {
    assert.deepEqual([sessions[0]?.from.guests, sessions[0]?.to.guests], [['db2'], ['web1']], JSON.stringify(sessions));
  }
});

test('a port without a session is its guest’s all the same, and one of the host’s own is no guest’s', async () => {
  const leases = await daemon.client.leases();
  const last = Number(leases.find(({ guest }) => guest === 'sip1')?.portBlock.split('-')[1]);
  const quiet = await ask({ address: shared.ipv4, port: last, protocol: 'udp' });
  assert.deepEqual(
    [quiet.verdict, quiet.guests[0]?.guest, quiet.guests[0]?.sources],
    ['guest', 'sip1', ['port block']],
  );
  assert.match(quiet.sentence, /the log has no session of it at that time/);
  assert.equal((await ask({ address: shared.ipv4, port: 40_000 })).verdict, 'host');
  assert.equal((await ask({ address: shared.ipv4, port: 1023 })).verdict, 'nobody');
  const before = await ask({ address: shared.ipv4, port: last, at: '2001-01-01T00:00:00Z' });
  assert.equal(before.verdict, 'nobody');
});
