import koffi from 'koffi';
import { AppError } from '../../errors/app-error.ts';
import { AF_NETLINK, libc, SOCK_CLOEXEC, SOCK_RAW } from '../libc.ts';
import { littleEndian, NETLINK_NETFILTER } from './netlink-message.ts';

/** What a call of the kernel failed with, as the catalogue's `command-failed`. */
export function refused(call: string, errno: number): AppError {
  const why = errno === 1 ? 'EPERM: it needs CAP_NET_ADMIN in this network namespace' : `errno ${errno}`;
  return new AppError('command-failed', `${call} over netlink failed with ${why}`);
}

/** Opens a netlink socket to netfilter with a port id of its own. Throws `command-failed`. */
export function openNetlinkSocket(): number {
  const fd = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER) as number;
  if (fd < 0) throw refused('opening a socket for conntrack', koffi.errno());
  const address = new Uint8Array(12);
  address[littleEndian ? 0 : 1] = AF_NETLINK;
  if ((libc().bind(fd, address, 12) as number) < 0) {
    const errno = koffi.errno();
    libc().close(fd);
    throw refused('binding a socket for conntrack', errno);
  }
  return fd;
}

/**
 * Memory for `recvmmsg`: `count` slots of `size` bytes one after the other, and the headers (`struct mmsghdr`) that
 * point to them, made once.
 */
export class ReceiveSlots {
  readonly count: number;
  readonly size: number;
  readonly view: DataView;
  readonly #memory: Uint8Array;
  readonly #vectors: Uint8Array;
  readonly headers: Uint8Array;
  readonly #header: Int32Array;

  constructor(count: number, size: number) {
    this.count = count;
    this.size = size;
    // Each of them an allocation of its own, which stays where it is: the kernel is given their addresses.
    this.#memory = new Uint8Array(new ArrayBuffer(count * size));
    this.view = new DataView(this.#memory.buffer);
    this.#vectors = new Uint8Array(new ArrayBuffer(count * 16));
    this.headers = new Uint8Array(new ArrayBuffer(count * 64));
    this.#header = new Int32Array(this.headers.buffer);
    const vectors = new BigUint64Array(this.#vectors.buffer);
    const headers = new BigUint64Array(this.headers.buffer);
    const memory = koffi.address(this.#memory);
    const vector = koffi.address(this.#vectors);
    for (let i = 0; i < count; i++) {
      vectors[i * 2] = memory + BigInt(i * size);
      vectors[i * 2 + 1] = BigInt(size);
      headers[i * 8 + 2] = vector + BigInt(i * 16);
      headers[i * 8 + 3] = 1n;
    }
  }

  /** Bytes of the message in a slot, as of the last call. */
  length(slot: number): number {
    return this.#header[slot * 16 + 14] as number;
  }

  /** The message was larger than the slot (MSG_TRUNC). */
  truncated(slot: number): boolean {
    return ((this.#header[slot * 16 + 12] as number) & 0x20) !== 0;
  }
}
