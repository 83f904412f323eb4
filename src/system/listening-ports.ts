import { endianness } from 'node:os';
import { type IpAddress, ipv4FromInteger, ipv6FromInteger } from '../model/ip-address.ts';
import { readText } from './files.ts';
import { processIds, processName, socketInodes } from './processes.ts';

/** A socket of this network namespace that waits for whoever comes. */
export interface ListeningPort {
  readonly protocol: 'tcp' | 'udp';
  /** `0.0.0.0` or `::` for every address. */
  readonly address: IpAddress;
  readonly port: number;
  /** Present when this process may see who holds the socket. */
  readonly pid?: number;
  readonly process?: string;
}

interface Socket extends ListeningPort {
  readonly inode: number;
}

/** The kernel prints addresses as 32-bit words in the byte order of the machine. */
function parseAddress(hex: string): IpAddress {
  const words = (hex.match(/.{8}/g) ?? []).map((word) => {
    const bytes = Buffer.from(word, 'hex');
    return endianness() === 'LE' ? bytes.readUInt32LE() : bytes.readUInt32BE();
  });
  if (words.length === 1) return ipv4FromInteger(words[0] as number);
  return ipv6FromInteger(words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n));
}

/** TCP_LISTEN is 0A; a UDP socket without a peer is 07 (include/net/tcp_states.h). */
const waitingState = { tcp: '0A', udp: '07' } as const;

/** Reads /proc/net/{tcp,tcp6,udp,udp6}. */
export function parseSockets(protocol: 'tcp' | 'udp', text: string): Socket[] {
  return text.split('\n').flatMap((line): Socket[] => {
    const fields = line.trim().split(/\s+/);
    const [address, port] = fields[1]?.split(':') ?? [];
    if (address === undefined || port === undefined || fields[3] !== waitingState[protocol]) return [];
    return [{ protocol, address: parseAddress(address), port: Number.parseInt(port, 16), inode: Number(fields[9]) }];
  });
}

/** What this network namespace's sockets listen on, with the process where it may be seen. */
export async function listeningPorts(): Promise<ListeningPort[]> {
  const tables = [
    ['tcp', 'tcp'],
    ['tcp', 'tcp6'],
    ['udp', 'udp'],
    ['udp', 'udp6'],
  ] as const;
  const sockets = (
    await Promise.all(
      // tcp6 and udp6 are missing on a host without IPv6.
      tables.map(async ([protocol, file]) => parseSockets(protocol, (await readText(`/proc/self/net/${file}`)) ?? '')),
    )
  ).flat();
  const wanted = new Set(sockets.map((socket) => socket.inode));
  const holders = new Map<number, number>();
  for (const pid of await processIds()) {
    for (const inode of await socketInodes(pid)) if (wanted.has(inode) && !holders.has(inode)) holders.set(inode, pid);
  }
  return Promise.all(
    sockets.map(async ({ inode, ...port }) => {
      const pid = holders.get(inode);
      const name = pid === undefined ? undefined : await processName(pid);
      return { ...port, ...(pid === undefined ? {} : { pid }), ...(name === undefined ? {} : { process: name }) };
    }),
  );
}
