import { generateKeyPairSync } from 'node:crypto';
import { type RequestOptions, request } from 'node:https';
import type { ProofOrder, ProofView } from '../../../src/client/access.ts';
import { type Scope, startTestDaemon, type TestDaemon, temporaryDirectory } from '../../daemon/test-daemon.ts';
import { freePort } from '../metrics/free-port.ts';

/** A daemon that listens on TLS, too. */
export interface TlsDaemon extends TestDaemon {
  readonly port: number;
  /** PEM of its authority. */
  readonly ca: string;
  readonly directory: string;
}

/** `options`: further words of the command. */
export async function startTlsDaemon(
  scope: Scope,
  directory = temporaryDirectory(scope),
  options: readonly string[] = [],
): Promise<TlsDaemon> {
  const port = await freePort();
  const daemon = await startTestDaemon(scope, directory, ['--listen', `127.0.0.1:${port}`, ...options]);
  const { certificate: ca } = await daemon.client.access.authority();
  return { ...daemon, port, ca, directory };
}

/** A certificate and its key, PEM. */
export interface ClientPair {
  readonly cert: string;
  readonly key: string;
}

/** A key made here, and a certificate of the daemon's for it. */
export async function issue(daemon: TestDaemon, order: ProofOrder): Promise<ClientPair & { readonly view: ProofView }> {
  const { publicKey, privateKey: key } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const { certificate: cert, ...view } = await daemon.client.access.issueCertificate({ ...order, publicKey });
  return { cert, key, view };
}

export interface TlsAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** What a request shows, and what it says. */
export interface Asking extends Pick<RequestOptions, 'cert' | 'key' | 'agent'> {
  /** Of an earlier connection, which is resumed. */
  readonly session?: Buffer;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends an answer that has no end once its headers have come. */
  readonly headersOnly?: boolean;
}

/** One request over TLS, as any client may send it. */
export function ask(
  { port, ca }: Pick<TlsDaemon, 'port' | 'ca'>,
  endpoint: string,
  { token, body, headers = {}, headersOnly = false, ...connection }: Asking = {},
): Promise<TlsAnswer> {
  const [method = '', path = ''] = endpoint.split(' ');
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<TlsAnswer>();
  const call = request({
    host: '127.0.0.1',
    port,
    ca,
    method,
    path,
    agent: false,
    ...connection,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...headers,
    },
  });
  call.on('error', reject);
  call.on('response', (response) => {
    const answer = { status: response.statusCode ?? 0, headers: response.headers };
    if (headersOnly && answer.status < 400) {
      resolve({ ...answer, text: '' });
      response.on('error', () => {});
      response.destroy();
      return;
    }
    let said = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    response.on('error', reject);
    response.on('end', () => resolve({ ...answer, text: said }));
  });
  call.end(text);
  return promise;
}

/** Waits until `fits`, for 20 s at most. */
export async function eventually(fits: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await fits())) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
