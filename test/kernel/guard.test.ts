import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseOffences } from '../../src/lab/gateway.ts';
import { arpAnnouncement } from '../../src/lab/rogue-message.ts';
import { parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { broadcastMac, ethernetFrame, etherType, udpPacket } from '../../src/system/raw-frame.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { fourGuests, siteText } from '../reconciler/sites.ts';
import { type Holder, listFrames, type TriedFrame } from './guard-frames.ts';
import { buildNetwork, portOf, shared } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;
before(async () => {
  buildNetwork(['web1', 'db1', 'api1', 'sip1']);
  open = await openEngine(scope);
  await open.apply(
    siteText({
      segments: [
        'name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", storm: {broadcast: 200/second}',
        'name: prod, subnet: 10.77.20.0/24',
      ],
      guests: fourGuests,
    }),
  );
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ db1: [80], world: [80] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const holderOf = (guest: string): Holder => {
  const { mac, ipv4, ipv6 } = guests.lease(guest);
  return { mac: parseMacAddress(mac), ipv4: parseIpv4(ipv4), ipv6: parseIpv6(ipv6 as string) };
};

/** Frames that web1's port was counted for, by offence. */
const counted = (): Map<string, number> => {
  const found = new Map<string, number>();
  for (const { offence, port, packets } of parseOffences(shell('nft -j list table bridge bridgekeeper'))) {
    if (port === portOf('web1')) found.set(offence, packets);
  }
  return found;
};

/** Sends each frame once from web1; how often each came in at the neighbours and at the gateway. */
async function send(frames: readonly TriedFrame[]): Promise<Map<string, number>> {
  const places = [
    ['db1', 'eth0'],
    ['sip1', 'eth0'],
    ['host', 'bk-dev'],
    ['world', 'eth0'],
  ] as const;
  const hold = ({ frame }: TriedFrame): string => frame.subarray(-24).toString('hex');
  for (const [name, device] of places) {
    for (const frame of frames) {
      await guests.agent(name).call('startCapture', { name: frame.name, device, filter: { holds: [hold(frame)] } });
    }
  }
  await guests.agent('web1').call('sendFrames', {
    device: 'eth0',
    frames: frames.map(({ frame }) => frame.toString('hex')),
    times: 1,
    pause: 0,
  });
  await sleep(150);
  const arrived = new Map<string, number>();
  for (const [name] of places) {
    for (const frame of frames) {
      const { count } = await guests.agent(name).call('reportCapture', { name: frame.name });
      arrived.set(frame.name, (arrived.get(frame.name) ?? 0) + count);
      await guests.agent(name).call('stopCapture', { name: frame.name });
    }
  }
  return arrived;
}

test('every frame that a guest may send arrives', async () => {
  const { good } = listFrames(holderOf('web1'), holderOf('db1'), parseIpv4(shared.ipv4));
  const before = counted();
  const arrived = await send(good);
  assert.deepEqual(
    good.filter(({ name }) => arrived.get(name) === 0).map(({ name }) => name),
    [],
  );
  assert.deepEqual(counted(), before, 'nobody is counted');
});

test('no frame that a guest may not send arrives anywhere, and each is counted as what it is', async () => {
  const { bad } = listFrames(holderOf('web1'), holderOf('db1'), parseIpv4(shared.ipv4));
  const arrived: string[] = [];
  const miscounted: string[] = [];
  for (let i = 0; i < bad.length; i += 16) {
    const before = counted();
    const some = bad.slice(i, i + 16);
    const seen = await send(some);
    arrived.push(...some.filter(({ name }) => seen.get(name) !== 0).map(({ name }) => name));
    const now = counted();
    for (const offence of new Set(some.map((frame) => frame.offence as string))) {
      const expected = some.filter((frame) => frame.offence === offence).length;
      const grown = (now.get(offence) ?? 0) - (before.get(offence) ?? 0);
      if (grown !== expected)
        miscounted.push(`${offence}: ${grown} instead of ${expected} for ${some.map(({ name }) => name).join()}`);
    }
  }
  assert.deepEqual(arrived, []);
  assert.deepEqual(miscounted, []);
  assert.equal(await guests.answer('web1', holderOf('db1').ipv4, 80), 'db1', 'the guest goes on');
  assert.equal(await guests.answer('web1', '203.0.113.1', 80), 'world');
});

test('broadcasts over the rate of the segment are cut off and their port is named', async () => {
  const { mac, ipv4 } = holderOf('web1');
  await sleep(1_000);
  const frame = arpAnnouncement({ source: mac, senderMac: mac, senderIp: ipv4 }).toString('hex');
  await guests.agent('db1').call('startCapture', {
    name: 'storm',
    device: 'eth0',
    // The guest's own kernel asks for neighbours now and then; these here are announcements.
    filter: { sourceIn: [mac], type: etherType.arp, holds: [frame.slice(28)] },
  });
  const start = performance.now();
  await guests
    .agent('web1')
    .call('sendFrames', { device: 'eth0', frames: Array(100).fill(frame), times: 10, pause: 20 });
  const seconds = (performance.now() - start) / 1000;
  const { count } = await guests.agent('db1').call('reportCapture', { name: 'storm' });
  assert.ok(count >= 200 && count <= 200 + 200 * (seconds + 0.5), `${count} of 1000 in ${seconds} s`);
  const all = (counted().get('storm') ?? 0) + count;
  assert.ok(all >= 1000 && all <= 1005, `${all} frames, ours and a few of the guest's kernel at most`);
});

test("nothing leaves the uplink with a MAC that is not the uplink's", async () => {
  const own = /link\/ether (\S+)/.exec(shell('ip link show eth0'))?.[1] as string;
  const frame = (source: string) =>
    ethernetFrame({
      source: parseMacAddress(source),
      destination: broadcastMac,
      type: etherType.ipv4,
      payload: udpPacket({
        source: parseIpv4(shared.ipv4),
        destination: parseIpv4('203.0.113.1'),
        sourcePort: 9,
        destinationPort: 9,
        payload: Buffer.from('from the uplink'),
      }),
    }).toString('hex');
  const filter = { holds: [Buffer.from('from the uplink').toString('hex')] };
  await guests
    .agent('world')
    .call('startCapture', { name: 'foreign', device: 'eth0', filter: { ...filter, sourceNotIn: [own] } });
  await guests
    .agent('world')
    .call('startCapture', { name: 'own', device: 'eth0', filter: { ...filter, sourceIn: [own] } });
  const frames = [frame('02:1a:3f:ee:ee:07'), frame(guests.lease('web1').mac), frame(own)];
  await guests.agent('host').call('sendFrames', { device: 'eth0', frames, times: 5, pause: 5 });
  await sleep(100);
  assert.equal((await guests.agent('world').call('reportCapture', { name: 'foreign' })).count, 0);
  assert.equal((await guests.agent('world').call('reportCapture', { name: 'own' })).count, 5);
  assert.match(shell('nft list set netdev bridgekeeper foreign_source'), /02:1a:3f:ee:ee:07 .*counter packets 5/);
});
