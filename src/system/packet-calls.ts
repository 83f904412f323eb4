import koffi from 'koffi';

/** linux/if_packet.h, asm-generic/socket.h, linux/if_ether.h */
export const AF_PACKET = 17;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0o2000000;
export const ETH_P_ALL = 0x0003;
export const MSG_DONTWAIT = 0x40;
export const PACKET_OUTGOING = 4;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const EAGAIN = 11;
/** Of `struct sockaddr_ll`. */
export const ADDRESS_SIZE = 20;
export const RECEIVE_BUFFER = 4 * 1024 * 1024;

function load() {
  const libc = koffi.load('libc.so.6');
  return {
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, const void *, uint32_t)'),
    send: libc.func('intptr_t send(int, const void *, size_t, int)'),
    recvfrom: libc.func('intptr_t recvfrom(int, void *, size_t, int, void *, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    close: libc.func('int close(int)'),
    if_nametoindex: libc.func('uint32_t if_nametoindex(const char *)'),
  };
}

let calls: ReturnType<typeof load> | undefined;

/** The C library's calls for packet sockets (packet(7)), looked up when they are first needed. */
export function packetCalls(): ReturnType<typeof load> {
  calls ??= load();
  return calls;
}
