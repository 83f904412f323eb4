import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  interfaceSightings,
  parseFdbLines,
  parseLinkLines,
  parseNeighbourLines,
  parseOffenderListing,
} from '../../../../src/drivers/linux/wire/parse-sightings.ts';

const now = 1_795_312_000_000;

test('interfaces are read with what they are plugged into, and without those that have no Ethernet address', async () => {
  const links = await parseLinkLines(
    [
      '1: lo: <LOOPBACK,UP> mtu 65536 qdisc noqueue state UNKNOWN mode DEFAULT\\    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
      '3: vnet0@if2: <BROADCAST,UP> mtu 1500 qdisc noqueue master br0 state UP\\    link/ether fe:8a:37:b1:b7:18 brd ff:ff:ff:ff:ff:ff link-netns g1',
      '4: br0.10@br0: <BROADCAST> mtu 1500 qdisc noop state DOWN\\    link/ether d6:3d:2d:b9:b7:92 brd ff:ff:ff:ff:ff:ff',
      '5: eth0: <BROADCAST> mtu 1500 qdisc mq state UP\\    link/ether 02:00:00:00:00:05 brd ff:ff:ff:ff:ff:ff permaddr 00:50:56:00:00:05',
      '6: bk-verify0@bk-verify0o: <BROADCAST> mtu 1500 master br0 state UP\\    link/ether 02:00:00:00:00:06 brd ff:ff:ff:ff:ff:ff',
    ].join('\n'),
  );
  assert.deepEqual(
    links.map(({ name, master, lower }) => [name, master, lower]),
    [
      ['lo', undefined, undefined],
      ['vnet0', 'br0', undefined],
      ['br0.10', undefined, 'br0'],
      ['eth0', undefined, undefined],
    ],
  );
  assert.deepEqual(
    interfaceSightings(links, now).map(({ mac, device }) => `${mac} ${device}`),
    ['fe:8a:37:b1:b7:18 vnet0', 'd6:3d:2d:b9:b7:92 br0.10', '02:00:00:00:00:05 eth0', '00:50:56:00:00:05 eth0'],
  );
});

test("a forwarding table shows who is behind ports, not the bridge's own addresses and no groups", async () => {
  const found = await parseFdbLines(
    [
      '33:33:00:00:00:01 dev br0 self permanent',
      'fa:8a:37:b1:b7:18 dev v1 used 2/2 master br0 permanent',
      '02:00:00:00:00:77 dev v1 used 2/30 master br0 ',
      '02:00:00:00:00:88 dev v1 used 2/99 master br0 static',
      '02:00:00:00:00:99 dev vx0 dst 10.0.0.9 used 2/2 self permanent',
      '00:00:00:00:00:00 dev vx0 dst 10.0.0.9 self permanent',
    ].join('\n'),
    now,
  );
  assert.deepEqual(found, [
    { mac: '02:00:00:00:00:77', kind: 'fdb', device: 'v1', bridge: 'br0', at: now - 30_000 },
    { mac: '02:00:00:00:00:88', kind: 'fdb', device: 'v1', bridge: 'br0', at: now },
    { mac: '02:00:00:00:00:99', kind: 'trunk', device: 'vx0', at: now },
  ]);
});

test('neighbours are as old as their last sign of life; who never answered is none', async () => {
  const bridgeOf = (device: string) => (device === 'br0' ? 'br0' : undefined);
  const found = await parseNeighbourLines(
    [
      '10.0.0.7 dev br0 lladdr 02:00:00:00:00:77  ref 1 used 2/40/90probes 4 REACHABLE ',
      '10.0.0.8 dev br0  used 2/2/2probes 4 FAILED ',
      'fe80::1 dev eth0 lladdr 02:00:00:00:00:01 router used 9/9/9 probes 1 STALE',
      '10.0.0.9 dev br0 lladdr 02:00:00:00:00:09 used 500/500/500probes 0 PERMANENT',
    ].join('\n'),
    bridgeOf,
    now,
  );
  assert.deepEqual(found, [
    { mac: '02:00:00:00:00:77', kind: 'neighbour', device: 'br0', bridge: 'br0', ip: '10.0.0.7', at: now - 40_000 },
    { mac: '02:00:00:00:00:01', kind: 'neighbour', device: 'eth0', ip: 'fe80::1', at: now - 9_000 },
    { mac: '02:00:00:00:00:09', kind: 'neighbour', device: 'br0', bridge: 'br0', ip: '10.0.0.9', at: now },
  ]);
});

test('an offender is seen once for each port, when its last frame was dropped', async () => {
  const found = await parseOffenderListing(
    `table bridge bridgekeeper {
	set spoofed_ipv4 {
		typeof iifname . ether saddr . ip saddr
		size 8192
		flags dynamic,timeout
		timeout 1h
		elements = { "v1" . 02:00:00:00:00:78 . 10.0.0.1 counter packets 1 bytes 84 expires 59m58s788ms,
			     "v1" . 02:00:00:00:00:78 . 10.0.0.2 counter packets 1 bytes 84 expires 30m,
			     "v2" . 02:00:00:00:00:79 . 10.0.0.2 counter packets 9 bytes 84 expires 59m }
	}
}`,
    () => 'br0',
    now,
  );
  assert.deepEqual(found, [
    { mac: '02:00:00:00:00:78', kind: 'offender', device: 'v1', bridge: 'br0', at: now - 1_212 },
    { mac: '02:00:00:00:00:79', kind: 'offender', device: 'v2', bridge: 'br0', at: now - 60_000 },
  ]);
});
