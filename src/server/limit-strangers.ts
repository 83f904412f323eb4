import type { Server } from 'node:https';
import { isIPv6, type Socket } from 'node:net';

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

/** Whoever has one IPv6 address has the whole /64 around it. */
export function placeOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('::');
  const front = head.split(':').filter((part) => part !== '');
  if (tail === undefined) return front.slice(0, 4).join(':');
  const back = tail.split(':').filter((part) => part !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}

/**
 * Lets no address hold more than a few connections on which nobody has shown who he is, from the first packet on, so
 * that none can take the places of all others. `isNoStranger` frees the place. Memory is bounded by the server's
 * `maxConnections`.
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
    const place = placeOf(socket.remoteAddress ?? '');
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
    const [place, name] = [placeOf(socket.remoteAddress ?? ''), nameOf(socket)];
    leave.set(socket, () => remove(place, name));
  });
}
