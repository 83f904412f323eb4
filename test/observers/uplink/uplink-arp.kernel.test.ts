import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Agent, startAgent } from '../../../src/lab/agent-client.ts';
import { arpAnnouncement, neighborAdvertisement } from '../../../src/lab/rogue-message.ts';
import type { BridgekeeperEvent } from '../../../src/model/event.ts';
import { parseIpv4, parseIpv6 } from '../../../src/model/ip-address.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import { parseGateways4, parseGateways6, parseNeighbours4 } from '../../../src/observers/uplink/read-gateways.ts';
import { shell } from '../../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../../drivers/linux/in-namespace.ts';
import { buildNetwork, shared, world } from '../../kernel/network.ts';
import { type OpenEngine, openEngine } from '../../reconciler/open-engine.ts';
import { siteText } from '../../reconciler/sites.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const stranger = parseMacAddress('02:66:66:66:66:66');
let open: OpenEngine;
let agent: Agent;

const conflicts = async (object: string): Promise<BridgekeeperEvent[]> => {
  const { events } = await open.engine.events.list({ kinds: ['conflict'] }, { limit: 100 });
  return events.filter(({ subject }) => subject.object === object);
};

/** Sends frames into the uplink from the world until there is an event that fits, for twenty seconds. */
async function sendUntil(frames: Buffer[], object: string, fits: (event: BridgekeeperEvent) => boolean = () => true) {
  const deadline = performance.now() + 20_000;
  const request = { device: 'eth0', frames: frames.map((frame) => frame.toString('hex')), times: 1, pause: 0 };
  for (;;) {
    await agent.call('sendFrames', request);
    await sleep(300);
    const found = (await conflicts(object)).find(fits);
    if (found) return found;
    if (performance.now() > deadline) assert.fail(`no conflict of ${object}; log: ${open.log.join('\n')}`);
  }
}

before(async () => {
  buildNetwork(['web1']);
  open = await openEngine(scope);
  await open.apply(siteText({ guests: ['name: web1, nics: [{segment: dev}]'] }));
  agent = await startAgent('world');
  scope.after(() => agent.close());
});
after(async () => {
  for (const clean of cleaning) await clean();
});

test('what the gateway and the host say by themselves is no conflict', async () => {
  // Both ask for each other, and the host tells of its own address again.
  shell(`ip neigh flush dev eth0; busybox ping -c 1 -W 10 ${world.ipv4}`);
  shell(`ip netns exec world busybox arping -U -c 2 -I eth0 ${world.ipv4} >/dev/null || true`);
  await sleep(6_000);
  assert.deepEqual(await conflicts(world.ipv4), []);
  assert.deepEqual(await conflicts(shared.ipv4), []);
});

test('somebody who announces the shared address is a conflict', async () => {
  const frame = arpAnnouncement({ source: stranger, senderMac: stranger, senderIp: parseIpv4(shared.ipv4) });
  const event = await sendUntil([frame], shared.ipv4);
  assert.deepEqual([event.severity, event.detail, event.state], ['critical', 'shared_address', 'lasting']);
  assert.equal(event.text, `somebody else at the uplink says to have the shared address ${shared.ipv4}: ${stranger}`);
  assert.match(event.seen ?? '', /^an ARP reply that says 203\.0\.113\.10 is at 02:66:66:66:66:66, from 02:66/);
});

test('somebody else who answers for the gateway is a conflict that names both', async () => {
  shell(`ip neigh flush dev eth0; busybox ping -c 1 -W 10 ${world.ipv4}`);
  const frame = arpAnnouncement({ source: stranger, senderMac: stranger, senderIp: parseIpv4(world.ipv4) });
  // A question tells where its sender is as well as an answer does.
  frame.writeUInt16BE(1, 20);
  const event = await sendUntil([frame], world.ipv4);
  assert.match(event.text, /^the gateway 203\.0\.113\.1 of the uplink is said to be at 02:66:66:66:66:66, and was at /);
  assert.match(event.seen ?? '', /^an ARP request that says 203/);
});

test('the same holds for IPv6, by neighbour advertisements', async () => {
  const frame = neighborAdvertisement({
    source: stranger,
    sender: parseIpv6(shared.ipv6),
    target: parseIpv6(shared.ipv6),
  });
  const event = await sendUntil([frame], shared.ipv6);
  assert.match(event.seen ?? '', /^a neighbour advertisement/);
});

test('a flood is one event with a count', async () => {
  const frame = arpAnnouncement({ source: stranger, senderMac: stranger, senderIp: parseIpv4(shared.ipv4) });
  await sendUntil(
    Array.from({ length: 500 }, () => frame),
    shared.ipv4,
    ({ count }) => count > 400,
  );
  assert.equal((await conflicts(shared.ipv4)).length, 1);
});

test('claims of other addresses are none of its business', async () => {
  const frame = arpAnnouncement({ source: stranger, senderMac: stranger, senderIp: parseIpv4('203.0.113.77') });
  await agent.call('sendFrames', { device: 'eth0', frames: [frame.toString('hex')], times: 5, pause: 100 });
  await sleep(1_000);
  assert.deepEqual(await conflicts('203.0.113.77'), []);
});

test('gateways are read as the kernel writes them', () => {
  const four = [
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
    'eth0\t00000000\t017100CB\t0003\t0\t0\t0\t00000000\t0\t0\t0',
    'eth0\t007100CB\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    'eth1\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  ].join('\n');
  assert.deepEqual(parseGateways4(four, 'eth0'), ['203.0.113.1']);
  const zero = '0'.repeat(32);
  const six = [
    `${zero} 00 ${zero} 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003     eth0`,
    `fe800000000000000000000000000000 40 ${zero} 00 ${zero} 00000100 00000001 00000000 00000001     eth0`,
    `${zero} 00 ${zero} 00 ${zero} ffffffff 00000001 00000000 00200200       lo`,
  ].join('\n');
  assert.deepEqual(parseGateways6(six, 'eth0'), ['2001:db8::1']);
});

test('neighbours are read as the kernel writes them, those that never answered left out', () => {
  const text = [
    'IP address       HW type     Flags       HW address            Mask     Device',
    '203.0.113.1      0x1         0x2         02:00:00:00:00:01     *        eth0',
    '203.0.113.5      0x1         0x0         00:00:00:00:00:00     *        eth0',
    '203.0.113.1      0x1         0x2         02:00:00:00:00:02     *        eth1',
    '',
  ].join('\n');
  assert.deepEqual([...parseNeighbours4(text, 'eth0')], [['203.0.113.1', '02:00:00:00:00:01']]);
});

test('a site can switch it off', async () => {
  const quiet = siteText({ guests: ['name: web1, nics: [{segment: dev}]'] });
  await open.apply(quiet.replace('watch: {', 'watch: {uplink: false, '));
  // It looks at its settings every five seconds.
  await sleep(6_000);
  const [before] = await conflicts(shared.ipv4);
  const frame = arpAnnouncement({ source: stranger, senderMac: stranger, senderIp: parseIpv4(shared.ipv4) });
  await agent.call('sendFrames', { device: 'eth0', frames: [frame.toString('hex')], times: 5, pause: 50 });
  await sleep(1_000);
  assert.equal((await conflicts(shared.ipv4))[0]?.count, before?.count);
});
