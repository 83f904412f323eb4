import { type Client, clientOf } from './client.ts';
import { type SocketOptions, socketTransport } from './socket-transport.ts';

/** Client of the daemon behind a unix socket. */
export function createClient(options: SocketOptions): Client {
  return clientOf(socketTransport(options));
}
