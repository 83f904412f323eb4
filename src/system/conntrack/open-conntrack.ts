import koffi from 'koffi';
import { AppError } from '../../errors/app-error.ts';
import { End, type SessionFilter, SessionRecords } from '../../model/session-record.ts';
import { EINTR, libc, MSG_DONTWAIT } from '../libc.ts';
import {
  addressFamily,
  ConntrackMessage,
  headerSize,
  littleEndian,
  MessageWriter,
  NLM_F_ACK,
  NLMSG_ERROR,
} from '../netlink/netlink-message.ts';
import { openNetlinkSocket, refused } from '../netlink/netlink-socket.ts';
import { Cta, ProtocolNumber, Tuple, TupleIp, TupleProtocol } from './attributes.ts';
import type { Conntrack } from './conntrack.ts';
import { dumpTable } from './dump-table.ts';

const ENOENT = 2;
/** CTA_STATS_GLOBAL_ENTRIES */
const CTA_STATS_GLOBAL_ENTRIES = 1;

/** Opens the kernel's table of sessions in this network namespace. Throws `command-failed` without CAP_NET_ADMIN. */
export function openConntrack(): Conntrack {
  return new KernelTable();
}

class KernelTable implements Conntrack {
  readonly #fd = openNetlinkSocket();
  readonly #message = new MessageWriter();
  readonly #answer = new Uint8Array(new ArrayBuffer(8192));
  readonly #view = new DataView(this.#answer.buffer);
  #sequence = 0;
  #closed = false;

  get descriptors(): readonly number[] {
    return [this.#fd];
  }

  async dump(into: SessionRecords, filter: SessionFilter = {}): Promise<void> {
    if (this.#closed) throw new AppError('internal', 'the table of sessions is closed already');
    // Without a filter all of it comes: a row that grows by copying itself would hold up the event loop.
    if (Object.keys(filter).length === 0) into.reserve(into.length + Math.ceil(this.count() * 1.1) + 64);
    await dumpTable(into, filter);
  }

  async walk(take: (piece: SessionRecords) => void, filter: SessionFilter = {}): Promise<void> {
    if (this.#closed) throw new AppError('internal', 'the table of sessions is closed already');
    await dumpTable(new SessionRecords(), filter, take);
  }

  delete(records: SessionRecords, index: number): boolean {
    const family = records.family(index);
    const message = this.#begin(ConntrackMessage.delete, NLM_F_ACK, addressFamily[family]);
    message.nest(Cta.tupleOriginal, () => writeTuple(message, records, index));
    if (records.zone(index) !== 0) message.u16(Cta.zone, records.zone(index));
    message.u32(Cta.id, records.id(index));
    const errno = this.#ask('deleting a session');
    if (errno === 0) return true;
    if (errno === ENOENT) return false;
    throw refused('deleting a session', errno);
  }

  count(): number {
    this.#begin(ConntrackMessage.statistics, 0, 0);
    const errno = this.#ask('counting sessions');
    if (errno !== 0) throw refused('counting sessions', errno);
    const length = this.#view.getUint32(0, littleEndian);
    for (let at = headerSize; at + 8 <= length; at += (this.#view.getUint16(at, littleEndian) + 3) & ~3) {
      const size = this.#view.getUint16(at, littleEndian);
      if (size < 4) break;
      const type = this.#view.getUint16(at + 2, littleEndian) & 0x3fff;
      if (type === CTA_STATS_GLOBAL_ENTRIES) return this.#view.getUint32(at + 4);
    }
    throw new AppError('command-failed', 'the kernel did not tell how many sessions there are');
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    libc().close(this.#fd);
  }

  #begin(type: number, flags: number, family: number): MessageWriter {
    if (this.#closed) throw new AppError('internal', 'the table of sessions is closed already');
    this.#sequence = (this.#sequence + 1) >>> 0;
    return this.#message.begin(type, flags, this.#sequence, family);
  }

  /** Sends what was written and reads the answer, which is there when `send` returns; answers its errno. */
  #ask(what: string): number {
    const { bytes, length } = this.#message.end();
    for (;;) {
      if (Number(libc().send(this.#fd, bytes, length, 0)) === length) break;
      const errno = koffi.errno();
      if (errno !== EINTR) throw refused(what, errno);
    }
    for (;;) {
      const received = Number(libc().recv(this.#fd, this.#answer, this.#answer.length, MSG_DONTWAIT));
      if (received < 0) {
        const errno = koffi.errno();
        if (errno === EINTR) continue;
        throw refused(what, errno);
      }
      if (this.#view.getUint32(8, littleEndian) !== this.#sequence) continue;
      if (this.#view.getUint16(4, littleEndian) !== NLMSG_ERROR) return 0;
      return -this.#view.getInt32(16, littleEndian);
    }
  }
}

/** The original tuple as the kernel compares it (`ctnetlink_parse_tuple`): all of it must be given. */
function writeTuple(message: MessageWriter, records: SessionRecords, index: number): void {
  const six = records.family(index) === 6;
  message.nest(Tuple.ip, () => {
    message.data(six ? TupleIp.source6 : TupleIp.source4, records.address(index, End.originalSource));
    message.data(six ? TupleIp.destination6 : TupleIp.destination4, records.address(index, End.originalDestination));
  });
  message.nest(Tuple.protocol, () => {
    const protocol = records.protocol(index);
    const source = records.port(index, End.originalSource);
    const destination = records.port(index, End.originalDestination);
    message.u8(TupleProtocol.number, protocol);
    if (protocol === ProtocolNumber.icmp || protocol === ProtocolNumber.icmp6) {
      const v6 = protocol === ProtocolNumber.icmp6;
      message.u16(v6 ? TupleProtocol.icmp6Id : TupleProtocol.icmpId, source);
      message.u8(v6 ? TupleProtocol.icmp6Type : TupleProtocol.icmpType, destination >> 8);
      message.u8(v6 ? TupleProtocol.icmp6Code : TupleProtocol.icmpCode, destination & 255);
    } else {
      message.u16(TupleProtocol.sourcePort, source);
      message.u16(TupleProtocol.destinationPort, destination);
    }
  });
}
