import koffi from 'koffi';
import { AppError } from '../errors/app-error.ts';

/** linux/if_packet.h, asm-generic/socket.h, linux/if_ether.h */
const AF_PACKET = 17;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ALL = 0x0003;
const MSG_DONTWAIT = 0x40;
const PACKET_OUTGOING = 4;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const EAGAIN = 11;
const ENETDOWN = 100;
const ENOBUFS = 105;
const ADDRESS_SIZE = 20;
const RECEIVE_BUFFER = 4 * 1024 * 1024;

function loadLibc() {
  const libc = koffi.load('libc.so.6');
  return {
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, const void *, uint32_t)'),
    send: libc.func('intptr_t send(int, const void *, size_t, int)'),
    recvfrom: libc.func('intptr_t recvfrom(int, void *, size_t, int, void *, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    close: libc.func('int close(int)'),
    if_nametoindex: libc.func('uint32_t if_nametoindex(const char *)'),
  };
}

let libc: ReturnType<typeof loadLibc> | undefined;

function failed(call: string, device: string): AppError {
  return new AppError('command-failed', `${call} on interface "${device}" failed with errno ${koffi.errno()}`);
}

/** A raw packet socket bound to one interface. Needs CAP_NET_RAW in the network namespace. See packet(7). */
export interface PacketSocket {
  /**
   * Puts one frame onto the interface. Answers false when it was dropped on its way out (a rule on egress, or a full
   * queue: ENOBUFS). Throws `command-failed` for every other refusal.
   */
  send(frame: Buffer): boolean;
  /** Hands out every frame that has come in (not those that this host sends) without waiting. Returns how many. */
  drain(take: (frame: Buffer) => void): number;
  close(): void;
}

/** Opens the socket. Throws `not-found` for an unknown interface and `command-failed` when the kernel refuses. */
export function openPacketSocket(device: string): PacketSocket {
  libc ??= loadLibc();
  const calls = libc;
  const index = calls.if_nametoindex(device) as number;
  if (index === 0) throw new AppError('not-found', `interface "${device}" is not in this network namespace`);
  // Protocol 0 keeps the socket deaf until bind names the interface: nothing of other interfaces gets in.
  const fd = calls.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) as number;
  if (fd < 0) throw failed('opening a packet socket', device);
  const size = Buffer.alloc(4);
  size.writeInt32LE(RECEIVE_BUFFER);
  calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
  const address = Buffer.alloc(ADDRESS_SIZE);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(index, 4);
  if ((calls.bind(fd, address, ADDRESS_SIZE) as number) < 0) {
    const error = failed('binding a packet socket', device);
    calls.close(fd);
    throw error;
  }
  const buffer = Buffer.alloc(65_600);
  const sender = Buffer.alloc(ADDRESS_SIZE);
  const senderSize = Buffer.alloc(4);
  return {
    send(frame) {
      if (Number(calls.send(fd, frame, frame.length, 0)) >= 0) return true;
      if (koffi.errno() === ENOBUFS) return false;
      throw failed(`sending ${frame.length} bytes`, device);
    },
    drain(take) {
      for (let count = 0; ; ) {
        senderSize.writeInt32LE(ADDRESS_SIZE);
        const length = Number(calls.recvfrom(fd, buffer, buffer.length, MSG_DONTWAIT, sender, senderSize));
        if (length < 0) {
          const errno = koffi.errno();
          // A link that goes down says so once; the socket hears again when it is back.
          if (errno === EAGAIN || errno === ENETDOWN) return count;
          throw failed('receiving', device);
        }
        if (sender[10] === PACKET_OUTGOING) continue;
        count++;
        take(Buffer.from(buffer.subarray(0, length)));
      }
    },
    close() {
      calls.close(fd);
    },
  };
}
