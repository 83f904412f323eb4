import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BridgekeeperEvent } from '../../src/model/event.ts';
import { parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { macFromInteger, parseMacAddress } from '../../src/model/mac-address.ts';
import { openPacketSocket, type PacketSocket } from '../../src/system/packet-socket.ts';
import { ethernetFrame, etherType, udpPacket } from '../../src/system/raw-frame.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine, temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { until } from './flows/recorded.ts';
import { type Holder, listFrames } from './guard-frames.ts';
import { buildNetwork, portOf, shared } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const port = portOf('web1');
const site = siteText({
  guests: ['name: web1, owner: team-a, nics: [{segment: dev}]', 'name: db1, nics: [{segment: dev}]'],
});
let open: OpenEngine;
let guest: PacketSocket;
let me: Holder;
let victim: Holder;
let directory: string;
before(async () => {
  buildNetwork(['db1']);
  shell(`
    ip link add ${port} type veth peer name guest
    echo 1 > /proc/sys/net/ipv6/conf/guest/disable_ipv6
    ip link set guest up
    ip link set ${port} addrgenmode none up
  `);
  directory = temporaryDirectory(scope);
  open = await openEngine(scope, { directory });
  await open.apply(site);
  const leases = await open.engine.leases();
  const holder = (name: string): Holder => {
    const { mac, ipv4, ipv6 } = leases.find((lease) => lease.guest === name) ?? {};
    return {
      mac: parseMacAddress(mac as string),
      ipv4: parseIpv4(ipv4 as string),
      ipv6: parseIpv6(ipv6 as string),
    };
  };
  me = holder('web1');
  victim = holder('db1');
  guest = openPacketSocket('guest');
  scope.after(() => guest.close());
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const violations = async (): Promise<BridgekeeperEvent[]> => {
  const { events } = await open.engine.events.list({ kinds: ['violation', 'storm'] }, { limit: 100 });
  return events.filter(({ subject }) => subject.port === port);
};
const eventOf = (offence: string) =>
  until(`an event of ${offence}`, async () => (await violations()).find(({ detail }) => detail === offence));
const frame = (name: string): Buffer =>
  listFrames(me, victim, parseIpv4(shared.ipv4)).bad.find((tried) => tried.name === name)?.frame as Buffer;

test('a single bad frame is an event that names port, guest and owner, what was seen and what was expected', async (t) => {
  const started = Date.now();
  guest.send(frame('ARP: the gateway is here'));
  const event = await eventOf('spoofed_arp');
  t.diagnostic(`it is in the list after ${Date.now() - started} ms`);
  assert.deepEqual(event.subject, { guest: 'web1', owner: 'team-a', nic: 'web1/0', port, segment: 'dev' });
  assert.equal(
    event.text,
    `port "${port}" of guest "web1" sent 1 frame of ARP claiming 10.77.10.1, which it does not hold; it was dropped`,
  );
  assert.equal(
    event.seen,
    `an ARP reply that says 10.77.10.1 is at ${me.mac}; from ${me.mac} (its own) to ff:ff:ff:ff:ff:ff`,
  );
  assert.match(event.expected ?? '', new RegExp(`^only ${me.mac} with ${me.ipv4}, `));
  assert.equal(event.done, 'dropped');
  assert.equal(event.state, 'lasting');
});

test('a flood of made-up MAC addresses is one event with every frame counted, and the daemon goes on', async () => {
  const many = 50_000;
  const payload = udpPacket({
    source: me.ipv4,
    destination: victim.ipv4,
    sourcePort: 7,
    destinationPort: 7,
    payload: Buffer.alloc(18),
  });
  for (let i = 0; i < many; i++) {
    const source = macFromInteger(0x02bb00000000 + i);
    const bytes = ethernetFrame({ source, destination: victim.mac, type: etherType.ipv4, payload });
    while (!guest.send(bytes));
    // As long as the daemon's own turn, which this process is as well.
    if (i % 2_000 === 0) await sleep(20);
  }
  const event = await until('all to be counted', async () =>
    (await violations()).find(({ detail, count }) => detail === 'spoofed_ipv4' && count >= many),
  );
  assert.equal(event.count, many);
  assert.match(event.text, /from many MAC addresses that it does not hold, such as 02:bb:/);
  assert.equal((await violations()).filter(({ detail }) => detail === 'spoofed_ipv4').length, 1);
});

test('whoever goes on sending with the MAC address of a neighbour is a conflict in the list, and one alert', async () => {
  const payload = udpPacket({
    source: victim.ipv4,
    destination: me.ipv4,
    sourcePort: 7,
    destinationPort: 7,
    payload: Buffer.alloc(18),
  });
  const bytes = ethernetFrame({ source: victim.mac, destination: me.mac, type: etherType.ipv4, payload });
  const conflict = await until('the conflict', async () => {
    guest.send(bytes);
    return (await open.engine.events.list({ kinds: ['conflict'] }, { limit: 1 })).events[0];
  });
  assert.deepEqual([conflict.subject.port, conflict.severity], [port, 'warning']);
  for (let i = 0; i < 20; i++) {
    guest.send(bytes);
    await sleep(200);
  }
  const alerts = await open.engine.alerts.list({ state: 'firing' });
  assert.deepEqual(
    alerts.filter(({ subject }) => subject.port === port).map(({ rule }) => rule),
    ['violation'],
  );
});

test('an isolated port is silent: nothing of what it goes on sending is a violation, ARP and DHCP to the host neither', async () => {
  await open.engine.isolation.isolate(
    { guest: 'web1', seconds: 600, reason: 'test' },
    { who: 'ada', from: 'unix socket' },
  );
  const before = await open.driver.violations();
  const { good, bad } = listFrames(me, victim, parseIpv4(shared.ipv4));
  for (const one of [...good, ...bad]) while (!guest.send(one.frame));
  const sent = good.length + bad.length;
  await until('all to be dropped', async () => ((await open.driver.isolated()).get(port) ?? 0) >= sent || undefined);
  assert.deepEqual(await open.driver.violations(), before);
  guest.drain(() => {});
  shell(`ip neighbour flush dev bk-dev || true; busybox ping -c 1 -W 1 ${me.ipv4} || true; bridge fdb show br bk-dev`);
  const heard: string[] = [];
  guest.drain((bytes) => heard.push(bytes.toString('hex')));
  assert.deepEqual(heard, [], 'nothing reaches it');
  await open.engine.isolation.undo({ guest: 'web1' }, { who: 'ada', from: 'unix socket' });
});

test('after a restart what was counted before is no new event, and what comes is', async () => {
  guest.send(frame('router advertisement'));
  await eventOf('rogue_router');
  const before = (await violations()).length;
  await open.close();
  open = await openEngine(scope, { directory });
  guest.send(frame('a DHCP server'));
  await eventOf('rogue_dhcp');
  assert.equal((await violations()).length, before + 1);
});
