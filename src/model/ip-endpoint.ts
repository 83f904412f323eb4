import { AppError } from '../errors/app-error.ts';
import { type IpAddress, parseIpv4, parseIpv6 } from './ip-address.ts';
import { quoteValue } from './quote-value.ts';

/** An address, with a port or without. */
export interface IpEndpoint {
  readonly address: IpAddress;
  readonly port?: number;
}

/** Reads a port from 1 to 65535. Throws `value-invalid`. */
export function parsePort(text: string): number {
  const port = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new AppError('value-invalid', `port ${quoteValue(text)} is not a number from 1 to 65535`);
}

/** Reads `203.0.113.10:20089`, `203.0.113.10`, `[2001:db8::10]:20089`, `[2001:db8::10]` or `2001:db8::10`. Throws `value-invalid`. */
export function parseIpEndpoint(text: string): IpEndpoint {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed) return withPort(parseIpv6(bracketed[1] as string), bracketed[2]);
  const colon = text.indexOf(':');
  if (colon !== text.lastIndexOf(':')) return { address: parseIpv6(text) };
  return colon < 0 ? { address: parseIpv4(text) } : withPort(parseIpv4(text.slice(0, colon)), text.slice(colon + 1));
}

function withPort(address: IpAddress, port: string | undefined): IpEndpoint {
  return port === undefined ? { address } : { address, port: parsePort(port) };
}

/** `203.0.113.10:20089`, `[2001:db8::10]:20089`; the address alone without a port. */
export function renderIpEndpoint({ address, port }: { readonly address: string; readonly port?: number }): string {
  if (port === undefined) return address;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
