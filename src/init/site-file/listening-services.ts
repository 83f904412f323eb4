import type { ListeningPort } from '../../system/listening-ports.ts';
import type { FoundUplink } from '../findings.ts';

/** More are not listed in a comment. */
const most = 40;

/** What answers at the shared address: `tcp 22 (sshd)`, each port once, in order. */
export function listeningServices(listening: readonly ListeningPort[], uplink: FoundUplink): string[] {
  const addresses: readonly string[] = ['0.0.0.0', '::', uplink.ipv4, ...(uplink.ipv6 ? [uplink.ipv6] : [])];
  const found = new Map<string, ListeningPort>();
  for (const socket of listening) {
    const key = `${socket.protocol} ${socket.port}`;
    if (addresses.includes(socket.address) && found.get(key)?.process === undefined) found.set(key, socket);
  }
  const sorted = [...found].sort(([, a], [, b]) => a.protocol.localeCompare(b.protocol) || a.port - b.port);
  const lines = sorted.map(([key, { process }]) => (process === undefined ? key : `${key} (${process})`));
  return lines.length <= most ? lines : [...lines.slice(0, most), `${lines.length - most} more`];
}
