import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveExplainRequest, LiveExplanation } from '../../src/reconciler/explain/contract.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { startDaemonProcess } from '../reconciler/daemon-process.ts';
import { type OpenEngine, openEngine, temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const site = (rate = '3/minute'): string =>
  siteText({
    guests: [
      'name: web1, nics: [{segment: dev}]',
      'name: db1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01", ip: 10.77.10.20}]',
      'name: api1, nics: [{segment: prod}]',
      'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
    ],
    forwards: [
      'port: 8080, to: "web1:80"',
      'port: 2222, to: "db1:22", from: [198.51.100.0/24]',
      `port: 2300, to: "db1:22", rate: ${rate}`,
    ],
    policies: [
      'name: no-8000, from: api1, to: web1, ports: [tcp/8000], action: deny',
      'name: api-to-web, from: api1, to: web1, ports: [tcp/8000-8010], action: allow',
    ],
  });
const actor = { who: 'tester', from: 'this host' };

const cleaning: (() => unknown)[] = [];
let open: OpenEngine;
let guests: Guests;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', 'db1', 'api1', 'sip1']);
  open = await openEngine(scope);
  await open.apply(site());
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ world: [80, 'udp/9000'], host: [22], web1: [80, 8000, 8005], db1: [22], sip1: [5060] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const tables = (): string => shell('nft list tables | grep explain || true').trim();

/** Follows a flow while `traffic` is made, which begins when the kernel marks packets. */
async function follow(request: LiveExplainRequest, traffic: () => Promise<unknown>): Promise<LiveExplanation> {
  const answer = open.engine.explain.live({ seconds: 3, packets: 3, ...request }, actor);
  // What is refused at once is for who waits for the answer.
  answer.catch(() => undefined);
  for (let i = 0; i < 200 && tables() === ''; i++) await sleep(20);
  await traffic();
  return answer;
}

/** Texts of what the kernel did with a packet, in order. */
const textsOf = (live: LiveExplanation, packet = 0): string[] =>
  live.packets[packet]?.steps.map(({ text }) => text) ?? [];
const quick = { timeout: 400 };

test('a guest that opens a connection to the world: guard, limits, port block, and the answer', async () => {
  const live = await follow({ from: 'web1', to: `${world.ipv4}:80` }, () => guests.connect('web1', world.ipv4, 80));
  assert.equal(live.expected.verdict, 'delivered');
  assert.equal(live.full, true);
  const [first, second] = live.packets;
  assert.deepEqual([first?.direction, first?.verdict, second?.direction], ['forth', 'passed', 'back']);
  assert.match(first?.text ?? '', /^10\.77\.10\.2:\d+ → 203\.0\.113\.1:80, tcp syn$/);
  const texts = textsOf(live);
  assert.match(texts[0] ?? '', /^the guard lets web1\/0 at port "bkp-web1\.0" in/);
  assert.match(texts.at(-1) ?? '', /its source becomes the shared address and a port of web1's port block/);
  assert.match(textsOf(live, 1).join('\n'), /belongs to a session that is open/);
  const raw = first?.steps.flatMap((step) => step.raw).join('\n') ?? '';
  assert.match(raw, /^trace id \w+ inet bridgekeeper srcnat rule .*@block4/m);
  assert.equal(tables(), '', 'nothing is marked any more');
});

test('a published port: the forward by its name, over IPv4 and IPv6', async () => {
  for (const [address, from] of [
    [shared.ipv4, world.ipv4],
    [shared.ipv6, world.ipv6],
  ] as const) {
    const to = address.includes(':') ? `[${address}]:8080` : `${address}:8080`;
    const live = await follow({ from, to }, () => guests.connect('world', address, 8080));
    const steps = live.packets[0]?.steps ?? [];
    assert.deepEqual(
      steps.find(({ object }) => object?.kind === 'forward')?.object,
      { kind: 'forward', name: 'tcp/8080' },
      JSON.stringify(live),
    );
    assert.ok(steps.some(({ text }) => text.startsWith('passes: it came by a forward')));
    assert.ok(live.packets.some(({ direction }) => direction === 'back'));
  }
});

test('an isolated guest: what it sends ends at its port, and what is for it does too', async () => {
  await open.engine.isolation.isolate({ guest: 'web1', seconds: 600, reason: 'test' }, actor);
  const sent = await follow({ from: 'web1', to: `${world.ipv4}:80`, packets: 1 }, () =>
    guests.connect('web1', world.ipv4, 80, quick),
  );
  assert.equal(sent.packets[0]?.verdict, 'dropped', JSON.stringify(sent));
  assert.match(textsOf(sent).at(-1) ?? '', /^nothing of web1\/0 at port "bkp-web1\.0" passes: it is isolated/);
  await open.engine.isolation.undo({ guest: 'web1' }, actor);
});

test('what is refused is named: a policy, a source list, a rate, segments that are apart, the guard', async () => {
  const inner = guests.lease('web1').ipv4;
  const refused = async (request: LiveExplainRequest, traffic: () => Promise<unknown>): Promise<string> => {
    const live = await follow({ ...request, packets: 1 }, traffic);
    assert.equal(live.packets[0]?.verdict, 'dropped', JSON.stringify(live));
    const last = live.packets[0]?.steps.at(-1);
    return `${last?.object?.kind ?? ''} ${last?.object?.name ?? ''}: ${last?.text}`.trim();
  };
  assert.match(
    await refused({ from: 'api1', to: 'web1:8000' }, () => guests.connect('api1', inner, 8000, quick)),
    /refused/,
  );
  assert.match(
    await refused({ from: world.unlisted, to: `${shared.ipv4}:2222` }, () =>
      guests.connect('world', shared.ipv4, 2222, { ...quick, localAddress: world.unlisted }),
    ),
    /^forward tcp\/2222: refused: 192\.0\.2\.9 is not on the source list of forward tcp\/2222/,
  );
  for (let i = 0; i < 3; i++) await guests.connect('world', shared.ipv4, 2300, quick);
  assert.match(
    await refused({ from: world.ipv4, to: `${shared.ipv4}:2300` }, () =>
      guests.connect('world', shared.ipv4, 2300, quick),
    ),
    /^forward tcp\/2300: refused: forward tcp\/2300 takes no more than 3\/minute/,
  );
  assert.match(
    await refused({ from: 'api1', to: 'db1:22' }, () => guests.connect('api1', guests.lease('db1').ipv4, 22, quick)),
    /segments are apart, and no policy allows it/,
  );
  assert.match(
    await refused({ from: 'web1:67', to: `${world.ipv4}:9000`, protocol: 'udp' }, () =>
      guests.connect('web1', world.ipv4, 9000, { ...quick, protocol: 'udp', localPort: 67 }),
    ),
    /^NIC web1\/0: the guard stops web1\/0 at port "bkp-web1\.0": only the host may speak as a DHCP server/,
  );
});

test('policies are named by the packet that they decide on', async () => {
  const inner = guests.lease('web1').ipv4;
  for (const [port, policy] of [
    [8000, 'no-8000'],
    [8005, 'api-to-web'],
  ] as const) {
    const live = await follow({ from: 'api1', to: `web1:${port}`, packets: 1 }, () =>
      guests.connect('api1', inner, port, quick),
    );
    assert.deepEqual(
      live.packets[0]?.steps.find(({ object }) => object?.kind === 'policy')?.object,
      { kind: 'policy', name: policy },
      JSON.stringify(live.packets[0]),
    );
  }
});

test('the host, a same-address guest and a ping are followed too', async () => {
  const host = await follow({ from: 'host', to: 'sip1:5060' }, () => guests.connect('host', shared.ipv4, 5060));
  assert.match(textsOf(host).join('\n'), /port 5060 of the shared address is a guest's own/);
  assert.match(textsOf(host).at(-1) ?? '', /its source becomes an address of the host/);
  const ping = await follow({ from: 'web1', to: world.ipv4, packets: 2 }, async () =>
    shell(`ip netns exec web1 busybox ping -c 1 -W 2 ${world.ipv4}`),
  );
  assert.deepEqual(
    ping.packets.map(({ direction, text }) => [direction, text.replace(/^.*, /, '')]),
    [
      ['forth', 'icmp echo-request'],
      ['back', 'icmp echo-reply'],
    ],
  );
});

test('a flow of which nothing comes says so, and other traffic is not shown', async () => {
  const live = await follow({ from: 'web1', to: `${world.ipv4}:81`, seconds: 1 }, () =>
    guests.connect('web1', world.ipv4, 80),
  );
  assert.deepEqual([live.packets, live.full, live.seconds], [[], false, 1]);
});

test('two flows are followed at once, each by itself; a fifth is refused', async () => {
  const ask = (from: string, seconds: number) =>
    open.engine.explain.live({ from, to: `${world.ipv4}:80`, seconds, packets: 2 }, actor);
  const both = [ask('web1', 4), ask('db1', 4)];
  for (let i = 0; i < 200 && tables().split('\n').length < 4; i++) await sleep(20);
  await Promise.all([guests.connect('web1', world.ipv4, 80), guests.connect('db1', world.ipv4, 80)]);
  const [web, db] = await Promise.all(both);
  assert.ok(web?.packets.length === 2 && db?.packets.length === 2);
  const sources = (live: LiveExplanation | undefined) =>
    live?.packets.filter(({ direction }) => direction === 'forth').map(({ text }) => text.replace(/:.*/, ''));
  assert.deepEqual([sources(web)?.[0], sources(db)?.[0]], [guests.lease('web1').ipv4, guests.lease('db1').ipv4]);
  const four = [1, 2, 3, 4].map(() => ask('api1', 1));
  await assert.rejects(ask('api1', 1), /4 flows are followed already/);
  await Promise.all(four);
  assert.equal(tables(), '');
});

test('it is not taken for tampering, also right after an apply, and the journal says who looked', async () => {
  await open.apply(site('4/minute'));
  const live = open.engine.explain.live({ from: 'web1', to: `${world.ipv4}:80`, seconds: 2 }, actor);
  await sleep(2_500);
  await live;
  assert.deepEqual((await open.engine.status()).drift, []);
  const journal = await open.engine.journal(50);
  assert.deepEqual(
    journal.filter(({ kind }) => kind === 'repair' || kind === 'drift').map(({ text }) => text),
    [],
  );
  assert.match(
    journal.find(({ kind }) => kind === 'explain')?.text ?? '',
    /^packets from web1 to 203\.0\.113\.1:80, tcp are followed/,
  );
});

test('a busy flow is shown by its first packets only, and is not held up', async () => {
  await guests.agent('world').call('startStream', { name: 'busy', address: shared.ipv4, port: 8080 });
  const live = await open.engine.explain.live(
    { from: world.ipv4, to: `${shared.ipv4}:8080`, seconds: 5, packets: 4 },
    actor,
  );
  assert.deepEqual([live.packets.length, live.full], [4, true]);
  const { failure } = await guests.agent('world').call('reportStream', { name: 'busy' });
  assert.equal(failure, undefined);
  await guests.agent('world').call('stopStream', { name: 'busy' });
});

test('who does not wait any more ends it', { timeout: 120_000 }, async () => {
  const gone = AbortSignal.timeout(300);
  const live = await open.engine.explain.live({ from: 'web1', to: 'world:80', seconds: 300 }, actor, gone);
  assert.deepEqual(live.packets, []);
  assert.equal(tables(), '');
});

test('a rule of another firewall that drops is named with its table and chain', async (t) => {
  shell(`
    nft add table inet strict
    nft add chain inet strict watch '{ type filter hook forward priority 10; }'
    nft add rule inet strict watch tcp dport 8005 counter drop
  `);
  t.after(() => shell('nft delete table inet strict'));
  const live = await follow({ from: 'api1', to: 'web1:8005', packets: 1 }, () =>
    guests.connect('api1', guests.lease('web1').ipv4, 8005, quick),
  );
  assert.equal(live.expected.verdict, 'delivered', 'by the site');
  assert.equal(live.packets[0]?.verdict, 'dropped');
  assert.match(
    live.packets[0]?.steps.at(-1)?.text ?? '',
    /^rule of table "inet strict", chain watch, which is not Bridgekeeper's: tcp dport 8005 counter .*drop/,
  );
});

test('what the host sends from the shared address is not taken for what a same-address guest sends', async () => {
  const live = await follow({ from: 'sip1', to: `${world.ipv4}:80`, packets: 2, seconds: 2 }, async () => {
    await guests.connect('host', world.ipv4, 80);
    await guests.connect('sip1', world.ipv4, 80);
  });
  assert.match(textsOf(live)[0] ?? '', /the guard lets sip1\/0/);
});

test('a daemon that is killed leaves nobody reading, marks nothing after its time, and the next one cleans up', async (t) => {
  await open.engine.destroy('tester');
  await open.close();
  const directory = temporaryDirectory(t);
  const daemon = await startDaemonProcess(t, directory);
  await daemon.client.apply({ site: site() });
  const live = daemon.client.explain.live({ from: 'web1', to: `${world.ipv4}:80`, seconds: 3 });
  live.catch(() => undefined);
  for (let i = 0; i < 200 && tables() === ''; i++) await sleep(20);
  const marked = (): string => shell('nft list table inet bridgekeeper_explain_1 | grep -c expires || true').trim();
  assert.equal(marked(), '2');
  await daemon.kill();
  await assert.rejects(live, /daemon/);
  assert.notEqual(tables(), '', 'the tables stay, since nobody is there to take them away');
  await sleep(3_100);
  assert.equal(marked(), '0', 'but they hold no flow any more');
  assert.equal(shell('ps -C nft -o stat= | grep -v Z || true').trim(), '', 'nft monitor has ended');
  const again = await startDaemonProcess(t, directory);
  assert.equal(tables(), '');
  assert.deepEqual((await again.client.status()).drift, []);
  const still = again.client.explain.live({ from: 'web1', to: `${world.ipv4}:80`, seconds: 60 });
  for (let i = 0; i < 200 && tables() === ''; i++) await sleep(20);
  await again.client.destroy();
  assert.deepEqual((await still).packets, [], 'destroy ends what is followed');
  assert.equal(tables(), '');
  await assert.rejects(again.client.explain.explain({ from: 'web1', to: 'world' }), /no gateway here/);
});
