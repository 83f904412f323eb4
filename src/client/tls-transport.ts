import { type RequestOptions, request } from 'node:https';
import { AppError, isAppError } from '../errors/app-error.ts';
import { bearer, nodeSend } from './node-send.ts';
import type { Transport } from './transport.ts';

export interface TlsOptions {
  /** `https://gateway.example:8443`. */
  readonly server: string;
  /** PEM of whose certificates are believed; the system's and Node's own authorities unless given. */
  readonly ca?: string;
  /** Who asks: a token … */
  readonly token?: string;
  /** … or a certificate and its private key, both PEM. */
  readonly certificate?: string;
  readonly key?: string;
}

const untrusted =
  "its certificate was signed by nobody who is believed here; name the daemon's authority with --ca (`sudo bridgekeeper access authority` on its host prints it)";

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there; a daemon does only with --listen',
  ENOTFOUND: 'there is no host of that name',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that host',
  ETIMEDOUT: 'that host does not answer',
  ECONNRESET: 'the daemon closed the connection before it answered',
  EPROTO: 'what answers there does not speak TLS 1.3',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate does not hold yet; look whether the clock of this host is right',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for other names; use one of them, or start the daemon with --tls-name',
};

function unreachable(place: string, error: NodeJS.ErrnoException): AppError {
  const { code = '', message } = error;
  const reason = reasons[code] ?? (code.startsWith('ERR_SSL') ? `${reasons.EPROTO} (${message})` : message);
  return new AppError('daemon-unreachable', `The daemon does not answer at ${JSON.stringify(place)}: ${reason}.`, {
    cause: error,
    details: { server: place },
  });
}

/** Throws `value-invalid` for what is no `https://HOST[:PORT]`. */
function readServer(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare =
    url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url?.protocol !== 'https:' || !bare)
    throw new AppError(
      'value-invalid',
      `Server ${JSON.stringify(text)} is not a URL such as "https://gateway.example:8443".`,
    );
  return url;
}

/** The daemon behind TLS 1.3. Connects anew for each call. */
export function tlsTransport(options: TlsOptions): Transport {
  const { server, ca, token, certificate, key } = options;
  const url = readServer(server);
  const explain = (error: unknown): Error =>
    isAppError(error) ? error : unreachable(server, error as NodeJS.ErrnoException);
  const connection: RequestOptions = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 443 : Number(url.port),
    agent: false,
    minVersion: 'TLSv1.3',
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { cert: certificate }),
    ...(key !== undefined && { key }),
  };
  const send = nodeSend((options) => request({ ...connection, ...options }), bearer(token), explain);
  return { place: server, send, explain };
}
