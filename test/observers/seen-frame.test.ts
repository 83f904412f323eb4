import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linkLocal, parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { readFrame, type SeenFrame } from '../../src/observers/seen-frame.ts';
import { expectedOf, type Offence, seenOf, textOf } from '../../src/observers/violation-words.ts';
import { listFrames } from '../kernel/guard-frames.ts';

const me = {
  mac: parseMacAddress('02:1a:3f:00:00:01'),
  ipv4: parseIpv4('10.77.10.2'),
  ipv6: parseIpv6('fd00:77:10::2'),
};
const victim = {
  mac: parseMacAddress('02:1a:3f:00:10:01'),
  ipv4: parseIpv4('10.77.10.20'),
  ipv6: parseIpv6('fd00:77:10::20'),
};
const { good, bad } = listFrames(me, victim, parseIpv4('203.0.113.10'));
const nic = { mac: me.mac, sources4: [me.ipv4], sources6: [me.ipv6, linkLocal(me.mac)] } as unknown as NonNullable<
  Offence['nic']
>;

const frameNamed = (name: string): { frame: Buffer; offence?: string } => {
  const found = [...good, ...bad].find((tried) => tried.name === name);
  assert.ok(found, name);
  return found;
};
const read = (name: string): SeenFrame => readFrame(frameNamed(name).frame) as SeenFrame;
const told = (name: string, more: Partial<Offence> = {}): string => {
  const { frame, offence = '' } = frameNamed(name);
  const seen = readFrame(frame);
  return textOf({
    offence,
    port: 'tap1',
    count: 12,
    subject: { guest: 'web1' },
    nic,
    segment: undefined,
    seen,
    many: false,
    ...more,
  });
};

test('what a frame says is put into a few words', () => {
  const words = {
    'UDP over IPv4': 'UDP from 10.77.10.2 port 7777 to 10.77.10.20 port 7777',
    'ARP request': 'an ARP request that says 10.77.10.2 is at 02:1a:3f:00:00:01, asking for 10.77.10.20',
    'ARP probe': 'an ARP probe for 10.77.10.2',
    'ARP: I am elsewhere': 'an ARP reply that says 10.77.10.2 is at 02:1a:3f:ee:ee:01',
    'ND: my address is elsewhere': 'a neighbour advertisement that says fd00:77:10::2 is at 02:1a:3f:ee:ee:01',
    'router advertisement behind destination options':
      'a router advertisement from fe80::1a:3fff:fe00:1 to ff02::1 behind other headers',
    'router advertisement in a fragment': 'a router advertisement from fe80::1a:3fff:fe00:1 to ff02::1 in a fragment',
    'a DHCP server': 'a DHCP OFFER of a server at 10.77.10.2 for client 02:1a:3f:00:10:01',
    'a DHCPv6 server': 'a DHCPv6 ADVERTISE of fe80::1a:3fff:fe00:1',
    'spanning tree': 'a spanning tree message',
    'LLDP to its group': 'LLDP (EtherType 0x88cc)',
  };
  for (const [name, expected] of Object.entries(words)) assert.equal(read(name).words, expected, name);
  assert.deepEqual(read('two tags (QinQ)').vlans, [30, 20]);
  assert.match(read('two tags (QinQ)').words, /^UDP from .* with VLAN tag 30 and 20$/);
});

test('a frame full of tags is told in a sentence', () => {
  const tags = Buffer.alloc(384);
  for (let at = 12; at < tags.length; at += 4) tags.writeUInt32BE(0x8100_0001, at);
  assert.ok((readFrame(tags)?.words.length ?? 0) < 200, readFrame(tags)?.words);
});

test('what is wrong about a frame is named, of everything that it could be', () => {
  const texts = {
    'a foreign MAC': 'from MAC address 02:1a:3f:ee:ee:01 that it does not hold',
    'a foreign IPv4 address': 'from IPv4 address 10.77.10.199 that it does not hold',
    'ARP: the gateway is here': 'of ARP claiming 10.77.10.1, which it does not hold',
    'ARP: I am elsewhere': 'of ARP claiming to be at MAC address 02:1a:3f:ee:ee:01, which it does not hold',
    'a foreign IPv6 address': 'from IPv6 address fd00:77:10::bad that it does not hold',
    "ND: the neighbour's address is here": 'claiming IPv6 address fd00:77:10::20, which it does not hold',
    'router solicitation from elsewhere': 'claiming to be at MAC address 02:1a:3f:ee:ee:01, which it does not hold',
    'router advertisement': 'as an IPv6 router, which only the host may be',
    'a DHCP server': 'as a DHCP server, which only the host may be',
    'EtherType 0x8863': 'other than untagged IP and ARP (PPPoE discovery (EtherType 0x8863))',
  };
  for (const [name, words] of Object.entries(texts))
    assert.equal(told(name), `port "tap1" of guest "web1" sent 12 frames ${words}; they were dropped`, name);
  assert.equal(
    told('a foreign MAC', { count: 1, nic: undefined, subject: { port: 'tap1' } }),
    'port "tap1", which no NIC of the site has, sent 1 frame from MAC address 02:1a:3f:ee:ee:01 that it does not hold; it was dropped',
  );
  assert.match(
    told('a foreign MAC', { many: true }),
    /from many MAC addresses that it does not hold, such as 02:1a:3f:ee:ee:01/,
  );
});

test('without an example the kind of offence is told all the same', () => {
  for (const { name } of bad) {
    const text = told(name, { seen: undefined });
    assert.match(text, /^port "tap1" of guest "web1" sent 12 frames .+; they were dropped$/, name);
  }
});

test('what is expected are the addresses of the NIC', () => {
  const about = { offence: 'spoofed_ipv4', port: 'tap1', count: 1, subject: {}, segment: undefined, many: false };
  assert.equal(
    expectedOf({ ...about, nic, seen: undefined }),
    'only 02:1a:3f:00:00:01 with 10.77.10.2, fd00:77:10::2, fe80::1a:3fff:fe00:1',
  );
  assert.equal(expectedOf({ ...about, nic: undefined, seen: undefined }), 'nothing: no NIC of the site is there');
  assert.equal(
    seenOf({ ...about, nic, seen: read('ARP: the gateway is here') }),
    'an ARP reply that says 10.77.10.1 is at 02:1a:3f:00:00:01; from 02:1a:3f:00:00:01 (its own) to ff:ff:ff:ff:ff:ff',
  );
});

test('a starvation of DHCP is told by the clients that it makes up', () => {
  const seen = read('DHCP in the name of somebody else');
  assert.equal(seen?.words, 'a DHCP DISCOVER of client 02:1a:3f:ee:ee:01');
  assert.match(
    told('a foreign MAC', { offence: 'spoofed_dhcp', seen, many: true }),
    /sent 12 frames of DHCP asking in the name of many clients, such as 02:1a:3f:ee:ee:01; they were dropped/,
  );
});

test('no bytes, however cut off or made up, make reading fail', () => {
  const offences = ['spoofed_ipv4', 'spoofed_ipv6', 'spoofed_arp', 'spoofed_dhcp', 'foreign_frame', 'storm', 'other'];
  const some = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc
      .tuple(fc.constantFrom(...good, ...bad), fc.nat(400), fc.uint8Array({ maxLength: 8 }), fc.nat(200))
      .map(([{ frame }, length, noise, at]) => {
        const bytes = Uint8Array.from(frame.subarray(0, length));
        for (const [i, value] of noise.entries()) if (at + i < bytes.length) bytes[at + i] = value;
        return bytes;
      }),
  );
  fc.assert(
    fc.property(some, fc.constantFrom(...offences), fc.boolean(), (bytes, offence, known) => {
      const seen = readFrame(bytes);
      assert.equal(seen === undefined, bytes.length < 14);
      const about = { offence, port: 'tap1', count: 2, subject: {}, segment: undefined, seen, many: false };
      const text = textOf({ ...about, nic: known ? nic : undefined });
      assert.ok(text.length < 500 && !text.includes('undefined') && /^[\x20-\x7e]*$/.test(text), text);
    }),
    { numRuns: 3_000 },
  );
});
