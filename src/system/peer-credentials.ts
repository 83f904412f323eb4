import type { Socket } from 'node:net';
import koffi from 'koffi';
import { libc, SOL_SOCKET } from './libc.ts';

/** asm-generic/socket.h */
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
/** No process has more supplementary groups (NGROUPS_MAX, linux/limits.h). */
const mostGroups = 65_536;
const erange = 34;

/** Who opened the other end of a unix socket, as it was when it did (unix(7)). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

function supplementaryGroups(fd: number): number[] {
  let room = 64;
  for (;;) {
    const bytes = Buffer.alloc(room * 4);
    const length = new Uint32Array([bytes.length]);
    if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, bytes, length) === 0) {
      return Array.from({ length: (length[0] as number) / 4 }, (_, place) => bytes.readUInt32LE(place * 4));
    }
    if (koffi.errno() !== erange || room >= mostGroups) return [];
    room = mostGroups;
  }
}

/**
 * What the kernel says of the process that connected (SO_PEERCRED, SO_PEERGROUPS; socket(7)); nothing it could have
 * invented. Undefined for everything but a connected unix socket. Node does not tell the number of a socket's file, so
 * its handle is asked, which all versions up to 24 have.
 */
export function peerCredentials(socket: Socket): PeerCredentials | undefined {
  const { fd } = (socket as unknown as { _handle?: { fd?: number } | null })._handle ?? {};
  // A TCP socket answers, too: with process 0 and user 4294967295.
  if (typeof fd !== 'number' || fd < 0 || socket.remoteAddress !== undefined) return undefined;
  const bytes = Buffer.alloc(12);
  const length = new Uint32Array([bytes.length]);
  if (libc().getsockopt(fd, SOL_SOCKET, SO_PEERCRED, bytes, length) !== 0 || length[0] !== bytes.length)
    return undefined;
  const [pid, uid, gid] = [bytes.readInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  return pid <= 0 || uid === 0xffff_ffff ? undefined : { pid, uid, gid, groups: supplementaryGroups(fd) };
}
