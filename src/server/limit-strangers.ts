import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { networkOf } from '../access/logins/attempts.ts';

/**
 * Connections of one address on which nobody has shown yet who he is. A browser opens six, and behind one address
 * there may be a whole office.
 */
export const mostOfOne = 256;

const leave = new WeakMap<object, () => void>();

/** The other end of this connection has shown who it is: it counts no more among the strangers. */
export function isNoStranger(socket: object): void {
  const left = leave.get(socket);
  if (left === undefined) return;
  leave.delete(socket);
  left();
}

/**
 * Lets no address (of IPv6: no /64) hold more than a few connections on which nobody has shown who he is, from the first
 * packet on, so that none can take the places of all others. `isNoStranger` frees the place. Memory is bounded by the
 * server's `maxConnections`.
 */
export function limitStrangers(server: Server): void {
  const strangers = new Map<string, Set<string>>();
  const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
  const remove = (place: string, name: string): void => {
    const all = strangers.get(place);
    all?.delete(name);
    if (all?.size === 0) strangers.delete(place);
  };
  server.on('connection', (socket: Socket) => {
    const place = networkOf(socket.remoteAddress ?? '');
    const all = strangers.get(place) ?? new Set();
    if (all.size >= mostOfOne) {
      socket.destroy();
      return;
    }
    const name = nameOf(socket);
    strangers.set(place, all.add(name));
    socket.once('close', () => remove(place, name));
  });
  server.on('secureConnection', (socket) => {
    const [place, name] = [networkOf(socket.remoteAddress ?? ''), nameOf(socket)];
    leave.set(socket, () => remove(place, name));
  });
}
