import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { FastifyBaseLogger } from 'fastify';
import type { KeyPair } from '../access/certificate-pem.ts';
import type { ServerKeys } from '../access/server-keys.ts';
import { AppError } from '../errors/app-error.ts';
import { renderIpEndpoint } from '../model/ip-endpoint.ts';
import type { App } from './app.ts';
import { handleBrokenRequest, handleExpectation } from './failures.ts';
import { limitStrangers } from './limit-strangers.ts';

/** Where the API is served over TLS. */
export interface TlsPlace {
  readonly address: string;
  readonly port: number;
}

export interface TlsSettings {
  readonly places: readonly TlsPlace[];
  readonly keys: ServerKeys;
  /** PEM of the authority whose client certificates count. */
  readonly authority: string;
  readonly log: FastifyBaseLogger;
  /** Milliseconds between two looks for a newer key. */
  readonly lookEvery?: number;
  /** Milliseconds in which somebody must have taken something of what waits for him. */
  readonly patience?: number;
}

export interface TlsListener {
  /** Where it listens by now; the port is the real one when 0 was asked for. */
  readonly places: readonly TlsPlace[];
  /** Stops listening and ends what is open. */
  close(): Promise<void>;
}

/**
 * Groups of the key exchange, best first. X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) cannot be opened later by whoever
 * records today and has a quantum computer one day. `/` ends what is asked for even if a client has sent no share of it
 * (OpenSSL 3.5, SSL_CTX_set1_groups_list); the others are for clients that do not know it.
 */
export const keyExchangeGroups = 'X25519MLKEM768 / X25519:P-256:P-384';
const classicGroups = 'X25519:P-256:P-384';

/** Milliseconds. */
const keysLookEvery = 60_000;
const againAfter = 5_000;
const closePatience = 500;
const handshakePatience = 10_000;
const mostConnections = 4_096;
/** After which, or twice that, who takes nothing of an answer is cut off: he would hold it in memory for ever. */
const stallPatience = 300_000;
/** Requests of one connection that are under way: answers to further ones would pile up behind one that nobody takes. */
const mostBehindEachOther = 8;

/** What this OpenSSL can do of them. */
function groupsHere(log: FastifyBaseLogger): string {
  try {
    createSecureContext({ ecdhCurve: keyExchangeGroups });
    return keyExchangeGroups;
  } catch {
    log.warn({ openssl: process.versions.openssl }, 'this OpenSSL has no X25519MLKEM768: TLS is not post-quantum');
    return classicGroups;
  }
}

function contextOf(pair: KeyPair, { authority }: TlsSettings, groups: string): SecureContextOptions {
  return {
    cert: pair.certificate,
    key: pair.key,
    // Nobody else's client certificates count.
    ca: authority,
    minVersion: 'TLSv1.3',
    ecdhCurve: groups,
  };
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there already; choose another port, or see who it is with `ss -ltnp`',
  EACCES: 'this user may not listen on that port; choose one above 1023',
};

/** Answers why it does not listen, if it does not. */
async function tryListen(server: Server, { address, port }: TlsPlace): Promise<NodeJS.ErrnoException | undefined> {
  server.listen({ host: address, port, ipv6Only: address.includes(':') });
  try {
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

function createTlsServer(app: App, options: SecureContextOptions, patience: number): Server {
  const server = createServer({
    ...options,
    requestCert: true,
    // Who shows none may have a token, who shows a wrong one is told so (authenticate.ts).
    rejectUnauthorized: false,
    handshakeTimeout: handshakePatience,
    requestTimeout: 60_000,
    headersTimeout: 20_000,
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: 5_000,
  });
  server.maxConnections = mostConnections;
  server.timeout = patience;
  const underWay = new WeakMap<Socket, number>();
  server.on('request', (request, response) => {
    const { socket } = request;
    const count = underWay.get(socket) ?? 0;
    if (count >= mostBehindEachOther) {
      socket.destroy();
      return;
    }
    underWay.set(socket, count + 1);
    response.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1));
    // Work that takes long is waited for; without a listener every silent connection would be cut.
    response.on('timeout', () => {
      if (socket.writableLength > 0) socket.destroy();
    });
    app.routing(request, response);
  });
  server.on('clientError', (error, socket) => handleBrokenRequest(error, socket as Socket));
  server.on('checkExpectation', handleExpectation);
  // A handshake that fails is the other side's affair; without a listener it is destroyed as well.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  limitStrangers(server);
  return server;
}

/**
 * Serves the app over TLS 1.3, and nothing but TLS, at each of the places. The key is looked after each minute: a new
 * one counts for new connections at once. Throws `value-invalid` when a port is taken or the key cannot be used. An
 * address that the host does not have yet is no reason not to start: it is tried again until it is there.
 */
export async function listenOnTls(app: App, settings: TlsSettings): Promise<TlsListener> {
  const { places, keys, log, lookEvery = keysLookEvery, patience = stallPatience } = settings;
  const groups = groupsHere(log);
  let pair = await keys.look();
  const servers = places.map(() => createTlsServer(app, contextOf(pair, settings, groups), patience));
  const timers = new Set<NodeJS.Timeout>();
  const later = (milliseconds: number, work: () => Promise<void>): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void work();
    }, milliseconds);
    timers.add(timer.unref());
  };
  const listen = async (server: Server, place: TlsPlace, first = true): Promise<void> => {
    const where = renderIpEndpoint(place);
    const failed = await tryListen(server, place);
    if (failed === undefined) {
      log.info({ listen: where, groups }, 'the API is served over TLS');
      server.on('error', (error) => log.warn({ err: error, listen: where }, 'the listener failed'));
      return;
    }
    if (failed.code !== 'EADDRNOTAVAIL') {
      const reason = reasons[failed.code ?? ''] ?? failed.message;
      throw new AppError('value-invalid', `Cannot listen at ${JSON.stringify(where)}: ${reason}.`, { cause: failed });
    }
    if (first) log.warn({ listen: where }, 'the API is not served there yet: this host does not have that address');
    const again = (): void =>
      later(againAfter, () =>
        listen(server, place, false).catch((error) => {
          log.warn({ err: error, listen: where }, 'the API cannot be served there');
          again();
        }),
      );
    again();
  };
  const lookAfterKeys = async (): Promise<void> => {
    try {
      const newer = await keys.look();
      if (newer !== pair) {
        for (const server of servers) server.setSecureContext(contextOf(newer, settings, groups));
        pair = newer;
        log.info('the certificate of the API was renewed');
      }
    } catch (error) {
      log.warn({ err: error }, 'the certificate of the API cannot be renewed; the one before stays');
    }
    later(lookEvery, lookAfterKeys);
  };
  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    const open = servers.filter(({ listening }) => listening);
    const closed = open.map((server) => once(server, 'close'));
    for (const server of open) {
      server.close();
      server.closeIdleConnections();
    }
    const force = setTimeout(() => {
      for (const server of open) server.closeAllConnections();
    }, closePatience);
    await Promise.all(closed);
    clearTimeout(force);
  };
  try {
    for (const [index, place] of places.entries()) await listen(servers[index] as Server, place);
  } catch (error) {
    await close();
    throw error;
  }
  later(lookEvery, lookAfterKeys);
  const real = servers.map((server, index) => {
    const { address, port } = places[index] as TlsPlace;
    const bound = server.address();
    return { address, port: bound !== null && typeof bound === 'object' ? bound.port : port };
  });
  return { places: real, close };
}
