import koffi from 'koffi';

/** linux/if_packet.h, asm-generic/socket.h, linux/if_ether.h */
export const AF_PACKET = 17;
export const AF_NETLINK = 16;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const ETH_P_ALL = 0x0003;
export const MSG_DONTWAIT = 0x40;
export const PACKET_OUTGOING = 4;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
/** asm-generic/errno-base.h, asm-generic/errno.h */
export const EINTR = 4;
export const EAGAIN = 11;
export const ENOBUFS = 105;
/** Of `struct sockaddr_ll`. */
export const ADDRESS_SIZE = 20;
export const RECEIVE_BUFFER = 4 * 1024 * 1024;

function load() {
  const libc = koffi.load('libc.so.6');
  return {
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, const void *, uint32_t)'),
    connect: libc.func('int connect(int, const void *, uint32_t)'),
    send: libc.func('intptr_t send(int, const void *, size_t, int)'),
    recv: libc.func('intptr_t recv(int, void *, size_t, int)'),
    recvfrom: libc.func('intptr_t recvfrom(int, void *, size_t, int, void *, void *)'),
    recvmmsg: libc.func('int recvmmsg(int, void *, uint32_t, int, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    poll: libc.func('int poll(void *, uint64_t, int)'),
    eventfd: libc.func('int eventfd(uint32_t, int)'),
    write: libc.func('intptr_t write(int, const void *, size_t)'),
    close: libc.func('int close(int)'),
    if_nametoindex: libc.func('uint32_t if_nametoindex(const char *)'),
    if_indextoname: libc.func('void *if_indextoname(uint32_t, void *)'),
  };
}

let calls: ReturnType<typeof load> | undefined;

/** The C library's calls for sockets, looked up when they are first needed. Failures are -1, `koffi.errno()` says which. */
export function libc(): ReturnType<typeof load> {
  calls ??= load();
  return calls;
}
