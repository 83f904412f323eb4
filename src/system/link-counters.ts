import koffi from 'koffi';
import { AppError } from '../errors/app-error.ts';
import { AF_NETLINK, libc, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_RAW } from './libc.ts';

/** linux/rtnetlink.h, linux/if_link.h, linux/sockios.h, linux/ethtool.h */
const NETLINK_ROUTE = 0;
const RTM_NEWLINK = 16;
const RTM_GETLINK = 18;
const NLM_F_REQUEST = 1;
const IFLA_STATS64 = 23;
/** IFF_UP and IFF_RUNNING of linux/if.h. */
const running = 0x41;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GSET = 1;
const AF_INET = 2;
const SOCK_DGRAM = 2;
/** `struct nlmsghdr` and `struct ifinfomsg`. */
const headerSize = 16;
const infoSize = 16;
/** A device with many virtual functions says much. */
const answerSize = 65_536;

export interface LinkCounters {
  /** Another index is another device, although of the same name. */
  readonly index: number;
  /** It is up and has a carrier (IFF_UP, IFF_RUNNING). */
  readonly running: boolean;
  /** Bytes. */
  readonly received: number;
  readonly sent: number;
  readonly packets: Directions;
  readonly errors: Directions;
  readonly dropped: Directions;
}

interface Directions {
  readonly received: number;
  readonly sent: number;
}

let ioctl: ReturnType<typeof loadIoctl> | undefined;
const loadIoctl = () => koffi.load('libc.so.6').func('int ioctl(int, unsigned long, _Inout_ uint8_t *)');

/**
 * Bytes that a network device of this namespace has received and sent. (/sys/class/net shows the namespace that /sys was
 * mounted in, and /proc/net/dev counts every device.) Undefined when there is no such device. Throws `command-failed`.
 */
export function readLinkCounters(name: string): LinkCounters | undefined {
  const calls = libc();
  const index = calls.if_nametoindex(name) as number;
  if (index === 0) return undefined;
  const fd = calls.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE) as number;
  if (fd < 0) throw new AppError('command-failed', `opening a socket for links failed with errno ${koffi.errno()}`);
  try {
    const request = Buffer.alloc(headerSize + infoSize);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt16LE(RTM_GETLINK, 4);
    request.writeUInt16LE(NLM_F_REQUEST, 6);
    request.writeInt32LE(index, headerSize + 4);
    if (Number(calls.send(fd, request, request.length, 0)) < 0) return undefined;
    const answer = Buffer.alloc(answerSize);
    // The kernel has answered when `send` returns.
    const length = Number(calls.recv(fd, answer, answer.length, MSG_DONTWAIT));
    if (length < headerSize + infoSize || answer.readUInt16LE(4) !== RTM_NEWLINK) return undefined;
    return readStatistics(answer.subarray(0, length), index);
  } finally {
    calls.close(fd);
  }
}

function readStatistics(answer: Buffer, index: number): LinkCounters | undefined {
  for (let at = headerSize + infoSize; at + 4 <= answer.length; ) {
    const size = answer.readUInt16LE(at);
    if (size < 4) return undefined;
    // rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors, rx_dropped, tx_dropped of `struct rtnl_link_stats64`.
    if ((answer.readUInt16LE(at + 2) & 0x3fff) === IFLA_STATS64 && at + 68 <= answer.length) {
      const counter = (place: number): number => Number(answer.readBigUInt64LE(at + 4 + place * 8));
      const directions = (place: number): Directions => ({ received: counter(place), sent: counter(place + 1) });
      return {
        index,
        running: (answer.readUInt32LE(headerSize + 8) & running) === running,
        ...directions(2),
        packets: directions(0),
        errors: directions(4),
        dropped: directions(6),
      };
    }
    at += (size + 3) & ~3;
  }
  return undefined;
}

/**
 * What a network device of this namespace says that it carries, in bits per second; undefined where it does not say
 * (virtual devices, no carrier). By `ETHTOOL_GSET`, which every driver answers.
 */
export function readLinkSpeed(name: string): number | undefined {
  ioctl ??= loadIoctl();
  const fd = libc().socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number;
  if (fd < 0) return undefined;
  // `struct ethtool_cmd`: speed is at 12 (low half) and 28 (high half).
  const command = Buffer.alloc(44);
  command.writeUInt32LE(ETHTOOL_GSET, 0);
  const request = Buffer.alloc(40);
  request.write(name, 0, 15, 'latin1');
  request.writeBigUInt64LE(koffi.address(command), 16);
  const failed = (ioctl(fd, SIOCETHTOOL, request) as number) < 0;
  libc().close(fd);
  if (failed) return undefined;
  const megabits = command.readUInt16LE(12) + command.readUInt16LE(28) * 65_536;
  return megabits === 0 || megabits === 0xffff || megabits === 0xffffffff ? undefined : megabits * 1e6;
}
