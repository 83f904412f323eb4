import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpv6Subnet, subnetHolds } from '../../src/model/subnet.ts';
import { stableIpv6 } from '../../src/registry/stable-ipv6.ts';

const subnet = parseIpv6Subnet('fd00:77:10::/64');
const always = (): boolean => true;

test('an address stays the same for the same subnet, guest, NIC and key, and depends on each of them', () => {
  const address = stableIpv6(subnet, 'web1', 0, 'key', always);
  assert.equal(stableIpv6(subnet, 'web1', 0, 'key', always), address);
  const others = [
    stableIpv6(parseIpv6Subnet('fd00:77:11::/64'), 'web1', 0, 'key', always)?.replace('77:11', '77:10'),
    stableIpv6(subnet, 'web2', 0, 'key', always),
    stableIpv6(subnet, 'web1', 1, 'key', always),
    stableIpv6(subnet, 'web1', 0, 'other', always),
  ];
  assert.equal(new Set([address, ...others]).size, 5);
});

test('a taken address is left for the next one of the same NIC (duplicate address detection)', () => {
  const first = stableIpv6(subnet, 'web1', 0, 'key', always);
  const second = stableIpv6(subnet, 'web1', 0, 'key', (address) => address !== first);
  assert.notEqual(second, first);
  assert.equal(
    stableIpv6(subnet, 'web1', 0, 'key', (address) => address !== first),
    second,
  );
});

test('addresses lie inside of the subnet, whatever its size, and are neither the first nor the gateway', () => {
  for (const text of ['fd00::/48', 'fd00::/64', 'fd00::10:0/112', 'fd00::4/126']) {
    const small = parseIpv6Subnet(text);
    for (let nic = 0; nic < 50; nic++) {
      const address = stableIpv6(small, 'g', nic, 'key', always);
      assert.ok(address !== undefined && subnetHolds(small, address), `${address} in ${text}`);
      assert.ok(!['fd00::', 'fd00::1', 'fd00::10:0', 'fd00::10:1', 'fd00::4', 'fd00::5'].includes(address));
    }
  }
});

test('a full subnet gives no address', () => {
  assert.equal(
    stableIpv6(subnet, 'web1', 0, 'key', () => false),
    undefined,
  );
  assert.equal(stableIpv6(parseIpv6Subnet('fd00::/127'), 'web1', 0, 'key', always), undefined);
});
