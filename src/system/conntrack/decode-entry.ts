import { SessionFlag, type SessionRecords, tcpStateShift } from '../../model/session-record.ts';
import { littleEndian } from '../netlink/netlink-message.ts';
import { Cta, Tuple, TupleIp, TupleProtocol } from './attributes.ts';

/** Bits of IPS_* that records keep; the state of TCP and what we say ourselves stand above them. */
const statusBits = 0xffff;
/** Inside of CTA_PROTOINFO and CTA_PROTOINFO_TCP: the first attribute of either. */
const CTA_PROTOINFO_TCP = 1;
const CTA_PROTOINFO_TCP_STATE = 1;

/** An attribute's place in memory: where its content begins and ends, and where the next one is. */
const length = (view: DataView, at: number): number => view.getUint16(at, littleEndian);
const type = (view: DataView, at: number): number => view.getUint16(at + 2, littleEndian) & 0x3fff;
const next = (view: DataView, at: number): number => at + Math.max(4, (length(view, at) + 3) & ~3);

/** A number of 64 bits in network order; exact up to 2^53. */
const big = (view: DataView, at: number): number => view.getUint32(at) * 4_294_967_296 + view.getUint32(at + 4);
/** Nanoseconds of 64 bits as milliseconds, exact to a fraction of a microsecond. */
const nanoseconds = (view: DataView, at: number): number =>
  view.getUint32(at) * 4294.967296 + view.getUint32(at + 4) / 1e6;

/** Four bytes as they are. */
function copyWord(view: DataView, at: number, into: SessionRecords, word: number): void {
  into.u32[word] = view.getUint32(at, littleEndian);
}

function decodeAddresses(view: DataView, from: number, to: number, into: SessionRecords, index: number, end: number) {
  for (let at = from; at + 8 <= to; at = next(view, at)) {
    const word = index * 32 + 16 + end * 4;
    switch (type(view, at)) {
      case TupleIp.source4:
        copyWord(view, at + 4, into, word);
        break;
      case TupleIp.destination4:
        copyWord(view, at + 4, into, word + 4);
        break;
      case TupleIp.source6:
        for (let i = 0; i < 4; i++) copyWord(view, at + 4 + i * 4, into, word + i);
        break;
      case TupleIp.destination6:
        for (let i = 0; i < 4; i++) copyWord(view, at + 4 + i * 4, into, word + 4 + i);
        break;
    }
  }
}

function decodeProtocol(view: DataView, from: number, to: number, into: SessionRecords, index: number, end: number) {
  const port = index * 64 + 6 + end;
  for (let at = from; at + 5 <= to; at = next(view, at)) {
    switch (type(view, at)) {
      case TupleProtocol.number:
        into.bytes[index * 128 + 5] = view.getUint8(at + 4);
        break;
      case TupleProtocol.sourcePort:
      case TupleProtocol.icmpId:
      case TupleProtocol.icmp6Id:
        into.u16[port] = view.getUint16(at + 4);
        break;
      case TupleProtocol.destinationPort:
        into.u16[port + 1] = view.getUint16(at + 4);
        break;
      case TupleProtocol.icmpType:
      case TupleProtocol.icmp6Type:
        into.u16[port + 1] = (into.u16[port + 1] as number) | (view.getUint8(at + 4) << 8);
        break;
      case TupleProtocol.icmpCode:
      case TupleProtocol.icmp6Code:
        into.u16[port + 1] = (into.u16[port + 1] as number) | view.getUint8(at + 4);
        break;
    }
  }
}

/** `end` is 0 for the original tuple, 2 for the reply. */
function decodeTuple(view: DataView, from: number, to: number, into: SessionRecords, index: number, end: 0 | 2) {
  for (let at = from; at + 4 <= to; at = next(view, at)) {
    const content = at + 4;
    const stop = at + length(view, at);
    switch (type(view, at)) {
      case Tuple.ip:
        decodeAddresses(view, content, stop, into, index, end);
        break;
      case Tuple.protocol:
        decodeProtocol(view, content, stop, into, index, end);
        break;
      case Tuple.zone:
        // A zone of replies alone is none of the original direction.
        if (end === 0) into.u16[index * 64 + 3] = view.getUint16(content);
        break;
    }
  }
}

/** Packets come first, bytes after them; 64 bits each (CTA_COUNTERS_PACKETS, CTA_COUNTERS_BYTES). */
function decodeCounters(view: DataView, from: number, to: number, into: SessionRecords, index: number, reply: 0 | 1) {
  for (let at = from; at + 12 <= to; at = next(view, at)) {
    if (type(view, at) === 1) into.u32[index * 32 + 14 + reply] = Math.min(big(view, at + 4), 0xffffffff);
    else if (type(view, at) === 2) into.f64[index * 16 + 5 + reply] = big(view, at + 4);
  }
}

function decodeTcpState(view: DataView, from: number, to: number): number {
  if (from + 9 > to || type(view, from) !== CTA_PROTOINFO_TCP) return 0;
  for (let at = from + 4; at + 5 <= from + length(view, from); at = next(view, at)) {
    if (type(view, at) === CTA_PROTOINFO_TCP_STATE) return view.getUint8(at + 4) & 15;
  }
  return 0;
}

/** In place of `openAt` of `decodeEntry`: a begin. */
export const beginEvent = -1;

/**
 * Appends one entry to `into` from the attributes of a message of ctnetlink between `from` and `to`. No object and no
 * string is made. `family` is that of `struct nfgenmsg`. `openAt`, of entries in the table, is the time now: the record
 * says that it is open and when it expires; 0 for ends, `beginEvent` for begins, whose time is that of the event.
 */
export function decodeEntry(
  view: DataView,
  from: number,
  to: number,
  family: number,
  openAt: number,
  into: SessionRecords,
): number {
  const index = into.push();
  into.bytes[index * 128 + 4] = family === 10 ? 6 : 4;
  let flags = openAt > 0 ? SessionFlag.open : 0;
  for (let at = from; at + 4 <= to; at = next(view, at)) {
    const content = at + 4;
    const stop = Math.min(to, at + length(view, at));
    switch (type(view, at)) {
      case Cta.tupleOriginal:
        decodeTuple(view, content, stop, into, index, 0);
        break;
      case Cta.tupleReply:
        decodeTuple(view, content, stop, into, index, 2);
        break;
      case Cta.status:
        flags |= view.getUint32(content) & statusBits;
        break;
      case Cta.protocolInfo:
        flags |= decodeTcpState(view, content, stop) << tcpStateShift;
        break;
      case Cta.timeout:
        if (openAt > 0) into.f64[index * 16 + 4] = openAt + view.getUint32(content) * 1000;
        break;
      case Cta.mark:
        into.u32[index * 32 + 2] = view.getUint32(content);
        break;
      case Cta.countersOriginal:
        decodeCounters(view, content, stop, into, index, 0);
        break;
      case Cta.countersReply:
        decodeCounters(view, content, stop, into, index, 1);
        break;
      case Cta.id:
        into.u32[index * 32] = view.getUint32(content);
        break;
      case Cta.zone:
        into.u16[index * 64 + 3] = view.getUint16(content);
        break;
      case Cta.timestampEvent:
        if (openAt === beginEvent) into.f64[index * 16 + 3] = nanoseconds(view, content);
        break;
      case Cta.timestamp:
        for (let stamp = content; stamp + 12 <= stop; stamp = next(view, stamp)) {
          if (type(view, stamp) === 1) into.f64[index * 16 + 3] = nanoseconds(view, stamp + 4);
          else if (type(view, stamp) === 2 && openAt === 0) into.f64[index * 16 + 4] = nanoseconds(view, stamp + 4);
        }
        break;
    }
  }
  into.u32[index * 32 + 5] = flags;
  return index;
}
