import { bytesOfIp, parseIp } from '../../../src/model/ip-address.ts';
import { parseProtocol } from '../../../src/model/protocols.ts';
import { markOf } from '../../../src/model/same-address.ts';
import {
  recordSize,
  SessionFlag,
  SessionRecords,
  tcpStateShift,
  tcpStates,
} from '../../../src/model/session-record.ts';

/** A session as a test writes it down. `original` and `reply` are source and destination, `10.77.10.2:4000`. */
export interface Written {
  readonly original: readonly [string, string];
  /** The original turned round unless given. */
  readonly reply?: readonly [string, string];
  readonly protocol?: string;
  readonly state?: (typeof tcpStates)[number];
  readonly shareId?: number;
  /** Its guest began it. */
  readonly zone?: number;
  readonly flags?: number;
  readonly start?: number;
  readonly bytes?: readonly [number, number];
  readonly packets?: readonly [number, number];
}

function split(end: string): { address: string; port: number } {
  const match = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(end);
  return { address: match?.[1] ?? '', port: Number(match?.[2] ?? 0) };
}

/** Packs sessions as conntrack would. What the ends say of translation is flagged. */
export function fillRecords(sessions: readonly Written[]): SessionRecords {
  const records = new SessionRecords(Math.max(1, sessions.length));
  for (const [nth, written] of sessions.entries()) {
    const { original, protocol = 'tcp', state = 'none', shareId, zone = 0, start = 0 } = written;
    const reply = written.reply ?? [original[1], original[0]];
    const index = records.push();
    const ends = [...original, ...reply].map(split);
    records.u32[index * 32] = nth + 1;
    records.bytes[index * recordSize + 4] = ends[0]?.address.includes('::') ? 6 : 4;
    records.bytes[index * recordSize + 5] = parseProtocol(protocol);
    records.u16[index * 64 + 3] = zone;
    records.u32[index * 32 + 2] = shareId === undefined ? 0 : markOf(shareId);
    for (const [end, { address, port }] of ends.entries()) {
      records.u16[index * 64 + 6 + end] = port;
      records.bytes.set(bytesOfIp(parseIp(address)), index * recordSize + 64 + end * 16);
    }
    const translated =
      (original[0] === reply[1] ? 0 : SessionFlag.sourceTranslated) |
      (original[1] === reply[0] ? 0 : SessionFlag.destinationTranslated);
    const flags = written.flags ?? SessionFlag.seenReply | SessionFlag.assured;
    records.u32[index * 32 + 5] = SessionFlag.open | flags | translated | (tcpStates.indexOf(state) << tcpStateShift);
    records.f64[index * 16 + 3] = start;
    records.f64.set(written.bytes ?? [0, 0], index * 16 + 5);
    records.u32.set(written.packets ?? [0, 0], index * 32 + 14);
  }
  return records;
}
