import koffi from 'koffi';
import { AppError } from '../errors/app-error.ts';
import {
  ADDRESS_SIZE,
  AF_PACKET,
  EAGAIN,
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

/** asm-generic/socket.h */
const SO_ATTACH_FILTER = 26;
const SOCK_DGRAM = 2;
const ETH_P_IP = 0x0800;

/** A program of classic BPF: struct sock_filter, instruction by instruction. */
export type PacketFilter = readonly (readonly [code: number, jumpTrue: number, jumpFalse: number, value: number])[];

/**
 * Classic BPF: ARP, and ICMPv6 of types 128 to 136 (echo, router and neighbour discovery) right behind the IPv6 header.
 * Everything else stays in the kernel.
 */
const discovery: PacketFilter = [
  [0x28, 0, 0, 12], // ldh [12]: EtherType
  [0x15, 6, 0, 0x0806], // ARP → accept
  [0x15, 0, 6, 0x86dd], // not IPv6 → drop
  [0x30, 0, 0, 20], // ldb [20]: next header
  [0x15, 0, 4, 58], // not ICMPv6 → drop
  [0x30, 0, 0, 54], // ldb [54]: type
  [0x35, 0, 2, 128], // below 128 → drop
  [0x25, 1, 0, 136], // above 136 → drop
  [0x06, 0, 0, 256], // accept 256 bytes
  [0x06, 0, 0, 0], // drop
];

/** What comes in at every interface of this network namespace, or at one of them, and passes a filter. */
export interface PacketTap {
  /**
   * Hands out what has come in since, with the index of its interface, without waiting; not more than `most` frames,
   * so that a flood cannot hold up who asks. The kernel drops what finds no room until the next time.
   */
  drain(take: (frame: Buffer, index: number) => void, most?: number): void;
  close(): void;
}

export interface TapOptions {
  /** Only this interface. */
  readonly device?: string;
  readonly filter?: PacketFilter;
  /**
   * Only IPv4 packets that the host itself takes in, behind the rules of a bridge, from the IP header on: the kernel then
   * asks the filter for these alone, and copies nothing of what it sends.
   */
  readonly ipv4?: boolean;
}

/** The filter as `struct sock_fprog`: the program must outlive the call. */
function filterProgram(filter: PacketFilter): { fprog: Buffer; program: Buffer } {
  const program = Buffer.alloc(filter.length * 8);
  for (const [at, [code, jumpTrue, jumpFalse, value]] of filter.entries()) {
    program.writeUInt16LE(code, at * 8);
    program.writeUInt8(jumpTrue, at * 8 + 2);
    program.writeUInt8(jumpFalse, at * 8 + 3);
    program.writeUInt32LE(value, at * 8 + 4);
  }
  const fprog = Buffer.alloc(16);
  fprog.writeUInt16LE(filter.length, 0);
  fprog.writeBigUInt64LE(koffi.address(program), 8);
  return { fprog, program };
}

/**
 * Listens to ARP and ICMPv6 at every interface: also at the ports of bridges, before a bridge or its rules have seen a
 * frame, so that an answer which the guard drops is heard and its port is known. Or to what the
 * options say. Needs CAP_NET_RAW. Throws `not-found` for an unknown interface and `command-failed` when the kernel
 * refuses. See packet(7).
 */
export function openPacketTap(only: TapOptions = {}): PacketTap {
  const calls = libc();
  const index = only.device === undefined ? 0 : (calls.if_nametoindex(only.device) as number);
  if (only.device !== undefined && index === 0)
    throw new AppError('not-found', `interface "${only.device}" is not in this network namespace`);
  // Protocol 0 keeps the socket deaf until its filter is in place.
  const kind = only.ipv4 ? SOCK_DGRAM : SOCK_RAW;
  const fd = calls.socket(AF_PACKET, kind | SOCK_CLOEXEC, 0) as number;
  if (fd < 0) throw new AppError('command-failed', `opening a packet socket failed with errno ${koffi.errno()}`);
  const refuse = (call: string): never => {
    const errno = koffi.errno();
    calls.close(fd);
    throw new AppError('command-failed', `${call} a packet socket failed with errno ${errno}`);
  };
  const { fprog, program } = filterProgram(only.filter ?? discovery);
  if ((calls.setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, fprog, fprog.length) as number) < 0) refuse('filtering on');
  program.fill(0);
  const size = Buffer.alloc(4);
  size.writeInt32LE(RECEIVE_BUFFER);
  calls.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, size, 4);
  const address = Buffer.alloc(ADDRESS_SIZE);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(only.ipv4 ? ETH_P_IP : ETH_P_ALL, 2);
  address.writeInt32LE(index, 4);
  if ((calls.bind(fd, address, ADDRESS_SIZE) as number) < 0) refuse('binding');
  const buffer = Buffer.alloc(2048);
  const sender = Buffer.alloc(ADDRESS_SIZE);
  const senderSize = Buffer.alloc(4);
  return {
    drain(take, most = Number.POSITIVE_INFINITY) {
      for (let count = 0; count < most; count++) {
        senderSize.writeInt32LE(ADDRESS_SIZE);
        const length = Number(calls.recvfrom(fd, buffer, buffer.length, MSG_DONTWAIT, sender, senderSize));
        if (length < 0) {
          if (koffi.errno() === EAGAIN) return;
          throw new AppError('command-failed', `receiving from a packet socket failed with errno ${koffi.errno()}`);
        }
        if (sender[10] === PACKET_OUTGOING) continue;
        take(Buffer.from(buffer.subarray(0, length)), sender.readInt32LE(4));
      }
    },
    close() {
      calls.close(fd);
    },
  };
}
