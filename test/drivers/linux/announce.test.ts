import assert from 'node:assert/strict';
import { test } from 'node:test';
import { announcements, gatewayAdvertisements } from '../../../src/drivers/linux/announce.ts';
import type { DesiredNic } from '../../../src/model/desired-state.ts';
import { linkLocal, parseIpv6 } from '../../../src/model/ip-address.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import { ipBytes, macBytes } from '../../../src/system/raw-frame.ts';
import { devlab } from './desired-fixture.ts';

const nicOf = (share: DesiredNic['share']): DesiredNic => {
  const found = [...devlab().nics.values()].find((nic) => nic.share === share && nic.ipv6 !== undefined);
  assert.ok(found?.ipv6, share);
  return found;
};
const hex = (frame: Buffer | undefined, first: number, length: number): string =>
  (frame ?? Buffer.alloc(0)).subarray(first, first + length).toString('hex');

/** The Internet checksum (RFC 1071) over pseudo-header and message; zero when it is right. */
function checksumOf(frame: Buffer): number {
  const packet = frame.subarray(14);
  const length = packet.readUInt16BE(4);
  const pseudo = Buffer.concat([packet.subarray(8, 40), Buffer.from([0, 0, 0, length, 0, 0, 0, 58])]);
  const data = Buffer.concat([pseudo, packet.subarray(40, 40 + length)]);
  let sum = 0;
  for (let i = 0; i < data.length; i += 2) sum += data.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

test('a NIC is announced by a gratuitous ARP request and an advertisement that overrides', () => {
  const nic = nicOf('nat');
  const mac = macBytes(nic.mac).toString('hex');
  const [arp, advertisement] = announcements(nic);
  assert.equal(hex(arp, 0, 14), `ffffffffffff${mac}0806`);
  const ip = ipBytes(nic.ipv4).toString('hex');
  assert.equal(hex(arp, 14, 28), `0001080006040001${mac}${ip}${mac}${ip}`);
  assert.ok(advertisement && nic.ipv6);
  const ip6 = ipBytes(nic.ipv6).toString('hex');
  assert.equal(hex(advertisement, 0, 14), `333300000001${mac}86dd`);
  assert.equal(hex(advertisement, 22, 16), ip6, 'source');
  assert.equal(hex(advertisement, 54, 1), '88');
  assert.equal(hex(advertisement, 58, 4), '20000000', 'override alone: it is no router, and nobody asked');
  assert.equal(hex(advertisement, 62, 16), ip6, 'target');
  assert.equal(hex(advertisement, 78, 8), `0201${mac}`);
  assert.equal(checksumOf(advertisement), 0);
});

test('a same-address guest is announced over IPv6 only: its IPv4 address is the gateway’s to answer for', () => {
  const frames = announcements({ ...nicOf('nat'), share: 'same-address' });
  assert.deepEqual(
    frames.map((frame) => hex(frame, 12, 2)),
    ['86dd'],
  );
});

test('the guest itself is told of the gateway by both of its addresses, as a router', () => {
  const nic = nicOf('nat');
  const bridge = parseMacAddress('02:00:00:00:00:99');
  const gateway6 = parseIpv6('fd00:77:10::1');
  const frames = gatewayAdvertisements(nic, gateway6, bridge);
  assert.deepEqual(
    frames.map((frame) => hex(frame, 62, 16)),
    [gateway6, linkLocal(bridge)].map((address) => ipBytes(address).toString('hex')),
  );
  for (const frame of frames) {
    assert.equal(hex(frame, 0, 12), macBytes(nic.mac).toString('hex') + macBytes(bridge).toString('hex'));
    assert.equal(hex(frame, 58, 4), 'a0000000');
    assert.equal(checksumOf(frame), 0);
  }
});
