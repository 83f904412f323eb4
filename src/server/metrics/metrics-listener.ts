import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AppError } from '../../errors/app-error.ts';
import { renderIpEndpoint } from '../../model/ip-endpoint.ts';
import type { MetricsText } from '../app.ts';
import type { MetricsPlace } from './metrics-address.ts';
import type { PartLog } from './part-reader.ts';

/** Milliseconds until an address that the host does not have yet is tried again: the daemon starts before the network. */
const againAfter = 5_000;
const mostConnections = 64;

/** What answers at the address, from before there is anything to tell until it is closed. */
export interface MetricsListener {
  /** From now on these figures are served; before, 503 is answered. */
  serve(metrics: MetricsText): void;
  close(): Promise<void>;
}

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compared in constant time, whatever the lengths (timing must not tell how much of a guess is right). */
function isAllowed(request: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const said = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(hash(said), hash(token));
}

function say(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${text}\n`);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  place: MetricsPlace,
  metrics: MetricsText | undefined,
): Promise<void> {
  const path = (request.url ?? '').split('?')[0];
  if (!isAllowed(request, place.token))
    return say(response, 401, 'The token is missing or wrong.', { 'www-authenticate': 'Bearer' });
  if (path !== '/metrics') return say(response, 404, 'There is only /metrics here.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return say(response, 405, 'There is only GET here.', { allow: 'GET, HEAD' });
  if (metrics === undefined) return say(response, 503, 'The daemon is starting.', { 'retry-after': '1' });
  const text = await metrics.text();
  response.writeHead(200, { 'content-type': metrics.contentType, 'content-length': Buffer.byteLength(text) });
  response.end(request.method === 'HEAD' ? undefined : text);
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there already; choose another port, or see who it is with `ss -ltnp`',
  EACCES: 'this user may not listen on that port; choose one above 1023',
};

async function listen(server: Server, { address, port }: MetricsPlace): Promise<NodeJS.ErrnoException | undefined> {
  server.listen({ host: address, port, ipv6Only: true });
  try {
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/**
 * Serves /metrics over plain HTTP, and nothing else. Throws `value-invalid` when the port is taken. An address that the
 * host does not have yet is no reason not to start: it is tried again until it is there.
 */
export async function listenForMetrics(place: MetricsPlace, log: PartLog): Promise<MetricsListener> {
  let metrics: MetricsText | undefined;
  let again: NodeJS.Timeout | undefined;
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 });
  server.maxConnections = mostConnections;
  server.on('request', (request, response) => {
    request.resume();
    answer(request, response, place, metrics).catch((error: unknown) => {
      log.warn({ err: error }, 'metrics could not be answered');
      response.destroy();
    });
  });
  const where = renderIpEndpoint(place);
  const failed = await listen(server, place);
  if (failed !== undefined && failed.code !== 'EADDRNOTAVAIL') {
    const reason = reasons[failed.code ?? ''] ?? failed.message;
    throw new AppError('value-invalid', `Metrics cannot be served at ${JSON.stringify(where)}: ${reason}.`, {
      cause: failed,
    });
  }
  const tryAgain = (): void => {
    again = setTimeout(async () => {
      const error = await listen(server, place);
      if (error === undefined) log.info({ metrics: where }, 'metrics are served');
      else tryAgain();
    }, againAfter);
    again.unref();
  };
  if (failed !== undefined) {
    log.warn({ metrics: where }, 'metrics are not served yet: this host does not have that address');
    tryAgain();
  }
  // Without a listener an error would end the daemon.
  server.on('error', (error) => {
    if (server.listening) log.warn({ err: error, metrics: where }, 'the listener for metrics failed');
  });
  return {
    serve: (given) => {
      metrics = given;
    },
    close: async () => {
      clearTimeout(again);
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
