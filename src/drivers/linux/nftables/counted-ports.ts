import koffi from 'koffi';
import { AppError } from '../../../errors/app-error.ts';
import { EINTR, libc, MSG_DONTWAIT } from '../../../system/libc.ts';
import {
  headerSize,
  littleEndian,
  MessageWriter,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../../../system/netlink/netlink-message.ts';
import { openNetlinkSocket, refused } from '../../../system/netlink/netlink-socket.ts';
import { tableName } from './fragment.ts';

/** linux/netfilter/nf_tables.h */
const NFNL_SUBSYS_NFTABLES = 10;
const NFT_MSG_NEWSETELEM = (NFNL_SUBSYS_NFTABLES << 8) | 12;
const NFT_MSG_GETSETELEM = (NFNL_SUBSYS_NFTABLES << 8) | 13;
const NFPROTO_BRIDGE = 7;
const List = { table: 1, set: 2, elements: 3 } as const;
const Item = { key: 1, expression: 7, expressions: 11 } as const;
const NFTA_DATA_VALUE = 1;
const Expression = { name: 1, data: 2 } as const;
const NFTA_COUNTER_PACKETS = 2;
const counterName = 'counter';
const ENOENT = 2;

/** What a set has counted, by device. */
export interface CountedPorts {
  readonly counts: ReadonlyMap<string, number>;
  /** False when rules were changed meanwhile: some may be missing. */
  readonly whole: boolean;
}

/**
 * Reads sets of our bridge tables whose keys are names of devices and whose elements count. Speaks with the kernel itself:
 * a set without elements costs microseconds, a thousand elements about a millisecond, and nobody waits for transactions
 * that are under way, as they would for libnftables.
 */
export class CountedPortReader {
  readonly #fd = openNetlinkSocket();
  /** The kernel puts no more into one message of a dump. */
  readonly #buffer = new Uint8Array(new ArrayBuffer(64 * 1024));
  readonly #view = new DataView(this.#buffer.buffer);
  #sequence = 0;
  #closed = false;

  /** Nothing for a set that is not there. Throws `command-failed`. */
  read(set: string, table = tableName): CountedPorts {
    if (this.#closed) return { counts: new Map(), whole: true };
    this.#sequence = (this.#sequence + 1) >>> 0;
    const request = new MessageWriter().begin(NFT_MSG_GETSETELEM, NLM_F_DUMP, this.#sequence, NFPROTO_BRIDGE);
    request.data(List.table, Buffer.from(`${table}\0`));
    request.data(List.set, Buffer.from(`${set}\0`));
    const { bytes, length } = request.end();
    if (Number(libc().send(this.#fd, bytes, length, 0)) !== length) throw refused(`reading set ${set}`, koffi.errno());
    const counts = new Map<string, number>();
    let whole = true;
    for (;;) {
      const received = Number(libc().recv(this.#fd, this.#buffer, this.#buffer.length, MSG_DONTWAIT));
      if (received < 0) {
        const errno = koffi.errno();
        if (errno === EINTR) continue;
        throw refused(`reading set ${set}`, errno);
      }
      for (let at = 0; at + 16 <= received; ) {
        const size = this.#view.getUint32(at, littleEndian);
        if (size < 16 || at + size > received) break;
        // What is left of an earlier question that was given up.
        if (this.#view.getUint32(at + 8, littleEndian) === this.#sequence) {
          const type = this.#view.getUint16(at + 4, littleEndian);
          if ((this.#view.getUint16(at + 6, littleEndian) & NLM_F_DUMP_INTR) !== 0) whole = false;
          if (type === NLMSG_DONE || type === NLMSG_ERROR) {
            const errno = size >= 20 ? Math.abs(this.#view.getInt32(at + 16, littleEndian)) : 0;
            if (errno === 0 || errno === ENOENT) return { counts, whole };
            // Rules were changed while the kernel went through the set (EINTR, EAGAIN).
            if (errno === EINTR || errno === 11) return { counts, whole: false };
            throw refused(`reading set ${set}`, errno);
          }
          if (type === NFT_MSG_NEWSETELEM) this.#elements(at + headerSize, at + size, counts);
        }
        at += (size + 3) & ~3;
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    libc().close(this.#fd);
  }

  #elements(from: number, to: number, counts: Map<string, number>): void {
    this.#each(from, to, (type, at, end) => {
      if (type !== List.elements) return;
      this.#each(at, end, (_, start, stop) => {
        let port = '';
        let count = 0;
        this.#each(start, stop, (kind, first, last) => {
          if (kind === Item.key) port = this.#name(first, last);
          else if (kind === Item.expression) count += this.#packets(first, last);
          else if (kind === Item.expressions) this.#each(first, last, (__, a, b) => (count += this.#packets(a, b)));
        });
        // The kernel may come by an element twice when the set grows meanwhile.
        if (port !== '') counts.set(port, Math.max(count, counts.get(port) ?? 0));
      });
    });
  }

  #name(from: number, to: number): string {
    let name = '';
    this.#each(from, to, (type, at, end) => {
      if (type !== NFTA_DATA_VALUE) return;
      let stop = at;
      while (stop < end && this.#buffer[stop] !== 0) stop++;
      name = Buffer.from(this.#buffer.buffer, at, stop - at).toString('latin1');
    });
    return name;
  }

  /** Packets of a counter; 0 for another expression. */
  #packets(from: number, to: number): number {
    let counts = false;
    let packets = 0;
    this.#each(from, to, (type, at, end) => {
      if (type === Expression.name)
        counts = Buffer.from(this.#buffer.buffer, at, end - at).toString('latin1') === `${counterName}\0`;
      else if (type === Expression.data && counts)
        this.#each(at, end, (kind, first) => {
          if (kind === NFTA_COUNTER_PACKETS) packets = Number(this.#view.getBigUint64(first));
        });
    });
    return packets;
  }

  #each(from: number, to: number, take: (type: number, at: number, end: number) => void): void {
    for (let at = from; at + 4 <= to; ) {
      const length = this.#view.getUint16(at, littleEndian);
      if (length < 4) throw new AppError('internal', 'the kernel told elements of a set in a form that is not known');
      take(this.#view.getUint16(at + 2, littleEndian) & 0x3fff, at + 4, Math.min(to, at + length));
      at += (length + 3) & ~3;
    }
  }
}
