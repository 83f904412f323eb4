import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, type Outcome, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const guestLines = [
  'name: web1, nics: [{segment: dev}]',
  'name: db1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01", ip: 10.77.10.20}]',
  'name: api1, nics: [{segment: prod}]',
  'name: sip1, share: same-address, ports: [5060, 16384-16483], nics: [{segment: dev}]',
  'name: sip2, share: same-address, ports: [6060], nics: [{segment: dev}]',
];
const forwards = [
  'port: 8080, to: "web1:80"',
  'port: 2222, to: "db1:22", from: [198.51.100.0/24, 10.77.10.0/24]',
  'port: 2300, to: "db1:22", rate: 3/minute',
  'port: 30000-30009, protocol: udp, to: "web1:30000-30009"',
  'port: 31000-31009, to: "web1:32000-32009"',
];
const limits = 'limits: {sessions: 60, sessionsPerGuest: 12, portBlock: 200}\n';
const head = (more = ''): string =>
  `\nsite: testlab\nuplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}\nwatch: {guests: false, forwards: false}\npools: [{name: default, range: 02:1a:3f:00:00:00/24}]\n${more}`;
const policies = [
  'name: api-to-db, from: api1, to: db1, ports: [tcp/5432], action: allow',
  'name: no-8000, from: api1, to: web1, ports: [tcp/8000], action: deny',
  'name: api-to-web, from: api1, to: web1, ports: [tcp/8000-8010], action: allow',
  'name: no-smtp, from: web1, to: world, ports: [tcp/25], action: deny',
  'name: no-ssh-to-host, from: db1, to: host, ports: [tcp/22], action: deny',
];
const site = (more: { head?: string; policies?: string[]; forwards?: string[] } = {}): string =>
  siteText({
    head: more.head ?? head(),
    guests: guestLines,
    forwards: more.forwards ?? forwards,
    policies: more.policies ?? [],
  });

const cleaning: (() => unknown)[] = [];
let open: OpenEngine;
let guests: Guests;
before(async () => {
  const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
  buildNetwork(['web1', 'db1', 'api1', 'sip1', 'sip2']);
  open = await openEngine(scope);
  await open.apply(site());
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({
    world: [25, 80, 5060, 'udp/9000'],
    host: [22, 8443],
    web1: [80, 8000, 8005, 32000, 32009, 'udp/30000', 'udp/30009', 'udp/30010'],
    db1: [22, 80, 5432],
    api1: [80],
    sip1: [80, 5060, 'udp/5060', 'udp/16384', 'udp/16483'],
    sip2: [6060],
  });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** Who answered, as whom the asker was seen, and whether its source port is of the guest's block. */
const seen = (outcome: Outcome, guest?: string): string => {
  if (!outcome.greeting) return outcome.failure ?? 'nothing';
  const { name, peer, peerPort } = outcome.greeting;
  if (guest === undefined) return `${name} sees ${peer}`;
  const [first = 0, last = 0] = guests.lease(guest).portBlock.split('-').map(Number);
  return `${name} sees ${peer}, port ${peerPort >= first && peerPort <= last ? 'of the block' : peerPort}`;
};
const udp = { protocol: 'udp' } as const;

test('guests reach the world as the shared address, from source ports of their own block', async () => {
  for (const guest of ['web1', 'api1']) {
    assert.equal(
      seen(await guests.connect(guest, world.ipv4, 80), guest),
      `world sees ${shared.ipv4}, port of the block`,
    );
    assert.equal(
      seen(await guests.connect(guest, world.ipv4, 9000, udp), guest),
      `world sees ${shared.ipv4}, port of the block`,
    );
    shell(`ip netns exec ${guest} busybox ping -c 1 -W 2 ${world.ipv4}`);
  }
  assert.equal(
    seen(await guests.connect('web1', world.ipv6, 80), 'web1'),
    `world sees ${shared.ipv6}, port of the block`,
  );
  assert.equal(
    seen(await guests.connect('web1', world.ipv6, 9000, udp), 'web1'),
    `world sees ${shared.ipv6}, port of the block`,
  );
  shell(`ip netns exec web1 busybox ping -6 -c 1 -W 2 ${world.ipv6}`);
});

test('published ports lead where they are declared, single, as a range, shifted, over UDP and IPv6', async () => {
  assert.equal(seen(await guests.connect('world', shared.ipv4, 8080)), `web1 sees ${world.ipv4}`);
  assert.equal(seen(await guests.connect('world', shared.ipv6, 8080)), `web1 sees ${world.ipv6}`);
  assert.equal(await guests.answer('world', shared.ipv4, 31000), 'web1');
  assert.equal(await guests.answer('world', shared.ipv4, 31009), 'web1');
  assert.notEqual(await guests.answer('world', shared.ipv4, 31010), 'web1');
  assert.equal(await guests.answer('world', shared.ipv4, 30000, udp), 'web1');
  assert.equal(await guests.answer('world', shared.ipv4, 30009, udp), 'web1');
  assert.notEqual(await guests.answer('world', shared.ipv4, 30010, udp), 'web1');
  assert.equal(await guests.answer('host', shared.ipv4, 8080), 'web1', 'from the host');
  assert.equal(await guests.answer('host', shared.ipv4, 30009, udp), 'web1', 'from the host over UDP');
});

test('guests use published ports from inside: the same segment, another one, and their own', async () => {
  for (const guest of ['db1', 'api1', 'web1']) {
    assert.equal(await guests.answer(guest, shared.ipv4, 8080), 'web1', guest);
  }
  assert.equal(
    seen(await guests.connect('db1', shared.ipv4, 8080), 'db1'),
    `web1 sees ${shared.ipv4}, port of the block`,
  );
  assert.equal(await guests.answer('db1', shared.ipv4, 30000, udp), 'web1');
});

test('a source list holds from outside and on hairpin', async () => {
  assert.equal(await guests.answer('world', shared.ipv4, 2222, { localAddress: world.listed }), 'db1');
  assert.equal(await guests.answer('world', shared.ipv4, 2222, { localAddress: world.unlisted }), 'timeout');
  assert.equal(await guests.answer('web1', shared.ipv4, 2222), 'db1', 'a listed segment');
  assert.equal(await guests.answer('api1', shared.ipv4, 2222), 'timeout', 'a segment that is not listed');
});

test('a forward with a rate takes that many new connections and refuses the rest', async () => {
  const answers: string[] = [];
  for (let i = 0; i < 6; i++) answers.push(await guests.answer('world', shared.ipv4, 2300, { timeout: 400 }));
  assert.deepEqual(answers, ['db1', 'db1', 'db1', 'timeout', 'timeout', 'timeout']);
});

test('segments are apart, and guests reach the host by the shared address', async () => {
  const ipv4 = (guest: string): string => guests.lease(guest).ipv4;
  assert.equal(await guests.answer('web1', ipv4('db1'), 80), 'db1', 'one segment');
  assert.equal(await guests.answer('web1', ipv4('api1'), 80), 'timeout');
  assert.equal(await guests.answer('api1', ipv4('db1'), 80), 'timeout');
  assert.equal(await guests.answer('web1', shared.ipv4, 22), 'host');
  assert.equal(await guests.answer('web1', '10.77.10.1', 8443), 'timeout', 'the gateway address offers no services');
  assert.equal(await guests.answer('web1', '10.77.20.1', 8443), 'timeout');
  assert.equal(await guests.answer('world', shared.ipv4, 22), 'host', 'the host stays as it was');
});

test('policies are asked in order: between guests, to the world, to the host', async (t) => {
  await open.apply(site({ policies }));
  t.after(() => open.apply(site()));
  const ipv4 = (guest: string): string => guests.lease(guest).ipv4;
  assert.equal(await guests.answer('api1', ipv4('db1'), 5432), 'db1');
  assert.equal(await guests.answer('api1', ipv4('db1'), 80), 'timeout');
  assert.equal(await guests.answer('db1', ipv4('api1'), 80), 'timeout', 'not the other way round');
  assert.equal(await guests.answer('api1', ipv4('web1'), 8000), 'timeout', 'denied before it is allowed');
  assert.equal(await guests.answer('api1', ipv4('web1'), 8005), 'web1');
  assert.equal(await guests.answer('web1', world.ipv4, 25), 'timeout');
  assert.equal(await guests.answer('api1', world.ipv4, 25), 'world');
  assert.equal(await guests.answer('web1', world.ipv4, 80), 'world');
  assert.equal(await guests.answer('db1', shared.ipv4, 22), 'timeout');
  assert.equal(await guests.answer('web1', shared.ipv4, 22), 'host');
});

test('two guests with the shared address on one bridge: their ports are theirs, for everybody', async () => {
  for (const from of ['world', 'host', 'db1', 'api1']) {
    assert.equal(await guests.answer(from, shared.ipv4, 5060), 'sip1', `TCP from ${from}`);
    assert.equal(await guests.answer(from, shared.ipv4, 16483, udp), 'sip1', `UDP from ${from}`);
  }
  for (const from of ['world', 'host', 'db1', 'web1']) {
    assert.equal(await guests.answer(from, shared.ipv4, 6060), 'sip2', from);
  }
  assert.equal(await guests.answer('world', shared.ipv4, 22), 'host');
  assert.equal(await guests.answer('world', shared.ipv4, 80), 'ECONNREFUSED', 'a port that is nobody’s');
});

test('a guest with the shared address keeps its own source ports and gets others from its block', async () => {
  assert.equal(
    seen(await guests.connect('sip1', world.ipv4, 80), 'sip1'),
    `world sees ${shared.ipv4}, port of the block`,
  );
  const own = await guests.connect('sip1', world.ipv4, 9000, { ...udp, localAddress: shared.ipv4, localPort: 16384 });
  assert.deepEqual([own.greeting?.name, own.greeting?.peerPort], ['world', 16384]);
  shell(`ip netns exec sip1 busybox ping -c 1 -W 2 ${world.ipv4}`);
  assert.equal(
    await guests.answer('sip1', world.ipv4, 9, { ...udp, timeout: 800 }),
    'ECONNREFUSED',
    'ICMP errors come in',
  );
});

test('the very same flow of host and guest at once does not mix', async () => {
  const flow = { localAddress: shared.ipv4, localPort: 41_000 };
  const [host, guest] = await Promise.all([
    guests.connect('host', world.ipv4, 80, flow),
    guests.connect('sip1', world.ipv4, 80, flow),
  ]);
  assert.equal(host.greeting?.peerPort, 41_000);
  assert.equal(seen(guest, 'sip1'), `world sees ${shared.ipv4}, port of the block`);
});

test('sessions are limited per guest and in all; others go on', async (t) => {
  shell('conntrack -F');
  await open.apply(site({ head: head(limits) }));
  t.after(() => open.apply(site()));
  const ask = (guest: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        guests.answer(guest, world.ipv4, 9000, { ...udp, localPort: 20_000 + i, timeout: 1_000 }),
      ),
    );
  const web = await ask('web1', 20);
  assert.equal(web.filter((answer) => answer === 'world').length, 12);
  assert.equal((await ask('db1', 3)).filter((answer) => answer === 'world').length, 3, 'its neighbour');
  assert.equal((await ask('sip1', 20)).filter((answer) => answer === 'world').length, 12, 'a same-address guest');
  shell('conntrack -F');
});

test('flows go on while something else is applied, while all rules are made anew, and without a daemon', async (t) => {
  const streams = [
    ['world', 'in', shared.ipv4, 8080],
    ['db1', 'out', world.ipv4, 80],
    ['world', 'same', shared.ipv4, 5060],
    ['api1', 'hairpin', shared.ipv4, 8080],
  ] as const;
  for (const [from, name, address, port] of streams)
    await guests.agent(from).call('startStream', { name, address, port });
  const flowing = async (when: string): Promise<void> => {
    await sleep(400);
    for (const [from, name] of streams) {
      const { bytes, failure, longestGap } = await guests.agent(from).call('reportStream', { name });
      assert.equal(failure, undefined, `${name} ${when}`);
      assert.ok(bytes > 10_000 && longestGap < 400, `${name} ${when}: ${bytes} bytes, gap of ${longestGap} ms`);
    }
  };
  await flowing('at first');
  await open.apply(site({ forwards: [...forwards, 'port: 9999, to: "db1:80"'], policies }));
  await flowing('after a change of something else');
  // With the port blocks as they are: sessions on ports that are another guest's by now are ended.
  const limits = 'limits: {udp: 200s, sessions: 400, sessionsPerGuest: 300, portBlock: 1000}\n';
  await open.apply(site({ head: head(limits) }));
  await flowing('after all rules were rewritten');
  await open.apply(site());
  await flowing('after it was changed back');
  await open.close();
  await flowing('without a daemon');
  assert.equal(await guests.answer('world', shared.ipv4, 8080), 'web1', 'a new flow without a daemon');
  open = await openEngine(t, { directory: open.directory });
  await flowing('with the next daemon, which makes all tables anew');
  for (const [from, name] of streams) await guests.agent(from).call('stopStream', { name });
  await open.engine.destroy('tester');
});
