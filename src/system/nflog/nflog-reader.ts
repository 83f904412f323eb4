import koffi from 'koffi';
import { AppError } from '../../errors/app-error.ts';
import { EAGAIN, libc, MSG_DONTWAIT, SO_RCVBUF, SOL_SOCKET } from '../libc.ts';
import { headerSize, littleEndian, MessageWriter, NLM_F_ACK, NLMSG_ERROR } from '../netlink/netlink-message.ts';
import { openNetlinkSocket, refused } from '../netlink/netlink-socket.ts';
import { decodeCopy, type FrameCopy } from './decode-copy.ts';

/** linux/netfilter/nfnetlink.h, linux/netfilter/nfnetlink_log.h */
const NFNL_SUBSYS_ULOG = 4;
const NFULNL_MSG_PACKET = NFNL_SUBSYS_ULOG << 8;
const NFULNL_MSG_CONFIG = (NFNL_SUBSYS_ULOG << 8) | 1;
const Config = { command: 1, mode: 2, bufferSize: 3, timeout: 4, queueThreshold: 5 } as const;
const NFULNL_CFG_CMD_BIND = 1;
const NFULNL_COPY_PACKET = 2;
/** asm-generic/socket.h */
const SO_RCVBUFFORCE = 33;
const SO_RCVTIMEO = 20;
const EPERM = 1;
const ENOMSG = 42;

/** Bytes that may wait for us in the kernel. What is more is lost, which does not matter: copies are examples. */
const receiveBuffer = 512 * 1024;
/** Messages that are read before others get their turn. */
const atOnce = 256;

/** Copies of frames as rules with `log group …` hand them out in this network namespace. */
export interface NflogReader {
  /** Hands out what came since, at most 256 frames, without waiting. Never throws. */
  drain(take: (copy: FrameCopy) => void): void;
  close(): void;
}

function configuration(group: number, most: number): MessageWriter {
  const message = new MessageWriter().begin(NFULNL_MSG_CONFIG, NLM_F_ACK, 1, 0);
  // `res_id` of struct nfgenmsg is the group, in network order.
  message.bytes.set([group >> 8, group & 255], headerSize - 2);
  message.u8(Config.command, NFULNL_CFG_CMD_BIND);
  message.data(Config.mode, new Uint8Array([most >> 24, most >> 16, most >> 8, most, NFULNL_COPY_PACKET, 0]));
  // One frame a message, at once, in a buffer no larger than it needs.
  message.u32(Config.queueThreshold, 1);
  message.u32(Config.timeout, 1);
  message.u32(Config.bufferSize, most + 512);
  return message.end();
}

/**
 * Listens to one group of NFLOG; `most` bytes of each frame are given. Throws `command-failed` where the kernel has no
 * NFLOG, without CAP_NET_ADMIN, and when somebody else listens to that group already.
 */
export function openNflog(group: number, most: number): NflogReader {
  const fd = openNetlinkSocket();
  const size = new Int32Array([receiveBuffer / 2]);
  if ((libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, 4) as number) < 0)
    libc().setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
  // An answer of the kernel is there at once; nobody is to wait forever for one that was lost.
  libc().setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, new BigInt64Array([2n, 0n]), 16);
  const buffer = new Uint8Array(new ArrayBuffer(64 * 1024));
  const view = new DataView(buffer.buffer);
  const { bytes, length } = configuration(group, most);
  const sent = Number(libc().send(fd, bytes, length, 0));
  const errno = sent === length ? (answer(fd, buffer, view) ?? ENOMSG) : koffi.errno();
  if (errno !== 0) {
    libc().close(fd);
    if (errno === EPERM)
      throw new AppError(
        'command-failed',
        `listening to group ${group} of NFLOG failed with EPERM: another process listens to it, or this one lacks CAP_NET_ADMIN`,
      );
    throw refused(`listening to group ${group} of NFLOG`, errno);
  }
  let closed = false;
  return {
    drain(take) {
      for (let count = 0; count < atOnce && !closed; count++) {
        const received = Number(libc().recv(fd, buffer, buffer.length, MSG_DONTWAIT));
        if (received >= 0) readMessages(view, received, take);
        // Anything else (an overrun) is told once and then over.
        else if (koffi.errno() === EAGAIN) return;
      }
    },
    close() {
      if (closed) return;
      closed = true;
      libc().close(fd);
    },
  };
}

/** Errno of the kernel's answer to the configuration; copies may come before it. Undefined when there is none. */
function answer(fd: number, buffer: Uint8Array, view: DataView): number | undefined {
  for (let count = 0; count < atOnce; count++) {
    if (Number(libc().recv(fd, buffer, buffer.length, 0)) < 0) return koffi.errno();
    if (view.getUint16(4, littleEndian) === NLMSG_ERROR) return -view.getInt32(16, littleEndian);
  }
  return undefined;
}

function readMessages(view: DataView, received: number, take: (copy: FrameCopy) => void): void {
  for (let at = 0; at + headerSize <= received; ) {
    const length = view.getUint32(at, littleEndian);
    if (length < headerSize || at + length > received) return;
    if (view.getUint16(at + 4, littleEndian) === NFULNL_MSG_PACKET) {
      const copy = decodeCopy(view, at + headerSize, at + length);
      if (copy) take(copy);
    }
    at += (length + 3) & ~3;
  }
}

/** Whether the kernel has NFLOG; tried with a group that nobody listens to. */
export function canReadNflog(group: number): boolean {
  try {
    openNflog(group, 64).close();
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
