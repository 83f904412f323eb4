import { type Client, clientOf } from './client.ts';
import { type SocketOptions, socketTransport } from './socket-transport.ts';
import { type TlsOptions, tlsTransport } from './tls-transport.ts';

/** Client of the daemon behind a unix socket, or behind TLS. Throws `value-invalid` for a server that is no URL. */
export function createClient(options: SocketOptions | TlsOptions): Client {
  return clientOf('server' in options ? tlsTransport(options) : socketTransport(options));
}
