import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTracedHeaders, parseTraceLine } from '../../../../src/drivers/linux/trace/parse-trace.ts';
import { TracedPackets } from '../../../../src/drivers/linux/trace/traced-packets.ts';

/** As nft 1.0.6 printed it on Linux 6.18: a SYN from a guest to the world, whose number changes on the way. */
const fields = (device: string, source: string, more = ''): string =>
  `packet: iif "${device}" ${more}ether saddr 02:1a:3f:23:a0:74 ether daddr f2:2d:76:62:76:01 ip saddr ${source} ip daddr 203.0.113.1 ip dscp cs0 ip ecn not-ect ip ttl 64 ip id 56805 ip protocol tcp ip length 60 tcp sport 52202 tcp dport 80 tcp flags == syn tcp window 64240`;
const syn = [
  `trace id 0ac91222 bridge bridgekeeper_explain_1 prerouting ${fields('bkp-web1.0', '10.77.10.2')}`,
  'trace id 0ac91222 bridge bridgekeeper_explain_1 prerouting unknown rule handle 6 (verdict jump forth)',
  'trace id 0ac91222 bridge bridgekeeper_explain_1 forth verdict continue ',
  'trace id 0ac91222 bridge bridgekeeper_explain_1 prerouting policy accept ',
  `trace id 0ac91222 bridge bridgekeeper prerouting ${fields('bkp-web1.0', '10.77.10.2')}`,
  'trace id 0ac91222 bridge bridgekeeper unicast_ipv4 rule iifname . ether saddr . ip saddr @nic_ipv4 accept (verdict accept)',
  `trace id 0ac91222 inet bridgekeeper_explain_1 prerouting ${fields('bk-dev', '10.77.10.2')}`,
  'trace id 0ac91222 inet bridgekeeper_explain_1 prerouting unknown rule handle 7 (verdict jump forth)',
  'trace id 0ac91222 inet bridgekeeper_explain_1 prerouting policy accept ',
  `trace id 4c3b522c inet bridgekeeper forwarding ${fields('bk-dev', '10.77.10.2', 'oif "eth0" ')}`,
  'trace id 4c3b522c inet bridgekeeper forwarding rule iifname @bridges goto from_guest (verdict goto from_guest)',
  'trace id 4c3b522c inet bridgekeeper admitted rule accept (verdict accept)',
];

const describeAll = (event: { chain: string; kind: string; verdict: string }) =>
  event.kind === 'rule' && !event.verdict.startsWith('goto') ? { text: event.chain } : undefined;

function packetsOf(lines: readonly string[], table = 'bridgekeeper_explain_1') {
  const packets = new TracedPackets(table, describeAll);
  for (const line of lines) packets.add(line, 1_000);
  return packets;
}

test('a line of nft is read: packet, rule with its verdict, policy, rule that nft does not know', () => {
  assert.deepEqual(parseTraceLine(syn[5] as string), {
    id: '0ac91222',
    family: 'bridge',
    table: 'bridgekeeper',
    chain: 'unicast_ipv4',
    kind: 'rule',
    text: 'iifname . ether saddr . ip saddr @nic_ipv4 accept',
    verdict: 'accept',
    raw: syn[5],
  });
  assert.deepEqual(
    [1, 2, 3].map((i) => parseTraceLine(syn[i] as string)?.verdict.trim()),
    ['jump forth', 'continue', 'accept'],
  );
  for (const line of ['', 'trace id', '# a comment', 'trace id x inet'])
    assert.equal(parseTraceLine(line), undefined, line);
});

test('headers of a packet are read, flags in words', () => {
  const headers = parseTracedHeaders(fields('bk-dev', '10.77.10.2', 'oif "eth0" '));
  assert.deepEqual(
    [headers.source, headers.sourcePort, headers.destination, headers.destinationPort, headers.in, headers.out],
    ['10.77.10.2', 52202, '203.0.113.1', 80, 'bk-dev', 'eth0'],
  );
  assert.equal(parseTracedHeaders('ip protocol tcp tcp flags == 0x12').detail, 'syn ack');
  assert.equal(parseTracedHeaders('ip protocol icmp icmp type echo-request').detail, 'echo-request');
});

test('a packet is one packet although the kernel numbers it anew', () => {
  const packets = packetsOf(syn);
  assert.equal(packets.count, 1);
  const [packet] = packets.packets(10);
  assert.equal(packet?.text, '10.77.10.2:52202 → 203.0.113.1:80, tcp syn');
  assert.deepEqual([packet?.direction, packet?.verdict, packet?.out], ['forth', 'passed', 'eth0']);
  assert.deepEqual(
    packet?.steps.map(({ text, verdict }) => [text, verdict]),
    [
      ['unicast_ipv4', 'accept'],
      ['admitted', 'accept'],
    ],
  );
});

test('a number that is used again is another packet', () => {
  const packets = packetsOf([...syn, ...syn.map((line) => line.replaceAll('56805', '56806'))]);
  assert.equal(packets.count, 2);
  assert.equal(packets.packets(1).length, 1, 'no more than asked for');
});

test('packets that somebody else marked are not shown', () => {
  assert.equal(packetsOf(syn, 'bridgekeeper_explain_2').count, 0);
  const passing = syn.filter((line) => !line.includes('jump forth'));
  assert.deepEqual(packetsOf(passing).packets(10), [], 'it came by, and was none of the flow');
});

test('a dropped packet says so, and what follows is another one', () => {
  const drop = 'trace id 4c3b522c inet bridgekeeper to_guest rule counter name "refused_policy" drop (verdict drop)';
  const packets = packetsOf([...syn.slice(0, -1), drop, ...syn]);
  assert.deepEqual(
    packets.packets(10).map(({ verdict }) => verdict),
    ['dropped', 'passed'],
  );
});
