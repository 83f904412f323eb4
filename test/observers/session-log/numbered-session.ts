import type { Session } from './sessions.ts';

/** A session of its own for every number: it can be told from what is found. */
export const numberedSession = (number: number): Session => ({
  id: number,
  ipv6: false,
  protocol: 6,
  zone: 0,
  mark: 0,
  ports: [number & 0xffff, 443, 443, 20_000 + (number % 512)],
  addresses: [0x0a000000 + (number >>> 16), 0x01010101, 0x01010101, 0xcb00710a],
  flags: 0,
  start: 1_795_300_000_000 + number,
  end: 1_795_300_000_000 + number + 30_000,
  octets: [60, 60],
  packets: [1, 1],
});
