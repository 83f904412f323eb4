import koffi from 'koffi';
import { AppError } from '../../../errors/app-error.ts';

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const NETLINK_NETFILTER = 12;
const NFT_MSG_GETGEN = (10 << 8) | 16;
const NFTA_GEN_ID = 1;

/**
 * The kernel's nftables generation: a number that grows by one with every committed transaction in this network
 * namespace, whoever made it (NFT_MSG_GETGEN, linux/netfilter/nf_tables.h). Asking costs a few microseconds, so "has
 * anybody touched the rules?" needs no listing.
 */
export class NftGeneration {
  readonly #socket: number;
  readonly #send: (socket: number, data: Buffer, length: number, flags: number) => number;
  readonly #receive: (socket: number, data: Buffer, length: number, flags: number) => number;
  readonly #close: (socket: number) => number;

  constructor() {
    const libc = koffi.load('libc.so.6');
    this.#send = libc.func('intptr_t send(int fd, const void *data, size_t length, int flags)');
    this.#receive = libc.func('intptr_t recv(int fd, _Out_ uint8_t *data, size_t length, int flags)');
    this.#close = libc.func('int close(int fd)');
    this.#socket = libc.func('int socket(int domain, int type, int protocol)')(
      AF_NETLINK,
      SOCK_RAW_CLOEXEC,
      NETLINK_NETFILTER,
    );
    if (this.#socket < 0) throw new AppError('unsupported', 'the kernel gives no netfilter netlink socket');
  }

  /** Throws `nftables-failed` when the kernel does not answer. */
  read(): number {
    const request = Buffer.alloc(20);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt16LE(NFT_MSG_GETGEN, 4);
    request.writeUInt16LE(1, 6); // NLM_F_REQUEST
    const answer = Buffer.alloc(256);
    if (this.#send(this.#socket, request, request.length, 0) !== request.length) throw this.#silent();
    const length = this.#receive(this.#socket, answer, answer.length, 0);
    for (let at = 20; at + 4 <= length; at += (answer.readUInt16LE(at) + 3) & ~3) {
      if (answer.readUInt16LE(at) < 4) break;
      if ((answer.readUInt16LE(at + 2) & 0x3fff) === NFTA_GEN_ID) return answer.readUInt32BE(at + 4);
    }
    throw this.#silent();
  }

  close(): void {
    this.#close(this.#socket);
  }

  #silent(): AppError {
    return new AppError('nftables-failed', 'the kernel did not tell its nftables generation');
  }
}
