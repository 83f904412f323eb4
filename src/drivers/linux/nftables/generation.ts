import { AppError } from '../../../errors/app-error.ts';
import { AF_NETLINK, libc, SOCK_CLOEXEC, SOCK_RAW } from '../../../system/libc.ts';

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

  constructor() {
    this.#socket = libc().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER) as number;
    if (this.#socket < 0) throw new AppError('unsupported', 'the kernel gives no netfilter netlink socket');
  }

  /** Throws `nftables-failed` when the kernel does not answer. */
  read(): number {
    const request = Buffer.alloc(20);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt16LE(NFT_MSG_GETGEN, 4);
    request.writeUInt16LE(1, 6); // NLM_F_REQUEST
    const answer = Buffer.alloc(256);
    if (libc().send(this.#socket, request, request.length, 0) !== request.length) throw this.#silent();
    const length = libc().recv(this.#socket, answer, answer.length, 0);
    for (let at = 20; at + 4 <= length; at += (answer.readUInt16LE(at) + 3) & ~3) {
      if (answer.readUInt16LE(at) < 4) break;
      if ((answer.readUInt16LE(at + 2) & 0x3fff) === NFTA_GEN_ID) return answer.readUInt32BE(at + 4);
    }
    throw this.#silent();
  }

  close(): void {
    libc().close(this.#socket);
  }

  #silent(): AppError {
    return new AppError('nftables-failed', 'the kernel did not tell its nftables generation');
  }
}
