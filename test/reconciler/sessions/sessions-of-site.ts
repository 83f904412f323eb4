import type { Assignments } from '../../../src/model/assignments.ts';
import { type IpAddress, parseIpv4, parseIpv6 } from '../../../src/model/ip-address.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import { parseLabel } from '../../../src/model/names.ts';
import { SiteNames } from '../../../src/reconciler/sessions/site-names.ts';
import { forward, guest, site } from '../../registry/site-builder.ts';

const mac = parseMacAddress('02:1a:3f:00:00:01');
const nics: Assignments['nics'] = new Map(
  (
    [
      ['web1', 0, 'dev', '10.77.10.2', 'fd00:77:10::2'],
      ['web1', 1, 'prod', '10.77.20.2', undefined],
      ['db1', 0, 'dev', '10.77.10.3', 'fd00:77:10::3'],
      ['sip1', 0, 'dev', '10.77.10.4', undefined],
    ] as const
  ).map(([name, nic, segment, ipv4, ipv6]) => [
    `${name}/${nic}`,
    { guest: name, nic, segment, mac, ipv4: parseIpv4(ipv4), ...(ipv6 ? { ipv6: parseIpv6(ipv6) } : {}) },
  ]),
);

/** web1 of team-a on two segments with a forward, db1 beside it, sip1 with the shared address and share id 7. */
export const names = new SiteNames(
  site({
    guests: [
      { ...guest('web1', [{}, { segment: 'prod' }]), owner: parseLabel('team-a') },
      guest('db1'),
      guest('sip1', [{}], ['5060']),
    ],
    forwards: [forward('8080', 'web1'), forward('30000-30009', 'web1', 'udp')],
  }),
  {
    nics,
    guests: new Map([
      ['web1', { guest: 'web1', first: 20_000, last: 20_099, more: [{ first: 21_000, last: 21_099 }] }],
      ['db1', { guest: 'db1', first: 20_100, last: 20_199 }],
      ['sip1', { guest: 'sip1', first: 20_200, last: 20_299, shareId: 7 }],
    ]),
  },
  ['192.168.5.9' as IpAddress],
);
