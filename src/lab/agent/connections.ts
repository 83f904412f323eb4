import dgram from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import http from 'node:http';
import net from 'node:net';
import type { Greeting } from './listeners.ts';

export interface ConnectRequest {
  protocol: 'tcp' | 'udp';
  address: string;
  port: number;
  /** Source address and port; the kernel's choice unless given. */
  localAddress?: string;
  localPort?: number;
  /** Milliseconds to wait for the greeting. */
  timeout: number;
}

/** The greeting of whoever answered, or why nobody did: `timeout` or the system's error code. */
export type ConnectOutcome = { greeting: Greeting; failure?: never } | { greeting?: never; failure: string };

export const codeOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);

/** `settle` is called once; what comes later is of no interest any more. */
function settling<T>(timeout: number, start: (settle: (value: T) => void) => () => void, late: T): Promise<T> {
  return new Promise((resolve) => {
    let stop: (() => void) | undefined;
    const settle = (value: T) => {
      clearTimeout(timer);
      resolve(value);
      setImmediate(() => stop?.());
    };
    const timer = setTimeout(settle, timeout, late);
    stop = start(settle);
  });
}

function connectTcp(request: ConnectRequest): Promise<ConnectOutcome> {
  return settling<ConnectOutcome>(
    request.timeout,
    (settle) => {
      const { address: host, port, localAddress, localPort } = request;
      const socket = net.connect({
        host,
        port,
        ...(localAddress === undefined ? {} : { localAddress }),
        ...(localPort === undefined ? {} : { localPort }),
      });
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('utf8');
        const end = text.indexOf('\n');
        if (end >= 0) settle({ greeting: JSON.parse(text.slice(0, end)) as Greeting });
      });
      socket.on('error', (error) => settle({ failure: codeOf(error) }));
      socket.on('close', () => settle({ failure: 'closed' }));
      // A reset leaves no TIME_WAIT behind, so that the same source port can be used again at once.
      return () => socket.resetAndDestroy();
    },
    { failure: 'timeout' },
  );
}

function connectUdp(request: ConnectRequest): Promise<ConnectOutcome> {
  return settling<ConnectOutcome>(
    request.timeout,
    (settle) => {
      const socket = dgram.createSocket({ type: request.address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
      const ask = () => socket.send('who?\n');
      let again: NodeJS.Timeout | undefined;
      socket.on('error', (error) => settle({ failure: codeOf(error) }));
      socket.on('message', (message) => settle({ greeting: JSON.parse(message.toString('utf8')) as Greeting }));
      // Connected, so that an answer from any other address is not taken for one.
      socket.on('connect', () => {
        ask();
        // A datagram may be lost while the neighbour's link-layer address is still being asked for.
        again = setInterval(ask, 300);
      });
      const local = request.localAddress === undefined ? {} : { address: request.localAddress };
      socket.bind({ port: request.localPort ?? 0, ...local }, () => socket.connect(request.port, request.address));
      return () => {
        clearInterval(again);
        socket.close();
      };
    },
    { failure: 'timeout' },
  );
}

/** Connects once and waits for the greeting. Never rejects: what failed is what it answers. */
export function connect(request: ConnectRequest): Promise<ConnectOutcome> {
  return request.protocol === 'tcp' ? connectTcp(request) : connectUdp(request);
}

/** Asks an HTTP server that greets in JSON. Never rejects. */
export function fetchGreeting(request: { url: string; timeout: number }): Promise<ConnectOutcome> {
  return settling<ConnectOutcome>(
    request.timeout,
    (settle) => {
      const call = http.get(request.url, { agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => {
          if (response.statusCode === 200) settle({ greeting: JSON.parse(text) as Greeting });
          else settle({ failure: `HTTP status ${response.statusCode}` });
        });
      });
      call.on('error', (error) => settle({ failure: codeOf(error) }));
      return () => call.destroy();
    },
    { failure: 'timeout' },
  );
}

/** Asks one DNS server. Answers addresses, or the resolver's error code as `failure`. */
export async function resolve(request: {
  server: string;
  name: string;
  family: 4 | 6;
  /** Milliseconds for each of two tries. */
  timeout: number;
}): Promise<{ addresses: string[]; failure?: string }> {
  const resolver = new Resolver({ timeout: request.timeout, tries: 2 });
  resolver.setServers([request.server]);
  try {
    const addresses = await (request.family === 4 ? resolver.resolve4(request.name) : resolver.resolve6(request.name));
    return { addresses };
  } catch (error) {
    return { addresses: [], failure: codeOf(error) };
  }
}
