import koffi from 'koffi';
import { AppError } from '../../errors/app-error.ts';
import type { SessionRecords } from '../../model/session-record.ts';
import { EAGAIN, EINTR, ENOBUFS, libc, MSG_DONTWAIT, SO_RCVBUF, SOL_SOCKET } from '../libc.ts';
import { ConntrackMessage, headerSize, littleEndian } from '../netlink/netlink-message.ts';
import { openNetlinkSocket, ReceiveSlots, refused } from '../netlink/netlink-socket.ts';
import type { ConntrackEvents } from './conntrack.ts';
import { beginEvent, decodeEntry } from './decode-entry.ts';
import { openConntrack } from './open-conntrack.ts';

/** asm-generic/socket.h */
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
/** Place of the dropped messages among the numbers of SO_MEMINFO (SK_MEMINFO_DROPS, linux/sock_diag.h). */
const SK_MEMINFO_DROPS = 8;
/** linux/socket.h, linux/netlink.h */
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_BROADCAST_ERROR = 4;
const NETLINK_NO_ENOBUFS = 5;
/** NFNLGRP_CONNTRACK_NEW and NFNLGRP_CONNTRACK_DESTROY; what happens between does not concern us. */
const groups = [1, 3];
const EFD_CLOEXEC = 0o2000000;
const POLLIN = 1;

/** Messages that are taken with one call; an event has a message of its own, of 150 to 400 bytes. */
const slotCount = 128;
const slotSize = 2048;

interface ConntrackEventOptions {
  /** Bytes of messages that may wait for us in the kernel. Without CAP_NET_ADMIN in the first user namespace net.core.rmem_max bounds it. */
  readonly receiveBuffer: number;
}

/** Listens to begins and ends of sessions in this network namespace from now on. Throws `command-failed`. */
export function openConntrackEvents(options: ConntrackEventOptions): ConntrackEvents {
  // A question makes the kernel load what speaks for conntrack; membership alone would not wait for it.
  const table = openConntrack();
  try {
    table.count();
  } finally {
    table.close();
  }
  return new KernelEvents(options);
}

function setOption(fd: number, level: number, name: number, value: number): boolean {
  return (libc().setsockopt(fd, level, name, new Int32Array([value]), 4) as number) === 0;
}

class KernelEvents implements ConntrackEvents {
  readonly #fd = openNetlinkSocket();
  /** Wakes a `wait` up when it is over. */
  readonly #wakeUp: number;
  readonly #slots = new ReceiveSlots(slotCount, slotSize);
  readonly #memory = new Uint32Array(9);
  readonly #memorySize = new Uint32Array([36]);
  #drops = 0;
  #waiting: Promise<void> | undefined;
  #closed = false;

  constructor({ receiveBuffer }: ConntrackEventOptions) {
    const refuse = (what: string): never => {
      const errno = koffi.errno();
      libc().close(this.#fd);
      throw refused(what, errno);
    };
    this.#wakeUp = libc().eventfd(0, EFD_CLOEXEC) as number;
    if (this.#wakeUp < 0) refuse('opening an eventfd');
    // The kernel takes twice the number, as it counts its own headers in.
    const half = Math.floor(receiveBuffer / 2);
    if (!setOption(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, half)) setOption(this.#fd, SOL_SOCKET, SO_RCVBUF, half);
    // The kernel is told when an end finds no room, keeps that session, and tells of it again later.
    if (!setOption(this.#fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, 1)) refuse('asking for reliable events');
    // Without this the socket takes nothing more after an overrun until it is empty. What is lost is counted all the
    // same, and `drain` looks at that number.
    if (!setOption(this.#fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1)) refuse('asking for events');
    for (const group of groups) {
      if (!setOption(this.#fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)) {
        const errno = koffi.errno();
        libc().close(this.#wakeUp);
        libc().close(this.#fd);
        throw refused('listening to events', errno);
      }
    }
  }

  get descriptors(): readonly number[] {
    return [this.#fd, this.#wakeUp];
  }

  async wait(milliseconds: number): Promise<void> {
    if (this.#closed) return;
    this.#waiting ??= this.#poll(milliseconds).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  drain(begun: SessionRecords, ended: SessionRecords, most: number): { read: number; overrun: boolean } {
    let read = 0;
    let overrun = false;
    while (read < most && !this.#closed) {
      const wanted = Math.min(slotCount, most - read);
      const received = libc().recvmmsg(this.#fd, this.#slots.headers, wanted, MSG_DONTWAIT, null) as number;
      if (received < 0) {
        const errno = koffi.errno();
        if (errno === EAGAIN) break;
        if (errno === ENOBUFS) overrun = true;
        else if (errno !== EINTR) throw refused('receiving events', errno);
        continue;
      }
      for (let slot = 0; slot < received; slot++) {
        if (this.#slots.truncated(slot)) overrun = true;
        this.#take(slot, begun, ended);
      }
      read += received;
      if (received < wanted) break;
    }
    const before = this.#drops;
    return { read, overrun: this.drops() !== before || overrun };
  }

  drops(): number {
    if (this.#closed) return this.#drops;
    // The same number as `Drops` in /proc/net/netlink, without reading the lines of everybody's sockets.
    const status = libc().getsockopt(this.#fd, SOL_SOCKET, SO_MEMINFO, this.#memory, this.#memorySize) as number;
    if (status < 0) throw refused('counting lost events', koffi.errno());
    this.#drops = this.#memory[SK_MEMINFO_DROPS] as number;
    return this.#drops;
  }

  close(): void {
    if (this.#closed) return;
    this.drops();
    this.#closed = true;
    const free = (): void => {
      libc().close(this.#fd);
      libc().close(this.#wakeUp);
    };
    if (this.#waiting === undefined) {
      free();
      return;
    }
    libc().write(this.#wakeUp, new BigUint64Array([1n]), 8);
    // A file descriptor must stay what it is until nobody waits for it any more.
    void this.#waiting.finally(free).catch(() => {});
  }

  #take(slot: number, begun: SessionRecords, ended: SessionRecords): void {
    const { view, size } = this.#slots;
    const start = slot * size;
    const stop = start + Math.min(size, this.#slots.length(slot));
    for (let at = start; at + headerSize <= stop; ) {
      const length = view.getUint32(at, littleEndian);
      if (length < headerSize || at + length > stop) return;
      const type = view.getUint16(at + 4, littleEndian);
      const begins = type === ConntrackMessage.new;
      const into = begins ? begun : type === ConntrackMessage.delete ? ended : undefined;
      const family = view.getUint8(at + 16);
      if (into) decodeEntry(view, at + headerSize, at + length, family, begins ? beginEvent : 0, into);
      at += (length + 3) & ~3;
    }
  }

  /** `poll` on a thread of libuv's. */
  #poll(milliseconds: number): Promise<void> {
    const watched = new Int32Array(4);
    const events = new Int16Array(watched.buffer);
    watched[0] = this.#fd;
    events[2] = POLLIN;
    watched[2] = this.#wakeUp;
    events[6] = POLLIN;
    return new Promise((resolve, reject) => {
      libc().poll.async(watched, 2, Math.max(0, Math.ceil(milliseconds)), (error: unknown, ready: number) => {
        if (error) return reject(error);
        const errno = koffi.errno();
        if (ready < 0 && errno !== EINTR)
          return reject(new AppError('command-failed', `poll failed with errno ${errno}`));
        resolve();
      });
    });
  }
}
