import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { leftLeases, releaseMessage } from '../../../../src/drivers/linux/dnsmasq/release-lease.ts';
import { parseIpv4 } from '../../../../src/model/ip-address.ts';
import { parseMacAddress } from '../../../../src/model/mac-address.ts';
import { devlab } from '../desired-fixture.ts';

test('a lease is left when its address is reserved for other MAC addresses, and only then', () => {
  const desired = devlab();
  const leases = [
    '1795312876 02:1a:3f:00:00:0a 10.77.10.10 web 01:02:1a:3f:00:00:0a', // web's own
    '1795312876 02:1a:3f:77:00:01 10.77.10.11 db *', // an address that db had
    '1795312876 02:1a:3f:77:00:02 10.77.10.99 * *', // nobody's address
    '0 02:1a:3f:00:00:0e 203.0.113.10 * *', // one who shares it
    'duid 00:01:00:01:30:b5:2a:b1:02:00:5e:00:53:01',
    '1795312876 1 fd00:77:10::a web 00:03:00:01:02:1a:3f:00:00:0a',
    '',
  ].join('\n');
  const found = leftLeases(desired, 'dev', leases).map(({ mac, address, gateway }) => `${mac} ${address} ${gateway}`);
  deepEqual(found, ['02:1a:3f:77:00:01 10.77.10.11 10.77.10.1']);
  deepEqual(leftLeases(desired, 'dev', '0 02:1a:3f:77:00:09 203.0.113.10 * *\n')[0]?.servers, [
    '169.254.1.1',
    '10.77.10.1',
    '203.0.113.10',
  ]);
  deepEqual(leftLeases(desired, 'elsewhere', leases), []);
  const rotating = new Map(desired.nics);
  const db = rotating.get('db/0');
  if (db) rotating.set('db/0', { ...db, also: parseMacAddress('02:1a:3f:77:00:01') });
  deepEqual(leftLeases({ ...desired, nics: rotating }, 'dev', leases), [], 'during the overlap it may have it');
});

test('a release is a DHCP message as RFC 2131 has it', () => {
  const message = releaseMessage(
    parseMacAddress('02:1a:3f:77:00:01'),
    parseIpv4('10.77.10.11'),
    parseIpv4('10.77.10.1'),
  );
  equal(message.subarray(0, 4).toString('hex'), '01010600');
  equal(message.subarray(12, 16).toString('hex'), '0a4d0a0b', 'ciaddr');
  equal(message.subarray(28, 34).toString('hex'), '021a3f770001', 'chaddr');
  equal(message.subarray(236).toString('hex'), '63825363' + '350107' + '36040a4d0a01' + 'ff');
});
