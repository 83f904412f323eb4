import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors/app-error.ts';
import type { LabHandle } from './holder.ts';
import { enterCommand, labEnvironment } from './run-inside.ts';

const relayPath = fileURLToPath(new URL('./page-relay.ts', import.meta.url));

/** A port of this machine that leads to the page inside a lab. */
export interface PageDoor {
  readonly port: number;
  /** Gives the listening socket to a relay inside the lab: it belongs to the lab from then on and ends with it. */
  handIn(lab: LabHandle): Promise<void>;
  /** Lets go of it here. */
  close(): Promise<void>;
}

/**
 * Listens on this machine's loopback, where no other machine reaches it; the daemon behind it asks for a log-in all the
 * same. Throws `value-invalid` for a port that is taken.
 */
export async function openPageDoor(wanted: number): Promise<PageDoor> {
  const server = createServer((connection) => connection.destroy());
  server.listen(wanted, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new AppError('value-invalid', `Nothing can listen on port ${wanted} of 127.0.0.1: ${reason}.`, { cause });
  }
  const { port } = server.address() as { port: number };
  return {
    port,
    handIn: (lab) => handIn(server, port, lab),
    close: async () => {
      server.close();
    },
  };
}

/** The socket stays one of this machine's network, whoever accepts its connections from where. */
async function handIn(server: Server, port: number, lab: LabHandle): Promise<void> {
  // Node hands sockets only to other Nodes that it forks itself; this one is started through nsenter.
  const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
  const words = ['ip', 'netns', 'exec', 'host', process.execPath, relayPath, String(port)];
  const [command = '', ...rest] = [...enterCommand(lab), ...words];
  const relay = spawn(command, rest, {
    env: labEnvironment(),
    stdio: ['ignore', 'pipe', 'ignore', fd],
    detached: true,
  });
  const ready = once(relay.stdout as NodeJS.ReadableStream, 'data').then(() => true);
  const ended = once(relay, 'exit').then(() => false);
  if (!(await Promise.race([ready, ended])))
    throw new AppError('command-failed', 'what leads to the page inside the lab ended before it was ready');
  relay.stdout?.destroy();
  relay.unref();
}
