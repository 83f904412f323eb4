import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Driver } from '../../src/drivers/driver.ts';
import { createLinuxDriver } from '../../src/drivers/linux/linux-driver.ts';
import { dhcpDiscover } from '../../src/lab/rogue-message.ts';
import { parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { openPacketSocket, type PacketSocket } from '../../src/system/packet-socket.ts';
import {
  broadcastMac,
  ethernetFrame,
  etherType,
  icmpv6Packet,
  ipv4Packet,
  udpPacket,
} from '../../src/system/raw-frame.ts';
import { runCommand } from '../../src/system/run-command.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { desiredSite } from '../drivers/linux/nftables/desired-site.ts';
import { temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { until } from './flows/recorded.ts';
import { type Holder, listFrames } from './guard-frames.ts';
import { buildNetwork, portOf, shared } from './network.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
const port = portOf('web1');
const log = { warn: () => undefined };
const stateDirectory = temporaryDirectory(scope);
let driver: Driver;
let me: Holder;
let victim: Holder;
let guest: PacketSocket;
let neighbour: PacketSocket;

before(async () => {
  buildNetwork([]);
  // The guests' ends of their ports, here instead of in namespaces: nothing else speaks there.
  for (const [name, end] of [
    [port, 'guest'],
    [portOf('db1'), 'neighbour'],
  ])
    shell(`
      ip link add ${name} type veth peer name ${end}
      echo 1 > /proc/sys/net/ipv6/conf/${end}/disable_ipv6
      ip link set ${end} up
      ip link set ${name} addrgenmode none up
    `);
  driver = createLinuxDriver({ stateDirectory, log });
  scope.after(() => driver.close());
  await driver.probe();
  const { desired } = await desiredSite(
    siteText({
      segments: ['name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", storm: {broadcast: 10/minute}'],
      guests: ['name: web1, nics: [{segment: dev}]', 'name: db1, nics: [{segment: dev}]'],
    }),
  );
  await driver.apply(await driver.plan(desired));
  const holder = (id: string): Holder => {
    const nic = desired.nics.get(id);
    return { mac: nic?.mac, ipv4: nic?.ipv4, ipv6: nic?.ipv6 } as Holder;
  };
  me = holder('web1/0');
  victim = holder('db1/0');
  guest = openPacketSocket('guest');
  neighbour = openPacketSocket('neighbour');
  scope.after(() => guest.close());
  scope.after(() => neighbour.close());
});
after(async () => {
  for (const clean of cleaning) await clean();
});

async function countOf(offence: string, of = driver): Promise<number> {
  return (await of.violations()).find((seen) => seen.offence === offence && seen.port === port)?.count ?? 0;
}
const tried = () => listFrames(me, victim, parseIpv4(shared.ipv4));
const sendAll = (frame: Buffer, times: number): void => {
  for (let i = 0; i < times; i++) while (!guest.send(frame));
};
const heard = (frame: Buffer): number => {
  let count = 0;
  neighbour.drain((seen) => {
    if (seen.equals(frame)) count++;
  });
  return count;
};

test('no kind of honest broadcast or multicast passes the limit on storms', async () => {
  const group = ethernetFrame({
    source: me.mac,
    destination: parseMacAddress('01:00:5e:01:01:01'),
    type: etherType.ipv4,
    payload: ipv4Packet({
      source: me.ipv4,
      destination: parseIpv4('239.1.1.1'),
      protocol: 2,
      payload: Buffer.from('1600dcfdef010101', 'hex'),
    }),
  });
  const udp = udpPacket({
    source: me.ipv4,
    destination: parseIpv4('255.255.255.255'),
    sourcePort: 7,
    destinationPort: 7,
    payload: Buffer.from('to all of you'),
  });
  const toAll = (type: number, payload: Buffer): Buffer =>
    ethernetFrame({ source: me.mac, destination: broadcastMac, type, payload });
  const listener = icmpv6Packet({
    source: parseIpv6('::'),
    destination: parseIpv6('ff02::16'),
    type: 143,
    body: Buffer.alloc(4),
  });
  const storms: [string, Buffer][] = [
    ...tried()
      .good.filter(({ frame }) => ((frame[0] as number) & 1) === 1)
      .map(({ name, frame }): [string, Buffer] => [name, frame]),
    ['IGMP report', group],
    ['IPv4 broadcast', toAll(etherType.ipv4, udp)],
    ['MLD report from nobody', toAll(etherType.ipv6, listener)],
    ['DHCP request', dhcpDiscover({ source: me.mac, client: me.mac, file: Buffer.from('x') })],
  ];
  assert.ok(storms.length > 7);
  for (const [name, frame] of storms) {
    const before = await countOf('storm');
    sendAll(frame, 60);
    const cut = (await countOf('storm')) - before;
    assert.ok(cut >= 45, `${name}: ${cut} of 60 were cut off`);
  }
});

test('where there is no room to count any more, lies are dropped and honest frames pass', async () => {
  const [lie] = tried().bad.filter(({ offence }) => offence === 'spoofed_ipv4');
  const [truth] = tried().good;
  assert.ok(lie && truth);
  const fill = async (set: string, key: (i: number) => string, size: number): Promise<void> => {
    for (let from = 0; from < size; from += 1_024) {
      const keys = Array.from({ length: 1_024 }, (_, i) => key(from + i)).join(', ');
      await runCommand(['nft', '-f', '-'], { input: `add element bridge bridgekeeper ${set} { ${keys} }` });
    }
  };
  // As many ports and addresses as there is room for have offended.
  await fill('spoofed_ipv4_ports', (i) => `"nic${i}" counter limit rate 20/minute burst 20 packets`, 16_384);
  await fill('spoofed_ipv4', (i) => `"nic${i}" . 02:00:00:00:00:01 . 10.9.9.9 counter`, 8_192);
  heard(lie.frame);
  sendAll(lie.frame, 50);
  sendAll(truth.frame, 5);
  let honest = 0;
  await until('honest frames arrive', async () => {
    neighbour.drain((seen) => {
      assert.ok(!seen.equals(lie.frame), 'no lie arrives');
      if (seen.equals(truth.frame)) honest++;
    });
    return honest >= 5 ? true : undefined;
  });
  assert.equal(await countOf('spoofed_ipv4'), 0);
  shell('nft flush set bridge bridgekeeper spoofed_ipv4_ports; nft flush set bridge bridgekeeper spoofed_ipv4');
});

test('what an earlier process has counted is not told again by one that cannot make its rules yet', async (t) => {
  const [lie] = tried().bad.filter(({ offence }) => offence === 'rogue_dhcp');
  assert.ok(lie);
  sendAll(lie.frame, 7);
  assert.equal(await countOf('rogue_dhcp'), 7);
  const next = createLinuxDriver({ stateDirectory, log });
  t.after(() => next.close());
  await next.probe();
  assert.deepEqual(await next.violations(), []);
  sendAll(lie.frame, 3);
  assert.equal(await countOf('rogue_dhcp', next), 3);
  const [other] = tried().bad.filter(({ offence }) => offence === 'spoofed_arp');
  assert.ok(other);
  sendAll(other.frame, 2);
  assert.equal(await countOf('spoofed_arp', next), 2);
});
