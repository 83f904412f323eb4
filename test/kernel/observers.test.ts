import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLinuxDriver } from '../../src/drivers/linux/linux-driver.ts';
import { type Agent, startAgent } from '../../src/lab/agent-client.ts';
import type { DesiredNic, DesiredState } from '../../src/model/desired-state.ts';
import { parseSite } from '../../src/model/parse-site.ts';
import { DhcpObserver } from '../../src/observers/dhcp.ts';
import { ForwardObserver } from '../../src/observers/forwards.ts';
import { LinkObserver } from '../../src/observers/links.ts';
import { MacObserver } from '../../src/observers/mac.ts';
import { ReachabilityObserver } from '../../src/observers/reachability.ts';
import { ServiceObserver } from '../../src/observers/services.ts';
import { SessionObserver } from '../../src/observers/sessions.ts';
import { systemClock } from '../../src/system/clock.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { desiredSite } from '../drivers/linux/nftables/desired-site.ts';
import { until, type Watched, watched } from '../observers/watched.ts';
import { temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, configureGuest, portOf, shared } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const guests = ['web1', 'db1', 'sip1', 'idle1'];
const text = siteText({
  head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 100, sessionsPerGuest: 20}
watch: {interval: 10s}
`,
  segments: ['name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", dhcp: {lease: 10m}'],
  guests: [
    'name: web1, owner: team-a, nics: [{segment: dev}]',
    'name: db1, nics: [{segment: dev}]',
    'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
    'name: idle1, nics: [{segment: dev}]',
    'name: later1, nics: [{segment: dev}]',
  ],
  forwards: [
    'port: 8080, to: "web1:80"',
    'port: 8081, to: "web1:81", check: off',
    'port: 8082, to: "db1:82"',
    'port: 8083, to: "later1:83"',
    'port: 9000-9009, to: "web1:9000"',
    'port: 5353, protocol: udp, to: "web1:53"',
  ],
});
let driver: ReturnType<typeof createLinuxDriver>;
let desired: DesiredState;
let directory = '';
let web: Agent;

const nic = (guest: string): DesiredNic => desired.nics.get(`${guest}/0`) as DesiredNic;
const inside = (guest: string, command: string): string => shell(`ip netns exec ${guest} ${command}`);

/** An observer's surroundings on this host. */
function onHost(): Watched {
  const world = watched(driver);
  world.time.now = Date.now();
  world.desired = desired;
  world.site = parseSite(text).site;
  return world;
}

before(async () => {
  buildNetwork(guests);
  directory = temporaryDirectory(scope);
  driver = createLinuxDriver({ stateDirectory: directory, log: { warn: () => undefined } });
  await driver.probe();
  ({ desired } = await desiredSite(text));
  await driver.apply(await driver.plan(desired));
  driver.watch(() => undefined);
  for (const guest of guests) configureGuest({ ...nic(guest), guest });
  web = await startAgent('web1');
  scope.after(() => web.close());
});
after(async () => {
  for (const clean of cleaning) await clean();
  await driver.apply(await driver.plan(null));
  await driver.close();
});

test('a port that loses its carrier, is taken out, is gone or comes is told, each at the port of its guest', async () => {
  const world = onHost();
  const observer = new LinkObserver(world.parts);
  observer.start();
  const port = portOf('idle1');
  const told = (pattern: RegExp) =>
    until(String(pattern), () => world.observations.find(({ text, lasts }) => pattern.test(`${lasts ?? ''}${text}`)));
  await observer.look();
  assert.deepEqual(world.take(), [], 'what is there from the first is no news');
  shell('ip -n idle1 link set eth0 down');
  const down = await told(/^beginsport .* lost its carrier$/);
  assert.deepEqual(down.subject, { guest: 'idle1', nic: 'idle1/0', port, segment: 'dev' });
  shell('ip -n idle1 link set eth0 up');
  await told(/^overport .* has a carrier again$/);
  shell(`ip link set ${port} nomaster`);
  await told(/"idle1\/0" is out of its bridge$/);
  shell(`ip link set ${port} master bk-dev`);
  await told(/"idle1\/0" is plugged in$/);
  world.take();
  shell('ip -n idle1 link del eth0');
  await told(/"idle1\/0" is gone$/);
  await observer.close();
  assert.equal(world.log.length, 0, world.log.join());
});

test('an uplink without a carrier is critical until it is back', async () => {
  const world = onHost();
  const observer = new LinkObserver(world.parts);
  const look = async (): Promise<string | undefined> => {
    await observer.look();
    return world.take()[0];
  };
  assert.equal(await look(), undefined);
  shell('ip -n world link set eth0 down');
  assert.equal(await until('that it is down', look), 'uplink "eth0" has no carrier');
  shell('ip -n world link set eth0 up');
  assert.equal(await until('that it is back', look), 'over: uplink "eth0" is back');
});

test('a guest that answered and does not any more is unreachable; one that is unplugged or was never there is not', async () => {
  const world = onHost();
  const observer = new ReachabilityObserver(world.parts);
  const go = async (): Promise<string[]> => {
    await observer.look();
    world.pass(5_100);
    return world.take();
  };
  for (let round = 0; round < 4; round++) assert.deepEqual(await go(), []);
  // Nothing is answered any more, though the carrier is there: what a guest that hangs looks like.
  for (const guest of ['web1', 'sip1']) {
    inside(guest, 'nft add table netdev deaf');
    inside(guest, `nft 'add chain netdev deaf in { type filter hook ingress device eth0 priority 0; policy drop; }'`);
  }
  const told: string[] = [];
  for (let round = 0; round < 8; round++) told.push(...(await go()));
  assert.deepEqual(told.sort(), ['NIC "sip1/0" does not answer any more', 'NIC "web1/0" does not answer any more']);
  for (const guest of ['web1', 'sip1']) inside(guest, 'nft delete table netdev deaf');
  for (let round = 0; round < 4; round++) told.push(...(await go()));
  assert.deepEqual(told.slice(2).sort(), ['over: NIC "sip1/0" answers again', 'over: NIC "web1/0" answers again']);
  shell('ip -n db1 link set eth0 down');
  for (let round = 0; round < 5; round++) assert.deepEqual(await go(), []);
  shell('ip -n db1 link set eth0 up');
  configureGuest({ ...nic('db1'), guest: 'db1' });
});

test('each guest alone is asked: its neighbours hear nothing of it', async () => {
  inside('db1', 'nft add table netdev ear');
  inside('db1', `nft 'add chain netdev ear in { type filter hook ingress device eth0 priority 0; }'`);
  inside('db1', `nft 'add rule netdev ear in arp daddr ip ${nic('web1').ipv4} counter'`);
  inside('db1', `nft 'add rule netdev ear in arp daddr ip ${nic('db1').ipv4} counter'`);
  const world = onHost();
  const observer = new ReachabilityObserver(world.parts);
  const heard = await until('its own question', async () => {
    await observer.look();
    world.pass(5_100);
    const list = inside('db1', 'nft list chain netdev ear in');
    const [others, own = 0] = [...list.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
    return own > 0 ? { others } : undefined;
  });
  assert.equal(heard.others, 0, 'no question for another guest');
  inside('db1', 'nft delete table netdev ear');
});

test('a forward whose guest does not answer is told after two failures, over with the first success', async () => {
  await web.call('listen', [
    { protocol: 'tcp', port: 80 },
    { protocol: 'tcp', port: 9000 },
  ]);
  const world = onHost();
  const observer = new ForwardObserver({ ...world.parts, clock: systemClock });
  observer.start();
  const first = await until('the forward to db1', () => world.observations[0]);
  assert.deepEqual(
    [first.kind, first.lasts, first.subject.forward, first.subject.guest, first.seen],
    ['forward-down', 'begins', 'tcp/8082', 'db1', 'the guest refuses the connection'],
  );
  const db = await startAgent('db1');
  scope.after(() => db.close());
  await db.call('listen', [{ protocol: 'tcp', port: 82 }]);
  await until('that it is over', () => world.observations.find(({ lasts }) => lasts === 'over'));
  assert.equal(world.observations.length, 2, 'UDP, ranges, what is off and who was never there are not tried');
  await observer.close();
  // Connections that were tried leave nothing behind.
  assert.doesNotMatch(shell('ss -tan state time-wait'), /10\.77\.10\.\d+:8[02]/);
});

test('a guest that takes connections and a host that cannot reach it are told apart from one that does not listen', async () => {
  const world = onHost();
  inside(
    'web1',
    `nft 'table netdev deaf { chain in { type filter hook ingress device eth0 priority 0; policy drop; }; }'`,
  );
  const observer = new ForwardObserver({ ...world.parts, clock: systemClock });
  observer.start();
  const down = await until('the forward to web1', () =>
    world.observations.find(({ subject }) => subject.guest === 'web1'),
  );
  assert.match(down.seen ?? '', /^(?:no answer within 3 s|nobody has the address)$/);
  assert.equal(down.subject.owner, 'team-a');
  await observer.close();
  inside('web1', 'nft delete table netdev deaf');
});

const serviceProcess = (): number =>
  JSON.parse(readFileSync(join(directory, 'dnsmasq', 'dev', 'process.json'), 'utf8')).pid;

/** What a real DHCP client is given. */
const askDhcp = (guest: string, ...more: string[]): string =>
  inside(guest, `busybox udhcpc -i eth0 -f -n -q -T 1 -s /bin/true ${more.join(' ')} 2>&1 || true`);

test('a lease that DHCP gives is told once, and its renewals are not', async () => {
  const world = onHost();
  const observer = new DhcpObserver(world.parts);
  await observer.look();
  assert.deepEqual(world.take(), []);
  const { mac, ipv4 } = nic('web1');
  assert.match(askDhcp('web1'), new RegExp(`lease of ${ipv4} obtained`));
  await observer.look();
  const [given] = world.observations;
  assert.deepEqual([given?.text, given?.subject.nic], [`${mac} was given ${ipv4} by DHCP`, 'web1/0']);
  assert.deepEqual(world.take().length, 1);
  askDhcp('web1');
  await observer.look();
  assert.deepEqual(world.take(), []);
});

test('a NIC that asks by DHCP and gets nothing is told until it gets an address', async () => {
  const world = onHost();
  const observer = new DhcpObserver({ ...world.parts, clock: systemClock });
  await observer.look();
  const pid = serviceProcess();
  // It runs and hears nobody.
  process.kill(pid, 'SIGSTOP');
  const look = async (): Promise<string | undefined> => {
    await observer.look();
    return world.take()[0];
  };
  inside('db1', 'busybox udhcpc -i eth0 -f -n -T 1 -t 60 -s /bin/true >/dev/null 2>&1 &');
  const { mac, ipv4 } = nic('db1');
  const waits = await until('that it waits', look);
  assert.equal(waits, `${mac} asks by DHCP in segment "dev" and gets no address`);
  process.kill(pid, 'SIGCONT');
  const seen: string[] = [];
  await until('that it has an address', async () => {
    await observer.look();
    seen.push(...world.take());
    return seen.length >= 2 || undefined;
  });
  assert.deepEqual(seen.sort(), [`${mac} was given ${ipv4} by DHCP`, `over: it is over that ${waits}`].sort());
});

test('a service that is gone is told until it is back', async () => {
  const world = onHost();
  const observer = new ServiceObserver(world.parts);
  observer.look();
  assert.deepEqual(world.take(), []);
  process.kill(serviceProcess(), 'SIGKILL');
  const gone = await until('that it is gone', () => {
    observer.look();
    return world.take()[0];
  });
  assert.equal(gone, 'service "dnsmasq dev" does not run: segment "dev" has no DHCP and no names');
  await driver.observe();
  await driver.apply(await driver.plan(desired));
  observer.look();
  assert.deepEqual(world.take(), ['over: service "dnsmasq dev" runs again']);
});

test('sessions are counted for guests when there are enough of them, closed ones left out', async () => {
  const world = onHost();
  const observer = new SessionObserver(world.parts);
  const { mac } = nic('web1');
  assert.ok(mac);
  shell('conntrack -F 2>/dev/null || true');
  await observer.look();
  assert.deepEqual(
    world.readings.map(({ condition }) => condition),
    ['sessions'],
    'with so few there is nothing to count',
  );
  assert.match(world.readings[0]?.seen ?? '', /^at most \d+ of 100 sessions$/);
  world.readings.length = 0;
  for (let port = 1; port <= 15; port++) {
    const address = `-p udp -s ${nic('web1').ipv4} -d 203.0.113.1 --sport ${1000 + port} --dport 53 -r 203.0.113.1 -q ${shared.ipv4}`;
    shell(`conntrack -I ${address} --reply-port-src 53 --reply-port-dst ${20_000 + port} -t 60 >/dev/null 2>&1`);
  }
  await observer.look();
  const guest = world.readings.find(({ condition }) => condition === 'guest-sessions');
  assert.deepEqual([guest?.subject.guest, guest?.value, guest?.seen], ['web1', 0.75, '15 of 20 sessions']);
  const all = world.readings.find(({ condition }) => condition === 'sessions');
  assert.equal(all?.value, 0.15);
  shell('conntrack -F 2>/dev/null');
  world.readings.length = 0;
  await observer.look();
  assert.equal(world.readings.find(({ subject }) => subject.guest === 'web1')?.value, 0);
});

test('addresses behind a port are told, a flood of them as one event; a NIC that shows others counts as changed', async () => {
  const world = onHost();
  const observer = new MacObserver(world.parts);
  await observer.look();
  assert.deepEqual(world.take(), []);
  const macs = Array.from(
    { length: 300 },
    (_, n) => `02:00:00:00:0${n >> 8}:${(n & 255).toString(16).padStart(2, '0')}`,
  );
  const port = portOf('db1');
  for (const [count, expected] of [
    [1, /^MAC address 02:00:00:00:00:00 came to port "bkp-db1\.0" of bridge "bk-dev"$/],
    [300, /^299 MAC addresses \(02:\S+, 02:\S+, 02:\S+, …\) came to port "bkp-db1\.0" of bridge "bk-dev"$/],
  ] as const) {
    for (const mac of macs.slice(0, count)) shell(`bridge fdb replace ${mac} dev ${port} master static`);
    const came = await until('what came', async () => {
      await observer.look();
      return world.observations[0];
    });
    assert.match(came.text, expected);
    assert.equal(came.subject.nic, 'db1/0');
    assert.equal(world.take().length, 1);
  }
  // One NIC of five is no wave; three are.
  assert.deepEqual([world.readings.at(-1)?.value, world.readings.at(-1)?.seen], [0, '1 of 5 NICs']);
  const moved = new Map(desired.nics);
  const others = [...desired.nics.values()]
    .filter(({ id, segment }) => segment === 'dev' && id !== 'db1/0')
    .slice(0, 2);
  others.forEach((other, n) => {
    moved.set(other.id, { ...other, mac: `02:1a:3f:ff:ff:0${n}` as DesiredNic['mac'] });
  });
  world.desired = { ...desired, nics: moved };
  await observer.look();
  assert.deepEqual([world.readings.at(-1)?.value, world.readings.at(-1)?.within], [0.6, 600]);
  world.pass(700_000);
  for (const mac of macs) shell(`bridge fdb del ${mac} dev ${port} master`);
  await until('that they are gone', async () => {
    await observer.look();
    return world.take().some((one) => one.includes('went from')) || undefined;
  });
  assert.equal(world.readings.at(-1)?.value, 0);
});
