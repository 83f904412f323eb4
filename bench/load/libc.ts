import koffi from 'koffi';

/**
 * The few calls of the C library that the load generator makes, blocking and in process: a connection costs the bench
 * itself some microseconds and no event loop. Answers are the C ones: -1 is a failure, `errno()` says which.
 */
const lib = koffi.load('libc.so.6');

export const socket = lib.func('int socket(int domain, int type, int protocol)') as (
  domain: number,
  type: number,
  protocol: number,
) => number;
export const bind = lib.func('int bind(int fd, void *address, uint32_t length)') as AddressCall;
export const connect = lib.func('int connect(int fd, void *address, uint32_t length)') as AddressCall;
export const listen = lib.func('int listen(int fd, int backlog)') as (fd: number, backlog: number) => number;
export const accept = lib.func('int accept(int fd, void *address, void *length)') as (
  fd: number,
  address: null,
  length: null,
) => number;
export const send = lib.func('intptr_t send(int fd, void *data, size_t length, int flags)') as DataCall;
export const recv = lib.func('intptr_t recv(int fd, void *data, size_t length, int flags)') as DataCall;
export const sendto = lib.func(
  'intptr_t sendto(int fd, void *data, size_t length, int flags, void *address, uint32_t size)',
) as (fd: number, data: Buffer, length: number, flags: number, address: Buffer, size: number) => number;
export const close = lib.func('int close(int fd)') as (fd: number) => number;
const setsockoptCall = lib.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)') as (
  fd: number,
  level: number,
  name: number,
  value: Buffer,
  length: number,
) => number;
const openCall = lib.func('int open(const char *path, int flags)') as (path: string, flags: number) => number;
const setnsCall = lib.func('int setns(int fd, int kind)') as (fd: number, kind: number) => number;
const clockCall = lib.func('int clock_gettime(int clock, void *time)') as (clock: number, time: Buffer) => number;

type AddressCall = (fd: number, address: Buffer, length: number) => number;
type DataCall = (fd: number, data: Buffer, length: number, flags: number) => number;

export const AF_INET = 2;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const MSG_NOSIGNAL = 0x4000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_RCVBUF = 8;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const IPPROTO_IP = 0;
export const IP_BIND_ADDRESS_NO_PORT = 24;

/** `errno` of the last call, as a number (`os.constants.errno` has the names). */
export function errno(): number {
  return koffi.errno();
}

/** A `sockaddr_in`, 16 bytes. */
export function socketAddress(address: string, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(port, 2);
  address.split('.').forEach((octet, i) => {
    bytes.writeUInt8(Number(octet), 4 + i);
  });
  return bytes;
}

/** Sets an `int` option. */
export function setOption(fd: number, level: number, name: number, value: number): void {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  must(setsockoptCall(fd, level, name, bytes, 4), 'setsockopt');
}

/** Bounds how long a blocking call may wait. */
export function setTimeouts(fd: number, milliseconds: number): void {
  const bytes = Buffer.alloc(16);
  bytes.writeBigInt64LE(BigInt(Math.floor(milliseconds / 1000)), 0);
  bytes.writeBigInt64LE(BigInt((milliseconds % 1000) * 1000), 8);
  must(setsockoptCall(fd, SOL_SOCKET, SO_RCVTIMEO, bytes, 16), 'setsockopt');
  must(setsockoptCall(fd, SOL_SOCKET, SO_SNDTIMEO, bytes, 16), 'setsockopt');
}

/** Moves the calling thread, the one of JavaScript, into a network namespace; sockets made from then on belong to it. */
export function enterNamespace(path: string): void {
  const fd = must(openCall(path, 0), `open ${path}`);
  try {
    must(setnsCall(fd, 0x40000000), `setns ${path}`);
  } finally {
    close(fd);
  }
}

const timespec = Buffer.alloc(16);

/**
 * Nanoseconds of CPU that a process has used, with the softirq work done on its account (the kernel has no
 * IRQ_TIME_ACCOUNTING here). 0 stands for the caller. Source: clock_getcpuclockid(3), `CPUCLOCK_SCHED`.
 */
export function cpuTime(pid: number): number {
  const clock = pid === 0 ? 2 : (~pid << 3) | 2;
  must(clockCall(clock, timespec), `clock_gettime of process ${pid}`);
  return Number(timespec.readBigInt64LE(0)) * 1e9 + Number(timespec.readBigInt64LE(8));
}

/** Throws with errno when a call failed. */
export function must(result: number, what: string): number {
  if (result < 0) throw new Error(`${what} failed with errno ${errno()}`);
  return result;
}
