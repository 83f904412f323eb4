import koffi from 'koffi';
import { AppError } from '../../errors/app-error.ts';
import type { SessionFilter, SessionRecords } from '../../model/session-record.ts';
import { EINTR, libc } from '../libc.ts';
import {
  ConntrackMessage,
  headerSize,
  littleEndian,
  MessageWriter,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLMSG_DONE,
  NLMSG_ERROR,
} from '../netlink/netlink-message.ts';
import { openNetlinkSocket, ReceiveSlots, refused } from '../netlink/netlink-socket.ts';
import { decodeEntry } from './decode-entry.ts';
import { familyNumber, familyOf, fits, writeFilter } from './entry-filter.ts';

/** Kernels that do not know a filter, or this one. */
const unknownFilter = new Set([22, 95]);
const MSG_WAITFORONE = 0x10000;
/** The kernel never puts more into one message of a dump (`netlink_dump`), about 100 entries. */
const largestAnswer = 32 * 1024;
/** Answers that are taken at once: about a millisecond of decoding. */
const slotCount = 8;
/** A table that changes its size all the time would be asked for without end. */
const mostAttempts = 4;

type Failure = { readonly errno: number };

/**
 * Appends the entries that fit to `into`. The walk through the table is the kernel's, in the calls that ask and receive:
 * they are made on another thread, because one of them walks all of it when little fits. With `take`, `into` is handed over
 * and emptied again and again; what was handed over comes once more when the table changed its shape meanwhile.
 */
export async function dumpTable(
  into: SessionRecords,
  filter: SessionFilter,
  take?: (piece: SessionRecords) => void,
): Promise<void> {
  const before = into.length;
  let withFilter = true;
  for (let attempt = 1; ; attempt++) {
    into.length = before;
    const dump = new Dump(into, filter, withFilter);
    const failure = await dump.run(take);
    if (failure === undefined) {
      if (!dump.interrupted || attempt >= mostAttempts) return;
      continue;
    }
    if (!withFilter || !unknownFilter.has(failure.errno)) throw refused('reading the table of sessions', failure.errno);
    withFilter = false;
  }
}

class Dump {
  readonly #into: SessionRecords;
  readonly #filter: SessionFilter;
  readonly #family: 4 | 6 | undefined;
  readonly #request: MessageWriter;
  readonly #slots = new ReceiveSlots(slotCount, largestAnswer);
  /** The kernel says that the table changed its shape meanwhile. */
  interrupted = false;

  constructor(into: SessionRecords, filter: SessionFilter, withFilter: boolean) {
    this.#into = into;
    this.#filter = filter;
    this.#family = familyOf(filter);
    this.#request = new MessageWriter().begin(ConntrackMessage.get, NLM_F_DUMP, 1, familyNumber(this.#family));
    if (withFilter) writeFilter(this.#request, filter);
    this.#request.end();
  }

  /** Answers what the kernel refused with. */
  async run(take: ((piece: SessionRecords) => void) | undefined): Promise<Failure | undefined> {
    const fd = openNetlinkSocket();
    try {
      const { bytes, length } = this.#request;
      await inBackground((done) => libc().send.async(fd, bytes, length, 0, done));
      for (;;) {
        const received = await inBackground((done) =>
          libc().recvmmsg.async(fd, this.#slots.headers, slotCount, MSG_WAITFORONE, null, done),
        );
        const now = Date.now();
        let end: Failure | undefined;
        for (let slot = 0; slot < received && end === undefined; slot++) end = this.#take(slot, now);
        if (take !== undefined) {
          take(this.#into);
          this.#into.clear();
        }
        if (end !== undefined) return end.errno === 0 ? undefined : end;
      }
    } finally {
      libc().close(fd);
    }
  }

  /** Answers the end of the dump when it is in this slot. */
  #take(slot: number, now: number): Failure | undefined {
    const { view, size } = this.#slots;
    if (this.#slots.truncated(slot)) {
      throw new AppError('internal', `the kernel answered with more than ${size} bytes of sessions at once`);
    }
    const stop = slot * size + this.#slots.length(slot);
    for (let at = slot * size; at + 16 <= stop; ) {
      const length = view.getUint32(at, littleEndian);
      if (length < 16) return undefined;
      const type = view.getUint16(at + 4, littleEndian);
      if ((view.getUint16(at + 6, littleEndian) & NLM_F_DUMP_INTR) !== 0) this.interrupted = true;
      if (type === NLMSG_DONE || type === NLMSG_ERROR) {
        return { errno: length >= 20 ? Math.abs(view.getInt32(at + 16, littleEndian)) : 0 };
      }
      if (type === ConntrackMessage.new) this.#entry(at, at + length, now);
      at += (length + 3) & ~3;
    }
    return undefined;
  }

  #entry(at: number, end: number, now: number): void {
    const { view } = this.#slots;
    const index = decodeEntry(view, at + headerSize, end, view.getUint8(at + 16), now, this.#into);
    if (!fits(this.#into, index, this.#filter, this.#family)) this.#into.length = index;
  }
}

/** A blocking call on a thread of libuv's; rejects with `command-failed`. Interrupted by a signal it is made again. */
async function inBackground(call: (done: (error: unknown, result: number) => void) => void): Promise<number> {
  for (;;) {
    const [result, errno] = await new Promise<[number, number]>((resolve, reject) => {
      call((error, status) => {
        if (error) reject(error);
        else resolve([Number(status), koffi.errno()]);
      });
    });
    if (result >= 0) return result;
    if (errno !== EINTR) throw refused('reading the table of sessions', errno);
  }
}
