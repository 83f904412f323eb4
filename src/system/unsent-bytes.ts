import type { Socket } from 'node:net';
import koffi from 'koffi';

/** linux/sockios.h */
const SIOCOUTQ = 0x5411;

function load() {
  return koffi.load('libc.so.6').func('int ioctl(int, unsigned long, _Out_ int *)');
}

let ioctl: ReturnType<typeof load> | undefined;

/**
 * Bytes of a TCP connection that the other host has not acknowledged yet (tcp(7), SIOCOUTQ). 0 where that cannot be
 * known. Node does not tell the number of a socket's file, so its handle is asked, which all versions up to 24 have.
 */
export function unsentBytes(socket: Socket): number {
  const { fd } = (socket as unknown as { _handle?: { fd?: number } | null })._handle ?? {};
  if (typeof fd !== 'number' || fd < 0) return 0;
  ioctl ??= load();
  const bytes = [0];
  return ioctl(fd, SIOCOUTQ, bytes) === 0 ? (bytes[0] as number) : 0;
}
