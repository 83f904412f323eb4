import dgram from 'node:dgram';
import net from 'node:net';

export interface ListenRequest {
  protocol: 'tcp' | 'udp';
  port: number;
  /** Local address; every address of both families unless given. */
  address?: string;
}

/** What a listener tells whoever reaches it: who it is, and the address and port that it saw. */
export interface Greeting {
  name: string;
  peer: string;
  peerPort: number;
}

/** A dual-stack socket shows IPv4 peers as ::ffff:1.2.3.4 (RFC 4291 section 2.5.5.2). */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '');

function greeting(name: string, peer: string, peerPort: number): string {
  return `${JSON.stringify({ name, peer: plain(peer), peerPort } satisfies Greeting)}\n`;
}

/** Greets, then sends back whatever comes, until the other side closes. */
async function listenTcp(name: string, request: ListenRequest): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    socket.write(greeting(name, socket.remoteAddress ?? '', socket.remotePort ?? 0));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: request.port, host: request.address ?? '::', ipv6Only: false }, resolve);
  });
}

async function listenUdp(name: string, request: ListenRequest): Promise<void> {
  const address = request.address ?? '::';
  // Shared, so that the same port can also be a source port; an answer goes to the socket that is connected.
  const socket = dgram.createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', reuseAddr: true });
  socket.on('message', (_, from) => socket.send(greeting(name, from.address, from.port), from.port, from.address));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port: request.port, address }, () => {
      // An answer may find no way back; that is for the asker to notice.
      socket.removeAllListeners('error').on('error', () => undefined);
      resolve();
    });
  });
}

/** Opens listeners that stay until the agent ends. Rejects when a port cannot be bound. */
export async function listen(name: string, requests: ListenRequest[]): Promise<void> {
  await Promise.all(
    requests.map((request) => (request.protocol === 'tcp' ? listenTcp(name, request) : listenUdp(name, request))),
  );
}
