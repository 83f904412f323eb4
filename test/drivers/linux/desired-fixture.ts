import type { DesiredNic, DesiredSameAddress, DesiredSegment, DesiredState } from '../../../src/model/desired-state.ts';
import { ipv4FromInteger, ipv6FromInteger, linkLocal, parseIpv4 } from '../../../src/model/ip-address.ts';
import { type MacAddress, macFromInteger } from '../../../src/model/mac-address.ts';
import { parseDomainName, parseInterfaceName, parseLabel } from '../../../src/model/names.ts';
import { gateway6Of, gatewayOf, parseIpv4Subnet, parseIpv6Subnet } from '../../../src/model/subnet.ts';

export interface SegmentSketch {
  readonly name: string;
  readonly subnet: string;
  readonly subnet6?: string;
  readonly bridge?: string;
  readonly mtu?: number;
  readonly lease?: number;
  readonly domain?: string;
}

export interface NicSketch {
  readonly guest: string;
  readonly segment: string;
  readonly port?: string;
  /** Last part of the addresses; the MAC ends in it, too. Counted from 10 unless given. */
  readonly host?: number;
  readonly mac?: MacAddress;
  readonly sameAddress?: boolean;
}

function segmentOf(sketch: SegmentSketch): DesiredSegment {
  const subnet = parseIpv4Subnet(sketch.subnet);
  const subnet6 = sketch.subnet6 === undefined ? undefined : parseIpv6Subnet(sketch.subnet6);
  return {
    name: parseLabel(sketch.name),
    bridge: parseInterfaceName(sketch.bridge ?? `bk-${sketch.name}`),
    mtu: sketch.mtu ?? 1500,
    subnet,
    gateway: gatewayOf(subnet),
    ...(subnet6 ? { subnet6, gateway6: gateway6Of(subnet6) } : {}),
    ...(sketch.lease ? { dhcp: { lease: sketch.lease } } : {}),
    ...(sketch.domain ? { domain: parseDomainName(sketch.domain) } : {}),
    storm: { count: 500, per: 'second' },
  };
}

/** A desired state with what the host part and the services read; no forwards and no policies. */
export function desiredState(segments: readonly SegmentSketch[], nics: readonly NicSketch[]): DesiredState {
  const shared = parseIpv4('203.0.113.10');
  const bySegment = new Map(segments.map((sketch) => [sketch.name, segmentOf(sketch)]));
  const byNic = new Map<string, DesiredNic>();
  const sameAddress = new Map<string, DesiredSameAddress>();
  nics.forEach((sketch, index) => {
    const segment = bySegment.get(sketch.segment) as DesiredSegment;
    const host = sketch.host ?? index + 10;
    const guest = parseLabel(sketch.guest);
    const mac = sketch.mac ?? macFromInteger(0x021a3f000000 + host);
    const ipv4 = ipv4FromInteger(segment.subnet.first + host);
    const ipv6 = segment.subnet6 && ipv6FromInteger(segment.subnet6.first + BigInt(host));
    const port = parseInterfaceName(sketch.port ?? `p-${sketch.guest}`);
    const { bridge } = segment;
    byNic.set(`${guest}/0`, {
      id: `${guest}/0`,
      guest,
      index: 0,
      segment: segment.name,
      bridge,
      port,
      mac,
      ipv4,
      ...(ipv6 ? { ipv6 } : {}),
      sources4: [sketch.sameAddress ? shared : ipv4],
      sources6: [linkLocal(mac), ...(ipv6 ? [ipv6] : [])],
      share: sketch.sameAddress ? 'same-address' : 'nat',
    });
    if (!sketch.sameAddress) return;
    const shareId = sameAddress.size + 1;
    const block = { first: 20_000 + shareId * 1000, last: 20_999 + shareId * 1000 };
    sameAddress.set(guest, {
      guest,
      shareId,
      bridge,
      port,
      mac,
      nextHop: ipv4,
      ports: [{ first: 5060, last: 5060 }],
      block,
    });
  });
  return {
    site: parseLabel('testlab'),
    uplink: { interface: parseInterfaceName('up0'), ipv4: shared },
    limits: {
      sessions: 5000,
      sessionsPerGuest: 1000,
      portBlock: 1000,
      portBlocks: 1,
      newSessionsPerGuest: { count: 200, per: 'second' },
      halfOpen: 90,
      established: 7441,
      udp: 301,
      udpUnanswered: 121,
      icmp: 61,
      timeWait: 21,
    },
    segments: bySegment,
    nics: byNic,
    blocks: new Map(),
    sameAddress,
    forwards: new Map(),
    policies: { inner: [], world: [], host: [] },
  };
}

/** Two segments, one with IPv6; three nat guests and two with the shared address. Needs ports p-web, p-db, p-api, p-sip, p-voip. */
export function devlab(): DesiredState {
  return desiredState(
    [
      { name: 'dev', subnet: '10.77.10.0/24', subnet6: 'fd00:77:10::/64', lease: 600, domain: 'dev.example' },
      { name: 'prod', subnet: '10.77.20.0/24', mtu: 9000 },
    ],
    [
      { guest: 'web', segment: 'dev' },
      { guest: 'db', segment: 'dev' },
      { guest: 'api', segment: 'prod' },
      { guest: 'sip', segment: 'dev', sameAddress: true },
      { guest: 'voip', segment: 'dev', sameAddress: true },
    ],
  );
}
