import assert from 'node:assert/strict';
import type { Assignments } from '../../src/model/assignments.ts';
import { parseIpv4, parseIpv6 } from '../../src/model/ip-address.ts';
import { parseMacAddress } from '../../src/model/mac-address.ts';
import { parseMacRange } from '../../src/model/mac-range.ts';
import { parseInterfaceName, parseLabel } from '../../src/model/names.ts';
import { parsePortRange } from '../../src/model/port-range.ts';
import type { Forward, Guest, Limits, Nic, Pool, Segment, Site } from '../../src/model/site.ts';
import { parseIpv4Subnet, parseIpv6Subnet } from '../../src/model/subnet.ts';
import type { Lease } from '../../src/registry/leases/leases.ts';
import { leasesOfSite, MemoryAddresses } from '../../src/registry/leases/memory-addresses.ts';
import { type Proposal, type ProposalContext, proposeAssignments } from '../../src/registry/propose.ts';

export const nobody: Assignments = { nics: new Map(), guests: new Map() };
export const noon = Date.parse('2026-11-21T12:00:00Z');

export function pool(name: string, range: string, rest: Partial<Pool> = {}): Pool {
  return {
    name: parseLabel(name),
    range: parseMacRange(range),
    strategy: 'random',
    quarantine: 1800,
    reserved: [],
    warnings: [80, 95],
    ...rest,
  };
}

export function segment(name: string, subnet: string, subnet6?: string, rest: Partial<Segment> = {}): Segment {
  return {
    name: parseLabel(name),
    bridge: parseInterfaceName(`bk-${name}`),
    subnet: parseIpv4Subnet(subnet),
    ...(subnet6 === undefined ? {} : { subnet6: parseIpv6Subnet(subnet6) }),
    mtu: 1500,
    address6: 'opaque',
    probe: false,
    storm: { broadcast: { count: 500, per: 'second' } },
    ...rest,
  };
}

export interface NicText {
  segment?: string;
  mac?: string | undefined;
  ip?: string | undefined;
  ip6?: string;
  pool?: string;
}

export function nic(text: NicText = {}): Nic {
  return {
    segment: parseLabel(text.segment ?? 'dev'),
    ...(text.mac === undefined ? {} : { mac: parseMacAddress(text.mac) }),
    ...(text.ip === undefined ? {} : { ip: parseIpv4(text.ip) }),
    ...(text.ip6 === undefined ? {} : { ip6: parseIpv6(text.ip6) }),
    ...(text.pool === undefined ? {} : { pool: parseLabel(text.pool) }),
  };
}

export function guest(name: string, nics: NicText[] = [{}], ports: string[] = []): Guest {
  return {
    name: parseLabel(name),
    share: ports.length > 0 ? 'same-address' : 'nat',
    ports: ports.map(parsePortRange),
    nics: nics.map(nic),
  };
}

export function forward(ports: string, to: string, protocol: 'tcp' | 'udp' = 'tcp'): Forward {
  return { protocol, ports: parsePortRange(ports), to: { guest: parseLabel(to), nic: 0, first: 80 }, from: [] };
}

export function site(parts: Partial<Omit<Site, 'limits'>> & { limits?: Partial<Limits> } = {}): Site {
  return {
    name: parseLabel('devlab'),
    uplink: { interface: parseInterfaceName('eth0'), ipv4: parseIpv4('203.0.113.10') },
    pools: [pool('default', '02:1a:3f:00:00:00/24')],
    segments: [segment('dev', '10.77.10.0/24', 'fd00:77:10::/64'), segment('prod', '10.77.20.0/24')],
    guests: [],
    forwards: [],
    policies: [],
    ...parts,
    limits: {
      sessions: 5000,
      sessionsPerGuest: 1000,
      portBlock: 1000,
      portBlocks: 1,
      newSessionsPerGuest: { count: 200, per: 'second' },
      halfOpen: 120,
      established: 7440,
      udp: 300,
      udpUnanswered: 120,
      icmp: 60,
      timeWait: 20,
      ...parts.limits,
    },
  };
}

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * max);
  };
}

/** Besides what the site holds already. */
interface Trial extends Partial<Omit<ProposalContext, 'addresses'>> {
  readonly leases?: readonly Lease[];
  readonly random?: (max: number) => number;
}

/** What the registry gives to a site that holds `held`; the same numbers each time. */
export function propose(wanted: Site, held: Assignments = nobody, parts: Trial = {}): Promise<Proposal> {
  const { leases = [], random = seededRandom(1), ...rest } = parts;
  const siteKey = 'a key of this site';
  const addresses = new MemoryAddresses([...leases, ...leasesOfSite(held, noon)], { siteKey, random });
  return proposeAssignments(wanted, held, { addresses, now: noon, avoidPorts: [], siteKey, ...rest });
}

/** For `assert.rejects`: a failure of this code that says so. */
export const refusal = (code: string, message: RegExp) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, code);
  assert.match((error as Error).message, message);
  return true;
};
