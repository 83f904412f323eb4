/**
 * Names of the cookies. With `__Host-` a browser takes them over TLS only, from this very host, for all of its paths:
 * no guest that is published under the same name can plant one (RFC 6265bis, 4.1.3.2).
 */
export const loginCookie = '__Host-bridgekeeper';
/** Says that somebody logged in from this browser before. */
export const deviceCookie = '__Host-bridgekeeper-device';
/** A log-in at another provider that is under way. */
export const journeyCookie = '__Host-bridgekeeper-journey';

/** The value of a cookie in a `Cookie` header, undefined without it. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/**
 * A `Set-Cookie` header. `seconds`: how long the browser keeps it; 0 takes it away; undefined: until it is closed.
 * `Lax` only for what must come along when another site sends the browser here.
 */
export function writeCookie(
  name: string,
  value: string,
  seconds: number | undefined,
  sameSite: 'Strict' | 'Lax' = 'Strict',
): string {
  const age = seconds === undefined ? '' : `; Max-Age=${Math.floor(seconds)}`;
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}${age}`;
}
