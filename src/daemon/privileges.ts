import { readFileSync } from 'node:fs';
import { AppError } from '../errors/app-error.ts';

/** Bits of capabilities(7) that the Linux driver needs, and for what. */
const needed = [
  { name: 'CAP_NET_ADMIN', bit: 12n, purpose: 'links, addresses and nftables' },
  { name: 'CAP_NET_RAW', bit: 13n, purpose: 'the raw sockets of DHCP, router advertisements and verify' },
] as const;

/** Names of the needed capabilities that are not in `status`, the text of /proc/self/status. */
export function missingCapabilities(status: string): { name: string; purpose: string }[] {
  const mask = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return needed.filter(({ bit }) => (mask & (1n << bit)) === 0n).map(({ name, purpose }) => ({ name, purpose }));
}

/** Throws `privileges-missing` that names what this process lacks and what it is for. */
export function requireCapabilities(): void {
  const missing = missingCapabilities(readFileSync('/proc/self/status', 'utf8'));
  if (missing.length === 0) return;
  const list = missing.map(({ name, purpose }) => `${name} (${purpose})`).join(' and ');
  throw new AppError('privileges-missing', `The daemon lacks ${list}; driver "linux" cannot work without.`, {
    details: { missing: missing.map(({ name }) => name) },
  });
}
