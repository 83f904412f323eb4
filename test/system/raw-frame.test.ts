import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  arpAnnouncement,
  dhcpOffer,
  neighborAdvertisement,
  routerAdvertisement,
  spanningTreeFrame,
} from '../../src/lab/rogue-message.ts';
import { parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { ethernetFrame, etherType, icmpEcho, multicastMac, udpPacket } from '../../src/system/raw-frame.ts';

// The expected octets were made by scapy 2.5 from the same values.
const source = parseMacAddress('02:1a:3f:00:10:01');
const destination = parseMacAddress('02:1a:3f:00:00:02');
const ip = parseIpv4('10.77.10.20');
const linkLocal = parseIpv6('fe80::1a:3fff:fe00:1001');
const ports = { sourcePort: 7777, destinationPort: 7778, payload: Buffer.from('hello') };

test('an ARP announcement is what scapy makes of it', () => {
  assert.equal(
    arpAnnouncement({ source, senderMac: source, senderIp: ip }).toString('hex'),
    'ffffffffffff021a3f00100108060001080006040002021a3f0010010a4d0a14ffffffffffff0a4d0a14',
  );
});

test('a UDP datagram over IPv4 with an 802.1Q tag is what scapy makes of it', () => {
  const payload = udpPacket({ source: ip, destination: parseIpv4('10.77.10.2'), ...ports });
  assert.equal(
    ethernetFrame({ source, destination, type: etherType.ipv4, payload, vlan: 20 }).toString('hex'),
    '021a3f000002021a3f00100181000014080045000021000000004011521d0a4d0a140a4d0a021e611e62000d568f68656c6c6f',
  );
});

test('a UDP datagram over IPv6 is what scapy makes of it', () => {
  const ends = { source: parseIpv6('fd00:77:10::20'), destination: parseIpv6('fd00:77:10::2') };
  assert.equal(
    ethernetFrame({ source, destination, type: etherType.ipv6, payload: udpPacket({ ...ends, ...ports }) }).toString(
      'hex',
    ),
    '021a3f000002021a3f00100186dd60000000000d1140fd000077001000000000000000000020fd0000770010000000000000000000021e611e62000d840d68656c6c6f',
  );
});

test('an echo request with an odd number of octets is what scapy makes of it', () => {
  const ends = { source: ip, destination: parseIpv4('10.77.10.2') };
  const payload = icmpEcho({ ...ends, identifier: 7, payload: Buffer.from('odd') });
  assert.equal(
    ethernetFrame({ source, destination, type: etherType.ipv4, payload }).toString('hex'),
    '021a3f000002021a3f00100108004500001f000000004001522f0a4d0a140a4d0a0208002493000700016f6464',
  );
});

test('a neighbour advertisement is what scapy makes of it', () => {
  assert.equal(
    neighborAdvertisement({ source, sender: linkLocal, target: parseIpv6('fd00:77:10::1') }).toString('hex'),
    '333300000001021a3f00100186dd6000000000203afffe80000000000000001a3ffffe001001ff0200000000000000000000000000018800bb5f20000000fd0000770010000000000000000000010201021a3f001001',
  );
});

test('a router advertisement is what scapy makes of it', () => {
  assert.equal(
    routerAdvertisement({ source, sender: linkLocal }).toString('hex'),
    '333300000001021a3f00100186dd6000000000183afffe80000000000000001a3ffffe001001ff020000000000000000000000000001860094e84000070800000000000000000101021a3f001001',
  );
});

test('a spanning tree frame is what scapy makes of it', () => {
  assert.equal(
    spanningTreeFrame(source).toString('hex'),
    '0180c2000000021a3f001001002642420300000000000000021a3f001001000000000000021a3f00100180010000140002000f00',
  );
});

test('a DHCP offer is what scapy makes of it', () => {
  const offer = dhcpOffer({
    source,
    server: ip,
    client: destination,
    offered: parseIpv4('10.77.10.199'),
    transaction: 7,
    file: Buffer.from('marker'),
  }).toString('hex');
  const headers =
    'ffffffffffff021a3f00100108004500012800000000401165650a4d0a14ffffffff0043004401149688020106000000000700008000000000000a4d0ac70a4d0a1400000000021a3f000002';
  const options = '6382536335010236040a4d0a143304000002580104ffffff0003040a4d0a14ff';
  assert.ok(offer.startsWith(headers), offer);
  assert.ok(offer.endsWith(options), offer);
  assert.equal(offer.slice(headers.length, -options.length).replace(/00/g, ''), Buffer.from('marker').toString('hex'));
});

test('an IPv6 group address maps to its Ethernet group', () => {
  assert.equal(multicastMac(parseIpv6('ff02::1:ff00:1001')), '33:33:ff:00:10:01');
});
