import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameLine, namesOf } from '../../../src/cli/capture/name-line.ts';

const names = namesOf([
  {
    guest: 'web1',
    nic: 0,
    segment: 'dev',
    mac: '02:1a:3f:00:00:01',
    ipv4: '10.77.10.5',
    ipv6: 'fd00:77:10::5',
    share: 'nat',
    portBlock: '20000-20999',
    attached: true,
  },
]);

test('addresses of guests in the words of tcpdump become their names, ports stay', () => {
  assert.equal(
    nameLine('IP 10.77.10.5.40000 > 198.51.100.7.443: Flags [S], seq 1', names),
    'IP web1/0:40000 > 198.51.100.7.443: Flags [S], seq 1',
  );
  assert.equal(
    nameLine('IP6 fd00:77:10::5.40000 > 2001:db8::1.443: Flags [S]', names),
    'IP6 web1/0:40000 > 2001:db8::1.443: Flags [S]',
  );
  assert.equal(
    nameLine(
      '02:1a:3f:00:00:01 > ff:ff:ff:ff:ff:ff, ARP, Request who-has 10.77.10.1 tell 10.77.10.5, length 28',
      names,
    ),
    'web1/0 > ff:ff:ff:ff:ff:ff, ARP, Request who-has 10.77.10.1 tell web1/0, length 28',
  );
});

test('an address that only begins like one of a guest stays as it is, and so does the time', () => {
  const line = '2026-11-22 04:55:37.715515 IP 10.77.10.55 > 110.77.10.5: ICMP echo request, id 5, seq 1';
  assert.equal(nameLine(line, names), line);
});
