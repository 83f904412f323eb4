import { AppError } from '../errors/app-error.ts';
import { type IpAddress, parseIp } from '../model/ip-address.ts';
import { type Label, parseLabel } from '../model/names.ts';
import { quoteValue } from '../model/quote-value.ts';

/** What `--from` and `--to` say before anything is looked up. */
export type EndText = { readonly port?: number } & (
  | { readonly kind: 'world' | 'host' }
  | { readonly kind: 'guest'; readonly guest: Label; readonly nic: number }
  | { readonly kind: 'address'; readonly address: IpAddress }
);

function parsePort(text: string, whole: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65535) {
    throw new AppError(
      'value-invalid',
      `port ${quoteValue(text)} of ${quoteValue(whole)} is not a whole number from 1 to 65535`,
    );
  }
  return port;
}

/** An IPv6 address alone has colons of its own, so with a port it stands in brackets (RFC 3986). */
function splitPort(text: string): [string, string | undefined] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(text);
  if (bracketed) return [bracketed[1] as string, bracketed[2]];
  const colons = text.split(':').length - 1;
  if (colons !== 1) return [text, undefined];
  const at = text.indexOf(':');
  return [text.slice(0, at), text.slice(at + 1)];
}

/**
 * Reads `web1`, `web1/1:443`, `198.51.100.7:443`, `[2001:db8::1]:443`, `world`, `host:22`. Throws `value-invalid`.
 */
export function parseEnd(text: string): EndText {
  const [name, portText] = splitPort(text);
  const port = portText === undefined ? {} : { port: parsePort(portText, text) };
  if (name === 'world' || name === 'host') return { kind: name, ...port };
  if (name.includes(':') || /^[\d.]+$/.test(name)) return { kind: 'address', address: parseIp(name), ...port };
  const match = /^([^/]*)(?:\/(\d{1,4}))?$/s.exec(name);
  if (!match) {
    throw new AppError(
      'value-invalid',
      `${quoteValue(text)} is not a guest ("web1:443"), a NIC ("web1/1"), an address ("198.51.100.7:443"), "world" or "host"`,
    );
  }
  return { kind: 'guest', guest: parseLabel(match[1] as string), nic: Number(match[2] ?? 0), ...port };
}
