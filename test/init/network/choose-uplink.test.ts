import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../../src/errors/app-error.ts';
import { chooseUplink } from '../../../src/init/network/choose-uplink.ts';
import type { ShownAddress, ShownLink, ShownRoute } from '../../../src/init/network/parse-network.ts';
import { parseInterfaceName } from '../../../src/model/names.ts';

const ipv4 = (local: string, more: Partial<ShownAddress> = {}): ShownAddress => ({
  family: 'inet',
  local,
  prefixlen: 24,
  scope: 'global',
  ...more,
});
const ipv6 = (local: string, more: Partial<ShownAddress> = {}): ShownAddress => ({
  ...ipv4(local, more),
  family: 'inet6',
  prefixlen: 64,
});
const ethernet = (ifname: string, ...addr_info: ShownAddress[]): ShownLink => ({
  ifname,
  link_type: 'ether',
  mtu: 1500,
  address: '9a:d4:28:91:7d:4e',
  addr_info,
});
const byDefault = (dev: string, more: Partial<ShownRoute> = {}): ShownRoute => ({ dst: 'default', dev, ...more });

function refusal(run: () => unknown): string {
  let message = '';
  throws(run, (error) => {
    message = isAppError(error) && error.code === 'uplink-unsuitable' ? error.message : '';
    return message !== '';
  });
  return message;
}

test('of several default routes the one with the least metric says which interface is the uplink', () => {
  const links = [ethernet('wlan0', ipv4('192.168.1.5')), ethernet('eth0', ipv4('203.0.113.10'))];
  const routes = [byDefault('wlan0', { metric: 600 }), byDefault('eth0', { metric: 100, gateway: '203.0.113.1' })];
  const uplink = chooseUplink(links, routes, []);
  equal(uplink.interface, 'eth0');
  equal(uplink.ipv4, '203.0.113.10');
  equal(uplink.gateway, '203.0.113.1');
  equal(uplink.notPublic, undefined);
});

test('default routes of other tables, and those that lead nowhere, do not count', () => {
  const links = [ethernet('eth0', ipv4('203.0.113.10')), ethernet('vpn0', ipv4('10.8.0.2'))];
  const routes = [byDefault('vpn0', { table: '51820' }), byDefault('vpn0', { type: 'unreachable' }), byDefault('eth0')];
  equal(chooseUplink(links, routes, []).interface, 'eth0');
});

test('a default route with several next hops leads to the first', () => {
  const route: ShownRoute = { dst: 'default', nexthops: [{ dev: 'eth1', gateway: '203.0.113.1' }, { dev: 'eth0' }] };
  const links = [ethernet('eth0', ipv4('203.0.113.10')), ethernet('eth1', ipv4('203.0.113.11'))];
  equal(chooseUplink(links, [route], []).ipv4, '203.0.113.11');
});

test('the address that the route prefers is shared; the others stay the host’s own', () => {
  const links = [ethernet('eth0', ipv4('203.0.113.10'), ipv4('203.0.113.11'))];
  const uplink = chooseUplink(links, [byDefault('eth0', { prefsrc: '203.0.113.11' })], []);
  equal(uplink.ipv4, '203.0.113.11');
  deepEqual(uplink.others, ['203.0.113.10']);
});

test('a private address is fine, and it is said that it is one', () => {
  const links = [ethernet('eth0', ipv4('192.168.1.5', { dynamic: true }))];
  const uplink = chooseUplink(links, [byDefault('eth0')], []);
  equal(uplink.notPublic, 'private (RFC 1918)');
  equal(uplink.dynamic, true);
});

test('IPv6 is shared only where a default route of IPv6 leads, never a temporary or a link-local address', () => {
  const addresses = [
    ipv6('fd00:1::10'),
    ipv6('2001:db8::aaaa', { temporary: true }),
    ipv6('2001:db8::10'),
    ipv6('fe80::1', { scope: 'link' }),
  ];
  const links = [ethernet('eth0', ipv4('203.0.113.10'), ...addresses)];
  equal(chooseUplink(links, [byDefault('eth0')], [byDefault('eth0')]).ipv6, '2001:db8::10');
  equal(chooseUplink(links, [byDefault('eth0')], []).ipv6, undefined);
});

test('a host without a usable uplink is told what is missing', () => {
  const route = byDefault('eth0');
  equal(
    refusal(() => chooseUplink([ethernet('eth0', ipv4('203.0.113.10'))], [], [])),
    'This host has no IPv4 default route, so its uplink is not known.',
  );
  equal(
    refusal(() => chooseUplink([ethernet('eth0', ipv6('2001:db8::10'))], [route], [route])),
    'The uplink "eth0" has no IPv4 address that could be shared; expected one of global scope, such as 203.0.113.10/24.',
  );
  equal(
    refusal(() => chooseUplink([{ ifname: 'ppp0', link_type: 'ppp', mtu: 1492 }], [byDefault('ppp0')], [])),
    'The uplink "ppp0" is of link type "ppp" and has no MAC address; expected an Ethernet device.',
  );
  equal(
    refusal(() => chooseUplink([ethernet('eth0', ipv4('203.0.113.10'))], [route], [], parseInterfaceName('eth7'))),
    'Interface "eth7" is not on this host; it has eth0.',
  );
});

test('an interface that is named is taken even if no default route leaves by it', () => {
  const links = [ethernet('eth0', ipv4('203.0.113.10')), ethernet('eth1', ipv4('198.51.100.7'))];
  equal(chooseUplink(links, [byDefault('eth0')], [], parseInterfaceName('eth1')).ipv4, '198.51.100.7');
});
