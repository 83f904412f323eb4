import type { Mistake } from '../errors/app-error.ts';
import type { PortRange } from '../model/port-range.ts';
import { forwardId, type Site } from '../model/site.ts';
import type { Clock } from '../system/clock.ts';
import { readText } from '../system/files.ts';
import { type ListeningPort, listeningPorts } from '../system/listening-ports.ts';

/** Ports of the shared address that the host itself uses. */
export interface HostPorts {
  /** net.ipv4.ip_local_port_range: source ports of the host's own flows. */
  readonly ephemeral: PortRange;
  readonly listening: readonly ListeningPort[];
}

/** The kernel's default, when /proc does not tell. */
const defaultEphemeral: PortRange = { first: 32768, last: 60999 };
const freshFor = 10_000;

export async function readHostPorts(): Promise<HostPorts> {
  const match = /^(\d+)\s+(\d+)/.exec((await readText('/proc/sys/net/ipv4/ip_local_port_range')) ?? '');
  const ephemeral = match ? { first: Number(match[1]), last: Number(match[2]) } : defaultEphemeral;
  return { ephemeral, listening: await listeningPorts() };
}

/** Reads the host's ports at most every ten seconds: looking through /proc takes longer than adding a forward. */
export class HostPortReader {
  readonly #clock: Clock;
  #last: { at: number; ports: HostPorts } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(): Promise<HostPorts> {
    const now = this.#clock.monotonic();
    if (!this.#last || now - this.#last.at > freshFor) this.#last = { at: now, ports: await readHostPorts() };
    return this.#last.ports;
  }
}

/** What new port blocks keep clear of. */
export function portsToAvoid(ports: HostPorts): PortRange[] {
  const listening = [...new Set(ports.listening.map(({ port }) => port))].sort((a, b) => a - b);
  return [ports.ephemeral, ...listening.map((port) => ({ first: port, last: port }))];
}

/** Sockets on these addresses are reached by the shared address. */
const answers = (socket: ListeningPort, shared: string): boolean =>
  socket.address === '0.0.0.0' || socket.address === '::' || socket.address === shared;

/** Looks the lowest port from a given one on up: with 10,000 forwards, searching the sockets for each takes milliseconds. */
function firstAtOrAfter(sockets: readonly ListeningPort[], protocol: 'tcp' | 'udp') {
  const sorted = sockets.filter((socket) => socket.protocol === protocol).sort((a, b) => a.port - b.port);
  return (port: number): ListeningPort | undefined => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as ListeningPort).port < port) low = middle + 1;
      else high = middle;
    }
    return sorted[low];
  };
}

/** A forward takes a port away from the host's own service on it: a warning that names the process. */
export function listeningWarnings(site: Site, ports: HostPorts): Mistake[] {
  const { uplink } = site;
  if (!uplink) return [];
  const sockets = ports.listening.filter(
    (socket) => answers(socket, uplink.ipv4) || answers(socket, uplink.ipv6 ?? ''),
  );
  const byPort = { tcp: firstAtOrAfter(sockets, 'tcp'), udp: firstAtOrAfter(sockets, 'udp') };
  return site.forwards.flatMap((forward): Mistake[] => {
    const found = byPort[forward.protocol](forward.ports.first);
    const socket = found && found.port <= forward.ports.last ? found : undefined;
    if (!socket) return [];
    const holder = socket.process ? `process "${socket.process}" (pid ${socket.pid})` : 'a process';
    return [
      {
        path: `forwards[${forwardId(forward)}]`,
        message: `forward "${forwardId(forward)}" takes port ${socket.port} away from ${holder} of this host, which listens on it`,
        seen: `${socket.address}:${socket.port}`,
        expected: 'a port that the host does not listen on',
        severity: 'warning',
      },
    ];
  });
}
