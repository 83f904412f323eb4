import { readFileSync, statSync } from 'node:fs';
import type { SocketOptions } from '../client/socket-transport.ts';
import type { TlsOptions } from '../client/tls-transport.ts';
import { AppError } from '../errors/app-error.ts';
import { author, defaultSocket, type RemoteOptions } from './command-options.ts';

/** Permission bits of group and others (chmod(2)). */
const others = 0o077;

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new AppError(
      'value-invalid',
      `${what} ${JSON.stringify(path)} cannot be read: ${(cause as Error).message}.`,
      {
        cause,
      },
    );
  }
}

/** A file that nobody else may read: whoever has what is in it is let in. */
function readSecret(path: string, what: string): string {
  const text = read(path, what);
  const { mode } = statSync(path);
  // A pipe of the shell, `--token-file <(pass show bridgekeeper)`, belongs to nobody else whatever its bits are.
  if (statSync(path).isFile() && (mode & others) !== 0) {
    const seen = (mode & 0o777).toString(8).padStart(4, '0');
    throw new AppError(
      'value-invalid',
      `${what} ${JSON.stringify(path)} has mode ${seen}, so others on this host may read it; expected 0600: chmod 600 it.`,
    );
  }
  return text;
}

function readToken(path: string): string {
  const token = readSecret(path, 'Token file').trim();
  if (!/^bk_[A-Za-z0-9_-]{20,200}$/.test(token))
    throw new AppError(
      'value-invalid',
      `Token file ${JSON.stringify(path)} does not hold one token on a line; \`bridgekeeper access token NAME --role ROLE\` makes one.`,
    );
  return token;
}

/**
 * How the options and the environment say that the daemon is reached; undefined for the socket of this host without a
 * token. An option counts more than the environment, and `--socket` more than BRIDGEKEEPER_SERVER. Throws `value-invalid`.
 */
export function readConnection(
  options: RemoteOptions & { readonly socket?: string },
  environment: NodeJS.ProcessEnv,
): TlsOptions | SocketOptions | undefined {
  const given = (option: string | undefined, name: string) => option ?? (environment[name] || undefined);
  if (options.server !== undefined && options.socket !== undefined)
    throw new AppError('value-invalid', '--server and --socket name two daemons; expected one of them.');
  const server = options.socket === undefined ? given(options.server, 'BRIDGEKEEPER_SERVER') : undefined;
  const tokenFile = given(options.tokenFile, 'BRIDGEKEEPER_TOKEN_FILE');
  const token = tokenFile === undefined ? {} : { token: readToken(tokenFile) };
  if (server === undefined) {
    const wrong = (['certificate', 'key', 'ca'] as const).find((name) => options[name] !== undefined);
    if (wrong !== undefined)
      throw new AppError('value-invalid', `--${wrong} goes with --server https://HOST:PORT, which is missing.`);
    if (tokenFile === undefined) return undefined;
    const socket = options.socket ?? (environment.BRIDGEKEEPER_SOCKET || defaultSocket);
    return { socket, author: author(), ...token };
  }
  const certificate = given(options.certificate, 'BRIDGEKEEPER_CERTIFICATE');
  const key = given(options.key, 'BRIDGEKEEPER_KEY') ?? certificate;
  const ca = given(options.ca, 'BRIDGEKEEPER_CA');
  if (certificate === undefined && key !== undefined)
    throw new AppError('value-invalid', '--key goes with --certificate FILE, which is missing.');
  return {
    server,
    ...token,
    ...(ca !== undefined && { ca: read(ca, 'Authority') }),
    ...(certificate !== undefined && { certificate: read(certificate, 'Certificate') }),
    ...(certificate !== undefined && key !== undefined && { key: readSecret(key, 'Private key') }),
  };
}
