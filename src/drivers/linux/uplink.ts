import koffi from 'koffi';
import { AppError } from '../../errors/app-error.ts';
import { type MacAddress, parseMacAddress } from '../../model/mac-address.ts';
import type { InterfaceName } from '../../model/names.ts';

/** linux/sockios.h, linux/if.h */
const SIOCGIFHWADDR = 0x8927;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const IFREQ_SIZE = 40;
const HARDWARE_ADDRESS_AT = 18;

export interface SeenUplink {
  /** The only MAC that may leave it. */
  readonly mac: MacAddress;
  /** Another index is another device, although of the same name. */
  readonly index: number;
}

function loadLibc() {
  const libc = koffi.load('libc.so.6');
  return {
    socket: libc.func('int socket(int, int, int)'),
    ioctl: libc.func('int ioctl(int, unsigned long, _Inout_ uint8_t *)'),
    close: libc.func('int close(int)'),
    index: libc.func('uint32_t if_nametoindex(const char *)'),
  };
}

let libc: ReturnType<typeof loadLibc> | undefined;

/**
 * Asks the kernel about the uplink in this process's own network namespace. (/sys/class/net shows the namespace that
 * /sys was mounted in, which may be another one.) Undefined when there is no such interface.
 */
export function readUplink(uplink: InterfaceName): SeenUplink | undefined {
  libc ??= loadLibc();
  const request = Buffer.alloc(IFREQ_SIZE);
  request.write(uplink, 0, 15, 'latin1');
  const socket = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0) as number;
  if (socket < 0) throw new AppError('unsupported', `the kernel gives no socket to ask about "${uplink}"`);
  const failed = (libc.ioctl(socket, SIOCGIFHWADDR, request) as number) < 0;
  libc.close(socket);
  if (failed) return undefined;
  const octets = [...request.subarray(HARDWARE_ADDRESS_AT, HARDWARE_ADDRESS_AT + 6)];
  const mac = parseMacAddress(octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':'));
  return { mac, index: libc.index(uplink) as number };
}
