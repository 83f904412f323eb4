import koffi from 'koffi';
import { AppError } from '../errors/app-error.ts';
import { ADDRESS_SIZE, AF_PACKET, EAGAIN, libc, MSG_DONTWAIT, SO_RCVBUF, SOCK_CLOEXEC, SOL_SOCKET } from './libc.ts';

const SOCK_DGRAM = 2;
const ETH_P_IP = 0x0800;
/** asm-generic/socket.h */
const SO_ATTACH_FILTER = 26;
/** Room for some hundred messages: what is more asks again. */
const receiveBuffer = 512 * 1024;
/** Messages that are taken in one go; a flood waits, and is dropped by the kernel. */
const mostAtOnce = 1_000;

/** Classic BPF on the IP header: UDP, no later fragment, to port 67. Everything else stays in the kernel. */
const toServers: readonly (readonly [code: number, jumpTrue: number, jumpFalse: number, value: number])[] = [
  [0x30, 0, 0, 9], // ldb [9]: protocol
  [0x15, 0, 6, 17], // not UDP → drop
  [0x28, 0, 0, 6], // ldh [6]: fragment
  [0x45, 4, 0, 0x1fff], // later fragment → drop
  [0xb1, 0, 0, 0], // ldxb 4*([0]&0xf): length of the IP header
  [0x48, 0, 0, 2], // ldh [x + 2]: destination port
  [0x15, 0, 1, 67], // not bootps → drop
  [0x06, 0, 0, 600], // accept 600 bytes
  [0x06, 0, 0, 0], // drop
];

/** DHCP messages to servers as this host takes them in: behind the guard, at a bridge. */
export interface DhcpTap {
  /** Hands out the UDP payloads that have come since, with the index of the interface, without waiting. */
  drain(take: (message: Buffer, index: number) => void): void;
  close(): void;
}

/**
 * Listens to what guests ask by DHCP. Bound to IPv4, not to everything: the kernel then asks the filter for what the
 * host takes in, and copies nothing of what it sends. Needs CAP_NET_RAW. Throws `command-failed`. See packet(7).
 */
export function openDhcpTap(): DhcpTap {
  const calls = libc();
  // Protocol 0 keeps the socket deaf until its filter is in place.
  const fd = calls.socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number;
  if (fd < 0) throw new AppError('command-failed', `opening a packet socket failed with errno ${koffi.errno()}`);
  const refuse = (call: string): never => {
    const errno = koffi.errno();
    calls.close(fd);
    throw new AppError('command-failed', `${call} a packet socket failed with errno ${errno}`);
  };
  const program = Buffer.alloc(toServers.length * 8);
  for (const [at, [code, jumpTrue, jumpFalse, value]] of toServers.entries()) {
    program.writeUInt16LE(code, at * 8);
    program.writeUInt8(jumpTrue, at * 8 + 2);
    program.writeUInt8(jumpFalse, at * 8 + 3);
    program.writeUInt32LE(value, at * 8 + 4);
  }
  const fprog = Buffer.alloc(16);
  fprog.writeUInt16LE(toServers.length, 0);
  fprog.writeBigUInt64LE(koffi.address(program), 8);
  if ((calls.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, fprog, fprog.length) as number) < 0) refuse('filtering on');
  // The kernel has read it; before that, nothing may free it.
  program.fill(0);
  const size = Buffer.alloc(4);
  size.writeInt32LE(receiveBuffer);
  calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
  const address = Buffer.alloc(ADDRESS_SIZE);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_IP, 2);
  if ((calls.bind(fd, address, ADDRESS_SIZE) as number) < 0) refuse('binding');
  const buffer = Buffer.alloc(2048);
  const sender = Buffer.alloc(ADDRESS_SIZE);
  const senderSize = Buffer.alloc(4);
  return {
    drain(take) {
      for (let count = 0; count < mostAtOnce; count++) {
        senderSize.writeInt32LE(ADDRESS_SIZE);
        const length = Number(calls.recvfrom(fd, buffer, buffer.length, MSG_DONTWAIT, sender, senderSize));
        if (length < 0) {
          if (koffi.errno() === EAGAIN) return;
          throw new AppError('command-failed', `receiving from a packet socket failed with errno ${koffi.errno()}`);
        }
        const headers = ((buffer[0] ?? 0) & 0xf) * 4 + 8;
        if (length > headers) take(Buffer.from(buffer.subarray(headers, length)), sender.readInt32LE(4));
      }
    },
    close() {
      calls.close(fd);
    },
  };
}
