import type { Assignments } from '../../../../src/model/assignments.ts';
import type { DesiredState } from '../../../../src/model/desired-state.ts';
import { markOf } from '../../../../src/model/same-address.ts';
import type { MadeSession } from './session-table.ts';

export const shared = '203.0.113.10';
export const shared6 = '2001:db8::10';
export const world = '198.51.100.7';
const world6 = '2001:db8::1';

export interface ProposedSite {
  readonly desired: DesiredState;
  readonly assignments: Assignments;
}

/** First port of a guest's block. */
export const firstPort = (assignments: Assignments, guest: string): number => assignments.guests.get(guest)?.first ?? 0;

/** Mark of a same-address guest. */
export const markOfGuest = (assignments: Assignments, guest: string): number =>
  markOf(assignments.guests.get(guest)?.shareId ?? 0);

/** Sessions of every kind, by name; each with an original source port of its own, by which it is found again. */
export function sampleSessions({ desired, assignments }: ProposedSite): Record<string, MadeSession> {
  const nicOf = (guest: string): { ipv4: string; ipv6: string } => {
    const nic = desired.nics.get(`${guest}/0`);
    return { ipv4: nic?.ipv4 ?? '', ipv6: nic?.ipv6 ?? '' };
  };
  const first = (guest: string): number => firstPort(assignments, guest);
  const mark = (guest: string): number => markOfGuest(assignments, guest);
  const [web1, web2] = [nicOf('web1'), nicOf('web2')];
  return {
    'web1 to the world': { from: web1.ipv4, to: world, ports: [41001, 443], seenAs: `${shared}:${first('web1') + 1}` },
    'web1 to the world, UDP': {
      protocol: 'udp',
      from: web1.ipv4,
      to: world,
      ports: [41002, 443],
      seenAs: `${shared}:${first('web1') + 2}`,
    },
    'web1 pings the world': {
      protocol: 'icmp',
      from: web1.ipv4,
      to: world,
      ports: [first('web1') + 3, 0],
      seenAs: shared,
    },
    'web1 to another server': {
      from: web1.ipv4,
      to: '192.0.2.9',
      ports: [41004, 443],
      seenAs: `${shared}:${first('web1') + 4}`,
    },
    'web1 to the world, IPv6': {
      from: web1.ipv6,
      to: world6,
      ports: [41005, 443],
      seenAs: `[${shared6}]:${first('web1') + 5}`,
    },
    'web1 to the host': { from: web1.ipv4, to: '10.77.10.1', ports: [41006, 53], protocol: 'udp' },
    'host to web1': { from: '10.77.10.1', to: web1.ipv4, ports: [41007, 22] },
    'web1 to everybody on its segment': { protocol: 'udp', from: web1.ipv4, to: '10.77.10.255', ports: [41008, 137] },
    'web2 to the world': { from: web2.ipv4, to: world, ports: [42001, 443], seenAs: `${shared}:${first('web2') + 1}` },
    'web2 to the world, IPv6': {
      from: web2.ipv6,
      to: world6,
      ports: [42002, 443],
      seenAs: `[${shared6}]:${first('web2') + 2}`,
    },
    'world to 8080': { from: world, to: shared, ports: [43001, 8080], answeredBy: `${web1.ipv4}:80` },
    'world to 8080, IPv6': { from: world6, to: shared6, ports: [43002, 8080], answeredBy: `[${web1.ipv6}]:80` },
    'world to 8081': { from: world, to: shared, ports: [43003, 8081], answeredBy: `${web2.ipv4}:81` },
    'world to 8081, IPv6': { from: world6, to: shared6, ports: [43004, 8081], answeredBy: `[${web2.ipv6}]:81` },
    'world to 9003': { from: world, to: shared, ports: [43005, 9003], answeredBy: `${web1.ipv4}:9103` },
    'web2 to 8080': {
      from: web2.ipv4,
      to: shared,
      ports: [43006, 8080],
      answeredBy: `${web1.ipv4}:80`,
      seenAs: `${shared}:${first('web2') + 6}`,
    },
    'world to 5353, UDP': {
      protocol: 'udp',
      from: world,
      to: shared,
      ports: [43007, 5353],
      answeredBy: `${web1.ipv4}:53`,
    },
    'host to the world': { from: shared, to: world, ports: [44001, 443] },
    'world to the host': { from: world, to: shared, ports: [44002, 22] },
    'world to the host, UDP': { protocol: 'udp', from: world, to: shared, ports: [44003, 53] },
    'world to a container of Docker': { from: world, to: shared, ports: [44004, 3000], answeredBy: '172.17.0.2:3000' },
    'a container of Docker to the world': {
      from: '172.17.0.2',
      to: world,
      ports: [44005, 443],
      seenAs: `${shared}:44005`,
    },
    'sip1 to the world': {
      from: shared,
      to: world,
      ports: [45001, 443],
      seenAs: `${shared}:${first('sip1') + 1}`,
      mark: mark('sip1'),
      zone: assignments.guests.get('sip1')?.shareId ?? 0,
    },
    'world to sip1': { from: world, to: shared, ports: [45002, 5060], mark: mark('sip1') },
    'world to sip1, 16400': { from: world, to: shared, ports: [45003, 16400], protocol: 'udp', mark: mark('sip1') },
    'sip2 to the world': {
      from: shared,
      to: world,
      ports: [46001, 443],
      seenAs: `${shared}:${first('sip2') + 1}`,
      mark: mark('sip2'),
      zone: assignments.guests.get('sip2')?.shareId ?? 0,
    },
    'world to sip2': { from: world, to: shared, ports: [46002, 6060], mark: mark('sip2') },
    'sip2 to web1': {
      from: shared,
      to: web1.ipv4,
      ports: [46003, 80],
      mark: mark('sip2'),
      zone: assignments.guests.get('sip2')?.shareId ?? 0,
    },
  };
}
