import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ipOfBytes } from '../../../src/model/ip-address.ts';
import { End, SessionFlag, type SessionRecords } from '../../../src/model/session-record.ts';
import type { SessionReader } from '../../../src/observers/session-log/session-log.ts';
import { siteText } from '../../reconciler/sites.ts';
import type { Flow } from './flow.ts';

/** Guests of the recorder's tests: two translated ones and one that has the shared address itself. */
export const guestNames = ['web1', 'db1', 'sip1'];
const guestLines = [
  'name: web1, nics: [{segment: dev, ip: 10.77.10.20, ip6: "fd00:77:10::20"}]',
  'name: db1, nics: [{segment: dev, ip: 10.77.10.21}]',
  'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
];

/** Their site. Limits do not stand in the way; `more` is put into the head. */
export function recordedSite(more = '', guests: readonly string[] = guestLines): string {
  const head = `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
watch: {guests: false, forwards: false}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
limits: {sessions: 60000, sessionsPerGuest: 20000, newSessionsPerGuest: 100000/second, portBlock: 4000, timeWait: 1s}
${more}
`;
  return siteText({
    head,
    segments: ['name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64"'],
    guests,
    forwards: guests.some((line) => line.includes('web1')) ? ['port: 8080, to: "web1:80"'] : [],
  });
}

/** One record of the log in words. */
export interface Recorded {
  readonly protocol: 'tcp' | 'udp' | number;
  /** `address:port` of all four ends, as the kernel has them. */
  readonly original: readonly [source: string, destination: string];
  readonly reply: readonly [source: string, destination: string];
  readonly start: number;
  /** 0 while it is open. */
  readonly end: number;
  readonly octets: readonly [number, number];
  readonly endUnknown: boolean;
}

function word(records: SessionRecords, index: number): Recorded {
  const end = (which: number): string => `${ipOfBytes(records.address(index, which))}:${records.port(index, which)}`;
  const number = records.protocol(index);
  return {
    protocol: number === 6 ? 'tcp' : number === 17 ? 'udp' : number,
    original: [end(End.originalSource), end(End.originalDestination)],
    reply: [end(End.replySource), end(End.replyDestination)],
    start: records.start(index),
    end: records.end(index),
    octets: [records.octets(index, 0), records.octets(index, 1)],
    endUnknown: (records.flags(index) & SessionFlag.endUnknown) !== 0,
  };
}

/** All that the log has of a time. */
export async function readSessions(reader: SessionReader, from: number, to = Date.now()): Promise<Recorded[]> {
  const { sessions, truncated } = await reader.find({ from, to }, 100_000);
  assert.equal(truncated, false);
  return Array.from({ length: sessions.length }, (_, index) => word(sessions, index));
}

/** The record of a flow from a guest, by its own address and port; fails unless there is just one. */
export function findRecord(sessions: readonly Recorded[], source: string, { protocol, port, seenAs }: Flow): Recorded {
  const found = sessions.filter((one) => one.protocol === protocol && one.original[0] === `${source}:${port}`);
  assert.equal(
    found.length,
    1,
    `${found.length} records of ${protocol} ${source}:${port}, seen as ${seenAs.join(':')}`,
  );
  return found[0] as Recorded;
}

/** Looks again and again, for 30 s at most, until there is an answer. */
export async function until<Value>(what: string, look: () => Promise<Value | undefined>): Promise<Value> {
  for (let tries = 0; tries < 300; tries++) {
    const value = await look();
    if (value !== undefined) return value;
    await sleep(100);
  }
  throw new Error(`${what}: not within 30 s`);
}
