import koffi from 'koffi';
import { AppError } from '../errors/app-error.ts';
import {
  ADDRESS_SIZE,
  AF_PACKET,
  EAGAIN,
  ENOBUFS,
  ETH_P_ALL,
  libc,
  MSG_DONTWAIT,
  PACKET_OUTGOING,
  RECEIVE_BUFFER,
  SO_RCVBUF,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOL_SOCKET,
} from './libc.ts';

/** asm-generic/errno.h */
const ENETDOWN = 100;

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
  const calls = libc();
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
