import { createServer as createPlain, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Scope } from './open-notifiers.ts';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  readonly received: Received[];
  close(): Promise<void>;
}

/** Answers a request; without one the answer is 204. */
export type Answer = (request: Received, response: ServerResponse, count: number) => void;

/** An HTTP server on loopback that keeps what it is sent. `pair` makes it HTTPS. */
export async function startReceiver(
  scope: Scope,
  options: { readonly pair?: { cert: Buffer; key: Buffer }; readonly port?: number; readonly answer?: Answer } = {},
): Promise<Receiver> {
  const received: Received[] = [];
  const handle: Parameters<typeof createPlain>[1] = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      received.push(one);
      if (options.answer) options.answer(one, response, received.length);
      else response.writeHead(204).end();
    });
  };
  const server: Server = options.pair ? createSecure(options.pair, handle as never) : createPlain(handle as never);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  scope.after(close);
  return { port: (server.address() as AddressInfo).port, received, close };
}
