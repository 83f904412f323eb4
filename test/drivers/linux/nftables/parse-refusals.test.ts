import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRefusals } from '../../../../src/drivers/linux/nftables/parse-refusals.ts';

/** As nft 1.0.6 lists a set. */
const listing = (name: string, type: string, elements: string): string =>
  `table inet bridgekeeper {\n\tset ${name} {\n\t\ttype ${type}\n\t\tsize 8192\n\t\tflags dynamic,timeout\n\t\ttimeout 1h\n${elements}\t}\n}\n`;

test('what nft lists of refusals is read: addresses of both families, marks, MAC addresses, how long ago', () => {
  const text = [
    listing(
      'over_rate4',
      'ipv4_addr',
      '\t\telements = { 10.77.10.11 counter packets 4 bytes 336 expires 59m58s992ms,\n\t\t\t     10.77.10.12 counter packets 17 bytes 1428 expires 1m }\n',
    ),
    listing('over_sessions6', 'ipv6_addr', '\t\telements = { fd00:77:10::20 counter packets 1 bytes 80 expires 1h }\n'),
    listing(
      'over_total_shared',
      'mark',
      '\t\telements = { 0x0b001000 counter packets 8 bytes 752 expires 59m59s988ms, 0x00000007 counter packets 1 bytes 60 expires 59m }\n',
    ),
    listing(
      'over_host',
      'ether_addr',
      '\t\telements = { 02:1a:3f:00:10:01 counter packets 2 bytes 120 expires 30m }\n',
    ),
    listing('over_sessions4', 'ipv4_addr', ''),
    listing('at_limit4', 'ipv4_addr', '\t\telements = { 10.77.10.11 expires 40ms }\n'),
  ].join('');
  assert.deepEqual(parseRefusals(text), [
    { limit: 'new-sessions', of: { address: '10.77.10.11' }, count: 4, ago: 1_008 },
    { limit: 'new-sessions', of: { address: '10.77.10.12' }, count: 17, ago: 3_540_000 },
    { limit: 'sessions', of: { address: 'fd00:77:10::20' }, count: 1, ago: 0 },
    { limit: 'all-sessions', of: { shareId: 1 }, count: 8, ago: 12 },
    { limit: 'host', of: { mac: '02:1a:3f:00:10:01' }, count: 2, ago: 1_800_000 },
  ]);
  assert.deepEqual(parseRefusals(''), []);
});
