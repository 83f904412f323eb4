import { z } from 'zod';
import { alertsSchema } from './alerts-schema.ts';
import { parseIp, parseIpv4, parseIpv6 } from './ip-address.ts';
import { parseDomainName, parseUuid } from './names.ts';
import { ownerSchema } from './owners-schema.ts';
import { parsePeerText, parsePolicyPort, parseTarget } from './policy-text.ts';
import { poolSchema } from './pool-schema.ts';
import { mostPortBlocks, parsePortRange } from './port-range.ts';
import { parseBandwidth } from './quantity.ts';
import { privacySchema, retentionSchema } from './retention-schema.ts';
import { guestKindKey, rotationSchema } from './rotation-schema.ts';
import { choiceKey, durationKey, interfaceKey, macKey, nameKey, objectKey, rateKey } from './schema-keys.ts';
import { countKey, described, listKey, numberOrTextKey, textKey } from './schema-leaf.ts';
import { sessionLogSchema } from './session-log-schema.ts';
import { parseIpv4Subnet, parseIpv6Subnet, parseSubnet } from './subnet.ts';
import { watchSchema } from './watch-schema.ts';

export { poolSchema };

const ports = 'a port from 1 to 65535 or a range such as "30000-30099"';

const dhcpSchema = objectKey(
  { lease: durationKey('How long a DHCP lease holds.', '10m').prefault('10m') },
  'Serve DHCPv4 on the segment, and DHCPv6 with router advertisements where there is a `subnet6`.',
);

const stormSchema = objectKey(
  {
    broadcast: rateKey('Broadcast and multicast frames that one port may send.', '200/second').prefault('500/second'),
  },
  'Limits on broadcast storms, per port.',
);

export const segmentSchema = objectKey(
  {
    name: nameKey('Name of the segment.', 'dev'),
    subnet: textKey(parseIpv4Subnet, {
      description: 'IPv4 network of the segment. Its first address is the gateway.',
      expected: 'an IPv4 network such as "10.77.10.0/24"',
      examples: ['10.77.10.0/24'],
    }),
    subnet6: textKey(parseIpv6Subnet, {
      description: 'IPv6 network of the segment. Its first address is the gateway. A /64 when DHCP is on.',
      expected: 'an IPv6 network such as "fd00:77:10::/64"',
      examples: ['fd00:77:10::/64'],
    }).optional(),
    dhcp: dhcpSchema.optional(),
    domain: textKey(parseDomainName, {
      description: 'Domain that DNS on the segment answers for; guests are `<name>.<domain>`.',
      expected: 'a domain name such as "dev.example" (RFC 1123)',
      examples: ['dev.example'],
    }).optional(),
    mtu: countKey(576, 9216, {
      description: 'Largest packet in bytes. At least 1280 where there is a `subnet6` (RFC 8200).',
      examples: [1500],
    }).prefault(1500),
    storm: stormSchema.prefault({}),
    udp: durationKey(
      'How long a UDP stream of this segment may be silent, such as that of a device that speaks rarely. Default: `udp` of `limits`.',
      '300s',
    ).optional(),
    pool: nameKey('Pool that MAC addresses come from. Default: the first pool.', 'default').optional(),
    address6: choiceKey(
      ['opaque', 'eui64'],
      'How IPv6 addresses are derived: stable and opaque (RFC 7217), or from the MAC address (RFC 4291).',
    ).prefault('opaque'),
    probe: described(z.boolean(), {
      description:
        'Ask in the segment, by ARP and neighbour discovery, whether somebody uses an address before it is handed out.',
      expected: 'true or false',
      examples: [true],
    }).prefault(false),
    bridge: interfaceKey('Bridge of the segment on the host. Default: `bk-<name>`.', 'bk-dev').optional(),
  },
  'One isolated layer-2 network: a bridge, its addresses, DHCP and DNS.',
);

export const guestLimitsSchema = objectKey(
  {
    sessions: countKey(1, 16_777_216, {
      description: 'Open sessions of the guest. Default: `sessionsPerGuest` of `limits`.',
      examples: [200],
    }).optional(),
    newSessions: rateKey(
      'New sessions that the guest may begin. Default: `newSessionsPerGuest` of `limits`.',
      '20/second',
    ).optional(),
  },
  'Limits of this guest where they are not those of the site.',
);

const nicSchema = objectKey(
  {
    segment: nameKey('Segment that the NIC is in.', 'dev'),
    mac: macKey('MAC address. Default: leased from the pool.').optional(),
    ip: textKey(parseIpv4, {
      description: 'IPv4 address within the subnet of the segment. Default: leased.',
      expected: 'an IPv4 address such as "10.77.10.20"',
      examples: ['10.77.10.20'],
    }).optional(),
    ip6: textKey(parseIpv6, {
      description: 'IPv6 address within the `subnet6` of the segment. Default: leased.',
      expected: 'an IPv6 address such as "fd00:77:10::20"',
      examples: ['fd00:77:10::20'],
    }).optional(),
    pool: nameKey('Pool that the MAC address comes from. Default: the pool of the segment.', 'default').optional(),
    port: interfaceKey(
      'Device on the host that the NIC is plugged into. Default: `bkp-<guest>.<index>`.',
      'tap0',
    ).optional(),
  },
  "A guest's interface.",
);

const portKey = (description: string, examples: (number | string)[]) =>
  numberOrTextKey(parsePortRange, { description, expected: ports, examples });

const natSchema = objectKey(
  {
    mapping: choiceKey(
      ['endpoint-independent', 'address-and-port-dependent'],
      'Whether sessions of one inner address and port appear as one port of the shared address, or each as a port of its own.',
    ).prefault('endpoint-independent'),
    filtering: choiceKey(
      ['address-and-port-dependent', 'endpoint-independent'],
      'Who may send to the port that a session appears as: only whom the guest has sent to, or everybody (IPv4; for games, calls and other peer-to-peer use).',
    ).prefault('address-and-port-dependent'),
  },
  'How outgoing UDP and TCP flows of a `nat` guest are translated, in the words of RFC 4787.',
);

export const guestSchema = objectKey(
  {
    name: nameKey('Name of the guest.', 'web1'),
    owner: nameKey('Tenant that the guest belongs to. A label, nothing more.', 'team-a').optional(),
    uuid: textKey(parseUuid, {
      description:
        'Identity of the guest for pools whose strategy is `hashed`, such as its UUID in libvirt. Default: its name.',
      expected: 'a UUID such as "6a1f9c1e-7f0b-4c51-9d0e-2b7f3a1c9d10" (RFC 9562)',
      examples: ['6a1f9c1e-7f0b-4c51-9d0e-2b7f3a1c9d10'],
    }).optional(),
    kind: guestKindKey.optional(),
    limits: guestLimitsSchema.optional(),
    share: choiceKey(
      ['nat', 'same-address'],
      'How the guest shares the address: with an inner address that is translated, or configured with the shared address itself.',
    ).prefault('nat'),
    ports: listKey(
      portKey('A port or a range of ports of the shared address.', [5060, '16384-16483']),
      {
        description: 'Ports of the shared address, TCP and UDP, that belong to a `same-address` guest.',
        expected: 'a list of ports and port ranges',
        examples: [[5060, '16384-16483']],
      },
      { max: 1000 },
    ).prefault([]),
    nat: natSchema.optional(),
    nics: listKey(
      nicSchema,
      {
        description: 'Interfaces of the guest. The first has index 0.',
        expected: 'a list of 1 to 32 NICs such as [{segment: dev}]',
        examples: [[{ segment: 'dev' }]],
      },
      { min: 1, max: 32 },
    ),
  },
  'A virtual machine, container or device.',
);

export const forwardSchema = objectKey(
  {
    port: portKey('Published port or range of ports of the shared address.', [8080, '30000-30099']),
    protocol: choiceKey(['tcp', 'udp'], 'Transport protocol.').prefault('tcp'),
    to: textKey(parseTarget, {
      description:
        'Guest and port that it leads to, `guest:port`, or `guest/index:port` for another NIC than the first. For a range, the first target port or a range of the same size.',
      expected: 'a guest and a port, such as "web1:80", "web1/1:80" or "web1:30000-30099"',
      examples: ['web1:80', 'web1/1:80', 'web1:30000-30099'],
    }),
    from: listKey(
      textKey(parseSubnet, {
        description: 'A subnet or an address, of either family.',
        expected: 'a subnet or an address, such as "198.51.100.0/24"',
        examples: ['198.51.100.0/24'],
      }),
      {
        description:
          'Sources that may use it, from outside and from other guests; the host itself always may. Empty: everyone.',
        expected: 'a list of subnets such as [198.51.100.0/24]',
        examples: [['198.51.100.0/24']],
      },
      { max: 1000 },
    ).prefault([]),
    rate: rateKey('New connections, all sources together. Default: no limit.', '10/minute').optional(),
    check: choiceKey(
      ['tcp', 'off'],
      'Whether the host connects to the guest now and then to see that it answers. Only for a single TCP port.',
    ).prefault('tcp'),
  },
  'A published port: shared address and port lead to a port of a NIC.',
);

const peerKey = (description: string) =>
  textKey(parsePeerText, {
    description,
    expected: 'a guest, a segment, "world", "host", a subnet or an address',
    examples: ['web1', 'world', '10.77.20.0/24'],
  });

export const policySchema = objectKey(
  {
    name: nameKey('Name of the policy. Default: `policy-<place in the list>`.', 'api-to-db').optional(),
    action: choiceKey(['allow', 'deny'], 'What becomes of a new flow that matches. Answers always pass.'),
    from: peerKey('Where the flow begins; not the host itself. Together with `to`.').optional(),
    to: peerKey('Where the flow goes. Together with `from`.').optional(),
    macAddress: macKey('NIC of the security-group form. Together with `ipRange`; both directions match.').optional(),
    ipRange: textKey(parseSubnet, {
      description: 'Addresses on the other side, in the security-group form.',
      expected: 'a subnet or an address, such as "10.77.10.0/24"',
      examples: ['10.77.10.0/24'],
    }).optional(),
    ports: listKey(
      textKey(parsePolicyPort, {
        description: 'A protocol, or a protocol and destination ports.',
        expected: '"tcp/5432", "udp/1000-2000", "tcp", "udp" or "icmp"',
        examples: ['tcp/5432', 'udp/1000-2000', 'icmp'],
      }),
      {
        description: 'Protocols and destination ports. Empty: all.',
        expected: 'a list of protocols and ports such as [tcp/5432]',
        examples: [['tcp/5432']],
      },
      { max: 1000 },
    ).prefault([]),
    position: countKey(1, 1_000_000, {
      description:
        'Place among the policies; the first that matches decides. Default: the place in the list; last for a policy made through the API.',
      examples: [1],
    }).optional(),
  },
  'Allows or denies new flows between segments, guests, the host and the world. Without one, segments cannot reach each other.',
);

const uplinkSchema = objectKey(
  {
    interface: interfaceKey('Host interface that carries the shared address.', 'eth0'),
    shared: listKey(
      textKey(parseIp, {
        description: 'An address of either family, without a prefix length.',
        expected: 'an address such as "203.0.113.10" or "2001:db8::10"',
        examples: ['203.0.113.10', '2001:db8::10'],
      }),
      {
        description: 'The shared address: one IPv4 and, if there is one, one IPv6 address.',
        expected: 'a list of one IPv4 address and at most one IPv6 address',
        examples: [['203.0.113.10', '2001:db8::10']],
      },
      { min: 1, max: 2 },
    ),
    bandwidth: textKey(parseBandwidth, {
      description:
        'What the line carries in each direction, for the share of it that is in use. Default: the speed of the device.',
      expected: 'a number and a unit, such as "100mbit", "1gbit" or "2.5gbit"',
      examples: ['1gbit'],
    }).optional(),
  },
  'Where the host meets the world.',
);

const limitsSchema = objectKey(
  {
    sessions: countKey(1, 16_777_216, { description: 'Open sessions of all guests.', examples: [5000] }).prefault(5000),
    sessionsPerGuest: countKey(1, 16_777_216, {
      description: 'Open sessions of one guest.',
      examples: [1000],
    }).prefault(1000),
    portBlock: countKey(1, 64_512, {
      description: 'Source ports of the shared address in a port block. Default: `sessionsPerGuest`.',
      examples: [1000],
    }).optional(),
    portBlocks: countKey(1, mostPortBlocks, {
      description:
        'Port blocks of one guest at most: who nears the end of one gets a further one. Default: as many as `sessionsPerGuest` needs.',
      examples: [4],
    }).optional(),
    newSessionsPerGuest: rateKey(
      'New sessions that one guest may begin; as many at once as the number says.',
      '200/second',
    ).prefault('200/second'),
    halfOpen: durationKey('How long a TCP handshake may stay half-open.', '120s').prefault('120s'),
    established: durationKey('How long an open TCP connection may be silent (RFC 5382 REQ-5).', '124m').prefault(
      '124m',
    ),
    udp: durationKey('How long a UDP stream may be silent.', '300s').prefault('300s'),
    udpUnanswered: durationKey(
      'How long a UDP flow may be silent that is no stream: without an answer, or done within 2 s (RFC 4787 REQ-5).',
      '120s',
    ).prefault('120s'),
    icmp: durationKey('How long a ping may go unanswered (RFC 5508 REQ-2).', '60s').prefault('60s'),
    timeWait: durationKey('How long the kernel keeps a closed TCP connection.', '20s').prefault('20s'),
  },
  'Limits on sessions and times.',
);

const settingsShape = {
  site: nameKey('Name of the site.', 'devlab'),
  uplink: uplinkSchema.optional(),
  limits: limitsSchema.prefault({}),
  rotation: rotationSchema.optional(),
  retention: retentionSchema.optional(),
  sessionLog: sessionLogSchema.optional(),
  watch: watchSchema.optional(),
  privacy: privacySchema.optional(),
  alerts: alertsSchema.optional(),
  owners: listKey(
    ownerSchema,
    { description: 'What tenants may do by themselves, and how much they may have.', expected: 'a list of owners' },
    { max: 10_000 },
  ).optional(),
};

/** What belongs to the site as a whole: its name, uplink and limits. */
export const settingsSchema = objectKey(settingsShape, 'Name, uplink and limits of the site.');

const objects = <S extends z.ZodType>(schema: S, description: string, expected: string) =>
  listKey(schema, { description, expected: `a list of ${expected}` }).prefault([]);

/** The whole site file as its user writes it. */
export const siteSchema = described(
  z.strictObject({
    ...settingsShape,
    pools: objects(poolSchema, 'MAC pools. Segments use the first unless they name another.', 'pools'),
    segments: objects(segmentSchema, 'Isolated networks.', 'segments'),
    guests: objects(guestSchema, 'Virtual machines, containers and devices.', 'guests'),
    forwards: objects(forwardSchema, 'Published ports.', 'forwards'),
    policies: objects(policySchema, 'Who may reach whom; the first that matches decides.', 'policies'),
  }),
  {
    description: 'A site file of Bridgekeeper. With pools only, Bridgekeeper is a registry of MAC addresses.',
    expected: 'a mapping that begins with "site: <name>"',
  },
);

/** The site file as it is written, before anything was checked. */
export type SiteInput = z.input<typeof siteSchema>;
