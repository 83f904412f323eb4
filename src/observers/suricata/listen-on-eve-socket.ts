import { chmod, lstat, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { LineSplitter } from './line-splitter.ts';

/** Sensors at once. */
const mostSensors = 16;

/** A unix socket that sensors write lines to. */
export interface EveSocket {
  readonly tooLong: number;
  close(): Promise<void>;
}

/** Removes what an earlier process left. Throws when something stands there that is no socket. */
async function clear(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`"${path}" is there and is no socket`);
  await unlink(path);
}

/**
 * Listens for Suricata's `filetype: unix_stream`. Owner and group may connect. Rejects when it cannot listen there. A
 * sensor that writes faster than lines are taken waits, as its own buffer says.
 */
export async function listenOnEveSocket(path: string, take: (line: Buffer) => void): Promise<EveSocket> {
  await clear(path);
  let tooLong = 0;
  const sensors = new Set<Socket>();
  const server: Server = createServer((socket) => {
    if (sensors.size >= mostSensors) {
      socket.destroy();
      return;
    }
    sensors.add(socket);
    const lines = new LineSplitter();
    socket.on('data', (chunk: Buffer) => {
      const before = lines.tooLong;
      lines.feed(chunk, take);
      tooLong += lines.tooLong - before;
    });
    // A sensor that ends in the middle of a line has no more to say.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sensors.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.on('error', () => undefined);
  await chmod(path, 0o660);
  return {
    get tooLong() {
      return tooLong;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sensors) socket.destroy();
      }),
  };
}
