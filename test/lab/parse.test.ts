import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOffences, parseOffenders } from '../../src/lab/gateway.ts';
import { parseDhcpLease } from '../../src/lab/guests.ts';
import { renderTopic, renderVerdict } from '../../src/lab/render-checks.ts';

test('offenders are read from counted sets whose elements begin with port and MAC, and from nothing else', () => {
  const element = (val: unknown, packets?: number) => ({ elem: { val, ...(packets ? { counter: { packets } } : {}) } });
  const json = JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { set: { name: 'ports', elem: ['bkp-web1.0'] } },
      { set: { name: 'meter', elem: [element('bkp-web1.0', 4)] } },
      { set: { name: 'nic_ipv4', elem: [element({ concat: ['bkp-web1.0', '02:1a:3f:00:00:01', '10.77.10.2'] })] } },
      {
        set: {
          name: 'spoofed_arp',
          elem: [element({ concat: ['bkp-web1.0', '02:1a:3f:00:00:01', '10.77.10.1'] }, 20)],
        },
      },
      { chain: { name: 'guard' } },
    ],
  });
  assert.deepEqual(parseOffenders(json), [
    { offence: 'spoofed_arp', port: 'bkp-web1.0', mac: '02:1a:3f:00:00:01', packets: 20 },
  ]);
});

test('offences are read from the sets that count by port, whatever else the elements hold', () => {
  const elem = (val: string, packets: number) => ({ elem: { val, expires: 3599, counter: { packets, bytes: 4 } } });
  const json = JSON.stringify({
    nftables: [
      { set: { name: 'spoofed_arp_ports', elem: [elem('bkp-web1.0', 20), elem('bkp-db1.0', 1)] } },
      { set: { name: 'meter', elem: [elem('bkp-web1.0', 4)] } },
      { set: { name: 'storm_ports' } },
    ],
  });
  assert.deepEqual(parseOffences(json), [
    { offence: 'spoofed_arp', port: 'bkp-web1.0', packets: 20 },
    { offence: 'spoofed_arp', port: 'bkp-db1.0', packets: 1 },
  ]);
});

test('what the DHCP client prints when it is bound is read, and other lines are not', () => {
  const output = [
    'udhcpc: lease of 10.77.10.20 obtained from 10.77.10.1, lease time 600',
    '10.77.10.20/24 router=10.77.10.1 dns=10.77.10.1 domain=dev.example lease=600 serverid=10.77.10.1 mtu=1500',
  ].join('\n');
  assert.deepEqual(parseDhcpLease(output), {
    address: '10.77.10.20',
    prefix: 24,
    router: '10.77.10.1',
    nameServer: '10.77.10.1',
    lease: 600,
  });
  assert.equal(parseDhcpLease('udhcpc: broadcasting discover\nudhcpc: no lease, failing'), undefined);
});

test('a table of checks says of each what was expected and what was seen, and the verdict counts', () => {
  const held = { topic: 'T', name: 'a', expected: 'yes', seen: 'yes', ok: true, milliseconds: 1 };
  const results = [held, { ...held, name: 'b', seen: 'no\nanswer', ok: false }];
  assert.deepEqual(renderTopic('T', results), [
    'T',
    '      check  expected  seen',
    '  ok  a      yes       yes',
    '  NO  b      yes       no answer',
    '',
  ]);
  assert.equal(renderVerdict(results), '1 of 2 checks did not hold.');
  assert.equal(renderVerdict([held]), 'All 1 checks held.');
});
