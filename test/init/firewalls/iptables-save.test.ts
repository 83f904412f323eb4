import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { parseIptablesSave } from '../../../src/init/firewalls/parse-iptables-save.ts';

const scope = { addresses: ['203.0.113.10', '2001:db8::10'], uplink: 'eth0' };
const nat = (...rules: string[]): string => ['*nat', ':PREROUTING ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');
const read = (...rules: string[]) => parseIptablesSave(nat(...rules), 'iptables-nft', 'ip', scope);
const seen = 'iptables-nft, table "nat", chain "PREROUTING"';

test('a DNAT rule becomes a translation, with its sources', () => {
  const { translations, otherTranslations } = read(
    '-A PREROUTING -d 203.0.113.10/32 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 192.168.122.5:80',
    '-A PREROUTING -s 198.51.100.0/24 -i eth0 -p udp -m udp --dport 6000:6010 -m comment --comment "voice, old" -j DNAT --to-destination 192.168.122.6',
    '-A PREROUTING -i eth0 -p tcp -m multiport --dports 80,443,7000:7001 -j DNAT --to-destination 192.168.122.7',
  );
  deepEqual(otherTranslations, []);
  deepEqual(
    translations.map(({ protocol, ports, to, first, from }) => [
      protocol,
      `${ports.first}-${ports.last}`,
      `${to}:${first}`,
      from.map(({ text }) => text).join(),
    ]),
    [
      ['tcp', '8080-8080', '192.168.122.5:80', ''],
      ['udp', '6000-6010', '192.168.122.6:6000', '198.51.100.0/24'],
      ['tcp', '80-80', '192.168.122.7:80', ''],
      ['tcp', '443-443', '192.168.122.7:443', ''],
      ['tcp', '7000-7001', '192.168.122.7:7000', ''],
    ],
  );
  equal(translations[0]?.seen, seen);
});

test('a rule that says more than a forward can is passed on as it is', () => {
  const rules = [
    '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
    '-A PREROUTING -d 203.0.113.99/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.122.5:80',
    '-A PREROUTING -i wlan0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.122.5:80',
    '-A PREROUTING -p tcp -m multiport --dports 80,443 -j DNAT --to-destination 192.168.122.5:8080',
    '-A PREROUTING -p tcp -m tcp --dport 80 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 192.168.122.5',
    '-A PREROUTING -d 203.0.113.10/32 -j DNAT --to-destination 192.168.122.5',
    '-A PREROUTING -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.168.122.5-192.168.122.9',
  ];
  deepEqual(read(...rules), { translations: [], otherTranslations: rules, refusals: [] });
});

test('targets of IPv6 are read', () => {
  const rule = '-A PREROUTING -d 2001:db8::10/128 -p tcp -m tcp --dport 443 -j DNAT --to-destination [fd00:1::5]:8443';
  const { translations } = parseIptablesSave(nat(rule), 'iptables-legacy', 'ip6', scope);
  deepEqual(
    translations.map(({ to, first }) => [to, first]),
    [['fd00:1::5', 8443]],
  );
});

test('chains of the filter table that drop by policy are refusals; those of other tables are not', () => {
  const text = `*mangle
:FORWARD DROP [0:0]
COMMIT
*filter
:INPUT DROP [12:720]
:FORWARD DROP [0:0]
:OUTPUT DROP [0:0]
COMMIT
`;
  deepEqual(
    parseIptablesSave(text, 'iptables-legacy', 'ip', scope).refusals.map(({ hook, table, kept }) => [
      hook,
      table,
      kept,
    ]),
    [
      ['input', 'filter', 'iptables-legacy'],
      ['forward', 'filter', 'iptables-legacy'],
    ],
  );
});
