import type { Socket } from 'node:net';
import koffi from 'koffi';
import { AppError } from '../../errors/app-error.ts';

/** linux/tcp.h */
const IPPROTO_TCP = 6;
const TCP_INFO = 11;
const TOTAL_RETRANS_OFFSET = 100;

let getsockopt: ReturnType<ReturnType<typeof koffi.load>['func']> | undefined;

/** Segments that the kernel has sent more than once over this connection. Throws `command-failed`. See tcp(7). */
export function retransmissions(socket: Socket): number {
  getsockopt ??= koffi.load('libc.so.6').func('int getsockopt(int, int, int, void *, void *)');
  const { fd } = (socket as unknown as { _handle: { fd: number } | null })._handle ?? { fd: -1 };
  const info = Buffer.alloc(256);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(info.length);
  if ((getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, size) as number) < 0) {
    throw new AppError('command-failed', `TCP_INFO of a stream could not be read: errno ${koffi.errno()}`);
  }
  return info.readUInt32LE(TOTAL_RETRANS_OFFSET);
}
