import fc from 'fast-check';
import { recordSize, SessionFlag, SessionRecords } from '../../../src/model/session-record.ts';
import type { LogEvent, SessionLogOptions, SessionMatch } from '../../../src/observers/session-log/session-log.ts';

/** What a test says of a session; addresses are numbers that `appendSession` makes bytes of. */
export interface Session {
  readonly id: number;
  readonly ipv6: boolean;
  readonly protocol: number;
  readonly zone: number;
  readonly mark: number;
  readonly ports: readonly number[];
  readonly addresses: readonly number[];
  readonly flags: number;
  readonly start: number;
  readonly end: number;
  readonly octets: readonly number[];
  readonly packets: readonly number[];
}

export function addressBytes(number: number, ipv6: boolean): Uint8Array {
  const bytes = new Uint8Array(ipv6 ? 16 : 4);
  new DataView(bytes.buffer).setUint32(ipv6 ? 12 : 0, number);
  if (ipv6) bytes[0] = 0xfd;
  return bytes;
}

export function appendSession(records: SessionRecords, session: Session): number {
  const at = records.push();
  records.u32[at * 32] = session.id;
  records.bytes[at * recordSize + 4] = session.ipv6 ? 6 : 4;
  records.bytes[at * recordSize + 5] = session.protocol;
  records.u16[at * 64 + 3] = session.zone;
  records.u32[at * 32 + 2] = session.mark;
  records.u16.set(session.ports, at * 64 + 6);
  records.u32[at * 32 + 5] = session.flags;
  records.f64.set([session.start, session.end, ...session.octets], at * 16 + 3);
  records.u32.set(session.packets, at * 32 + 14);
  for (const [end, address] of session.addresses.entries()) {
    records.bytes.set(addressBytes(address, session.ipv6), at * recordSize + 64 + end * 16);
  }
  return at;
}

export function recordsOf(sessions: readonly Session[]): SessionRecords {
  const records = new SessionRecords(Math.max(1, sessions.length));
  for (const session of sessions) appendSession(records, session);
  return records;
}

/** The bytes of every record without its id, sorted: what is compared. */
export function contents(records: SessionRecords): string[] {
  return Array.from({ length: records.length }, (_record, i) =>
    Buffer.from(records.bytes.subarray(i * recordSize + 4, (i + 1) * recordSize)).toString('hex'),
  ).sort();
}

/** A session of few addresses and ports, so that many have something in common. */
export function arbitrarySession(times: { readonly from: number; readonly to: number }): fc.Arbitrary<Session> {
  const port = fc.oneof(fc.constantFrom(53, 443, 20_000, 20_001), fc.nat(65_535));
  const address = fc.oneof(fc.constantFrom(1, 2, 0x0a000005, 0xcb00710a), fc.nat(0xffffffff));
  const translated = fc.tuple(fc.array(address, { minLength: 4, maxLength: 4 }), fc.integer({ min: 0, max: 3 }));
  const count = fc.oneof(fc.nat(3), fc.nat(0xffffffff));
  const octets = fc.oneof(
    fc.nat(5000),
    fc.maxSafeInteger().map((value) => Math.abs(value)),
  );
  return fc
    .record({
      id: fc.nat(0xffffffff),
      ipv6: fc.boolean(),
      protocol: fc.constantFrom(1, 6, 17, 58, 132),
      zone: fc.constantFrom(0, 0, 7),
      mark: fc.oneof(fc.constant(0), fc.nat(0xffffffff)),
      ports: fc.array(port, { minLength: 4, maxLength: 4 }),
      addresses: translated.map(([ends, kept]) => {
        const [a = 0, b = 0, c = 0, d = 0] = ends;
        return [a, b, kept & 1 ? b : c, kept & 2 ? a : d];
      }),
      flags: fc.oneof(fc.constantFrom(0, SessionFlag.seenReply | SessionFlag.assured), fc.nat(0xffff)),
      start: fc.integer({ min: times.from, max: times.to }),
      length: fc.oneof(fc.constantFrom(0, 30_000, 30_004), fc.nat(400_000), fc.nat(90_000_000)),
      octets: fc.array(octets, { minLength: 2, maxLength: 2 }),
      packets: fc.array(count, { minLength: 2, maxLength: 2 }),
    })
    .map(({ length, ...session }) => ({ ...session, end: session.start + length }));
}

/** What a reader must find, by looking at every session. */
export function naiveFind(sessions: readonly Session[], match: SessionMatch): Session[] {
  const isAt = (session: Session, end: number, address?: Uint8Array, port?: number): boolean =>
    (port === undefined || session.ports[end] === port) &&
    (address === undefined ||
      Buffer.compare(address, addressBytes(session.addresses[end] as number, session.ipv6)) === 0);
  return sessions.filter((session) => {
    if (session.start > match.to || session.end < match.from) return false;
    if (match.protocol !== undefined && session.protocol !== match.protocol) return false;
    const ends = [0, 1, 2, 3];
    return ends.some(
      (end) =>
        isAt(session, end, match.address, match.port) &&
        (match.peer === undefined ||
          ends.some((other) => other !== end && isAt(session, other, match.peer?.address, match.peer?.port))),
    );
  });
}

/** A clock that the test sets, and options of a log with it. */
export function logOptions(directory: string, now: number) {
  const clock = { now };
  const events: LogEvent[] = [];
  const options: SessionLogOptions = {
    directory,
    keepDays: 180,
    mostBytes: 2 ** 40,
    leaveFree: 0,
    now: () => clock.now,
    onEvent: (event) => events.push(event),
  };
  return { clock, events, options };
}
