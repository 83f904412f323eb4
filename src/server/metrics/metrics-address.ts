import { existsSync, readFileSync, statSync } from 'node:fs';
import { BlockList, isIPv4 } from 'node:net';
import { AppError } from '../../errors/app-error.ts';
import { parseIpEndpoint } from '../../model/ip-endpoint.ts';

/** Where metrics are served, besides the unix socket. */
export interface MetricsPlace {
  readonly address: string;
  readonly port: number;
  /** Only who says this gets them. */
  readonly token?: string;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const leastToken = 16;
const mostToken = 1024;
/** Permission bits of others (chmod(2)). */
const others = 0o007;

/** A bearer token is one word (`b64token` of RFC 6750) on one line. */
const tokenPattern = /^[A-Za-z0-9._~+/-]+=*$/;

/** Reads a file that holds a token. Throws `value-invalid` that says what is wrong with it. */
export function readTokenFile(path: string): string {
  const wrong = (why: string): AppError =>
    new AppError('value-invalid', `token file ${JSON.stringify(path)} ${why}`, { details: { file: path } });
  if (!existsSync(path)) throw wrong('is not there; expected a file that holds a token on one line');
  const status = statSync(path);
  if (!status.isFile()) throw wrong('is not a file');
  if ((status.mode & others) !== 0) {
    const mode = (status.mode & 0o777).toString(8).padStart(4, '0');
    throw wrong(`has mode ${mode}, so others on this host may open it; expected 0600 or 0640: chmod 600 it`);
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw wrong(`cannot be read: ${(cause as Error).message}`);
  }
  if (text.length < leastToken || text.length > mostToken || !tokenPattern.test(text)) {
    throw wrong(
      `does not hold one token of ${leastToken} to ${mostToken} letters, digits and ._~+/-=; make one with \`openssl rand -hex 32\``,
    );
  }
  return text;
}

function parsePlace(text: string): ReturnType<typeof parseIpEndpoint> {
  try {
    return parseIpEndpoint(text);
  } catch (cause) {
    throw new AppError(
      'value-invalid',
      `metrics address ${JSON.stringify(text)} cannot be read: ${(cause as Error).message}; expected ADDRESS:PORT such as "127.0.0.1:9715" or "[::1]:9715"`,
      { cause },
    );
  }
}

/**
 * Reads `127.0.0.1:9715` or `[::1]:9715`. Addresses that others can reach need a token. Throws `value-invalid`.
 */
export function readMetricsPlace(text: string, tokenFile?: string): MetricsPlace {
  const { address, port } = parsePlace(text);
  if (port === undefined) {
    throw new AppError(
      'value-invalid',
      `metrics address ${JSON.stringify(text)} has no port; expected ADDRESS:PORT such as "127.0.0.1:9715" or "[::1]:9715"`,
    );
  }
  if (tokenFile !== undefined) return { address, port, token: readTokenFile(tokenFile) };
  if (!loopback.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')) {
    throw new AppError(
      'value-invalid',
      `metrics at ${JSON.stringify(text)} could be read by whoever reaches that address; expected a loopback address such as "127.0.0.1:${port}", or --metrics-token-file with a file that holds a token`,
    );
  }
  return { address, port };
}
