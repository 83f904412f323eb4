import { renderPortRange } from '../../model/port-range.ts';
import { parseProtocol, protocolName } from '../../model/protocols.ts';
import { type HeldBetween, overlaps, type Span } from '../../registry/holders/holders.ts';
import type { TraceSource } from './contract.ts';
import type { Asked } from './read-question.ts';

/** What the registry says of an address and port, whether anything was sent or not. */
export interface Claim extends Span {
  readonly source: Exclude<TraceSource, 'log' | 'live'>;
  /** Absent: it was erased who. */
  readonly guest?: string;
  readonly nic?: number;
  /** `20000-20999`, `tcp/8080`. */
  readonly by: string;
}

const icmp = new Set(['icmp', 'icmpv6'].map(parseProtocol));

/** Who held what was asked for, at any of the moments that were meant. */
export async function findClaims(asked: Asked, held: HeldBetween, isShared: boolean): Promise<Claim[]> {
  const claims = isShared ? await ofPort(asked, held) : await ofAddress(asked, held);
  return claims.filter((claim) => overlaps(claim, asked.from, asked.to));
}

async function ofAddress({ address }: Asked, held: HeldBetween): Promise<Claim[]> {
  const nics = await held.nicsWith(address);
  return nics.map(({ guest, nic, segment, ...rest }) => ({
    ...spanOf(rest),
    source: 'address',
    guest,
    nic,
    by: segment,
  }));
}

async function ofPort({ address, port, protocol }: Asked, held: HeldBetween): Promise<Claim[]> {
  if (port === undefined) return [];
  const blocks = await held.blocksWith(port);
  const claims = blocks.map(({ guest, first, last, ...rest }): Claim => {
    const who = guest === undefined ? {} : { guest };
    return { ...spanOf(rest), source: 'port block', ...who, by: renderPortRange({ first, last }) };
  });
  // A published port is none of ICMP, whose identifiers are of the blocks.
  if (protocol !== undefined && icmp.has(protocol)) return claims;
  for (const published of await held.publishedAt(port)) {
    const { kind, guest, nic, name, protocol: of } = published;
    if (of !== undefined && protocol !== undefined && protocolName(protocol) !== of) continue;
    if (kind === 'same-address' && address.includes(':')) continue;
    const source = kind === 'forward' ? 'forward' : 'same-address port';
    claims.push({ ...spanOf(published), source, guest, nic, by: name });
  }
  return claims;
}

const spanOf = ({ since, until }: Span): Span => ({ since, ...(until === undefined ? {} : { until }) });
