import { AppError } from '../errors/app-error.ts';
import { quoteValue } from './quote-value.ts';

/** IP protocols that conntrack tracks by more than their addresses (IANA's numbers), in nftables' names. */
const numbers: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  dccp: 33,
  gre: 47,
  esp: 50,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
};
const names = new Map(Object.entries(numbers).map(([name, number]) => [number, name]));

/** Reads `tcp`, `udp`, `icmp`, … or a number from 0 to 255. Throws `value-invalid`. */
export function parseProtocol(text: string): number {
  const number = /^\d{1,3}$/.test(text) ? Number(text) : numbers[text.toLowerCase()];
  if (number === undefined || number > 255) {
    throw new AppError(
      'value-invalid',
      `protocol ${quoteValue(text)} is neither ${Object.keys(numbers).join(', ')} nor a number from 0 to 255`,
    );
  }
  return number;
}

/** `tcp`, or the number of one that has no name here. */
export function protocolName(number: number): string {
  return names.get(number) ?? String(number);
}

const withPorts: ReadonlySet<number> = new Set(
  ['tcp', 'udp', 'dccp', 'sctp', 'udplite'].map((name) => numbers[name] as number),
);

/** Whether its packets have ports; the identifier of ICMP echo is none. */
export function hasPorts(number: number): boolean {
  return withPorts.has(number);
}
