import { openPacketTap, type PacketFilter } from './packet-tap.ts';

/** Messages that are taken in one go; a flood waits, and is dropped by the kernel. */
const mostAtOnce = 1_000;

/** Classic BPF on the IP header: UDP, no later fragment, to port 67. Everything else stays in the kernel. */
const toServers: PacketFilter = [
  [0x30, 0, 0, 9], // ldb [9]: protocol
  [0x15, 0, 6, 17], // not UDP → drop
  [0x28, 0, 0, 6], // ldh [6]: fragment
  [0x45, 4, 0, 0x1fff], // later fragment → drop
  [0xb1, 0, 0, 0], // ldxb 4*([0]&0xf): length of the IP header
  [0x48, 0, 0, 2], // ldh [x + 2]: destination port
  [0x15, 0, 1, 67], // not bootps → drop
  [0x06, 0, 0, 600], // accept 600 bytes
  [0x06, 0, 0, 0], // drop
];

/** DHCP messages to servers as this host takes them in: behind the guard, at a bridge. */
export interface DhcpTap {
  /** Hands out the UDP payloads that have come since, with the index of the interface, without waiting. */
  drain(take: (message: Buffer, index: number) => void): void;
  close(): void;
}

/** Listens to what guests ask by DHCP. Needs CAP_NET_RAW. Throws `command-failed`. */
export function openDhcpTap(): DhcpTap {
  const tap = openPacketTap({ filter: toServers, ipv4: true });
  return {
    drain(take) {
      tap.drain((packet, index) => {
        const headers = ((packet[0] ?? 0) & 0xf) * 4 + 8;
        if (packet.length > headers) take(packet.subarray(headers), index);
      }, mostAtOnce);
    },
    close: () => tap.close(),
  };
}
