import { AppError } from '../errors/app-error.ts';
import { parseLabel } from './names.ts';
import { type PortRange, parsePortRange } from './port-range.ts';
import { quoteValue } from './quote-value.ts';
import type { PolicyPort } from './site.ts';
import { parseSubnet, type Subnet } from './subnet.ts';

/** What `from` and `to` say before the names are looked up. */
export type PeerText =
  | { readonly kind: 'world' }
  | { readonly kind: 'host' }
  | { readonly kind: 'subnet'; readonly subnet: Subnet }
  | { readonly kind: 'name'; readonly name: string };

/** Reads `world`, `host`, a subnet, an address, or the name of a guest or segment. Throws `value-invalid`. */
export function parsePeerText(text: string): PeerText {
  if (text === 'world' || text === 'host') return { kind: text };
  // A label holds neither a colon nor a slash nor a dot, so these can only be addresses.
  if (/[:/.]/.test(text)) return { kind: 'subnet', subnet: parseSubnet(text) };
  return { kind: 'name', name: parseLabel(text) };
}

/** Reads `tcp/5432`, `udp/1000-2000`, `tcp`, `udp` or `icmp`. Throws `value-invalid`. */
export function parsePolicyPort(text: string): PolicyPort {
  const match = /^(tcp|udp|icmp)(?:\/(.*))?$/s.exec(text);
  const protocol = match?.[1] as PolicyPort['protocol'] | undefined;
  const ports = match?.[2];
  if (!protocol || (protocol === 'icmp' && ports !== undefined)) {
    throw new AppError(
      'value-invalid',
      `port ${quoteValue(text)} is not "tcp/5432", "udp/1000-2000", "tcp", "udp" or "icmp"`,
    );
  }
  return ports === undefined ? { protocol } : { protocol, ports: parsePortRange(ports) };
}

/** Target of a forward before the guest is looked up. */
export interface TargetText {
  readonly guest: string;
  readonly nic: number;
  readonly ports: PortRange;
}

/** Reads `web1:80`, `web1/1:80` or `web1:30000-30099`. Throws `value-invalid`. */
export function parseTarget(text: string): TargetText {
  const match = /^([^/:]+)(?:\/(\d{1,2}))?:([^:]*)$/s.exec(text);
  if (!match) {
    throw new AppError(
      'value-invalid',
      `target ${quoteValue(text)} is not a guest and a port, such as "web1:80", "web1/1:80" or "web1:30000-30099"`,
    );
  }
  return {
    guest: parseLabel(match[1] as string),
    nic: Number(match[2] ?? 0),
    ports: parsePortRange(match[3] as string),
  };
}
