import { connect, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { unsentBytes } from '../../system/unsent-bytes.ts';
import { lookUp } from './look-up.ts';
import { NotTold } from './not-told.ts';
import type { Syslog } from './syslog.ts';
import type { SyslogLine } from './syslog-line.ts';
import { trustOf } from './trust.ts';

/** Milliseconds until a connection stands. */
const connectTime = 10_000;
/** Milliseconds in which what was written must be acknowledged by the other host. */
const acknowledgeTime = 20_000;
/**
 * Milliseconds that a connection must live on after everything was acknowledged. Syslog has no answers: a server that
 * is gone says so only by ending the connection, and then nobody knows what of it was read.
 */
const settleTime = 200;

/** A connection, and why it ended. */
interface Connection {
  readonly socket: Socket;
  /** What the kernel knows of; below TLS where there is TLS. */
  readonly below: Socket;
  ended: Error | undefined;
  /** Rejects when it has ended. */
  readonly broken: Promise<never>;
}

/** RFC 6587 with octet counting over TCP, RFC 5425 over TLS. */
export class SyslogStream implements SyslogLine {
  readonly #syslog: Syslog;
  #connection: Connection | undefined;

  constructor(syslog: Syslog) {
    this.#syslog = syslog;
  }

  async write(messages: readonly string[], signal: AbortSignal): Promise<void> {
    const { server, port, transport } = this.#syslog;
    try {
      const connection = await this.#connect(signal);
      const stop = (): void => end(connection, new Error('was not told in time'));
      signal.addEventListener('abort', stop);
      try {
        await deliver(connection, messages);
      } catch (error) {
        end(connection, error as Error);
        throw error;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    } catch (cause) {
      throw new NotTold(`syslog server "${server}:${port}" (${transport.toUpperCase()}): ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  close(): void {
    this.#connection?.socket.end();
    this.#connection?.socket.destroySoon();
    this.#connection = undefined;
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    if (this.#connection !== undefined && this.#connection.ended === undefined) return this.#connection;
    const trust = this.#syslog.transport === 'tls' ? await trustOf(this.#syslog.caFile) : undefined;
    signal.throwIfAborted();
    const connection = await open(this.#syslog, trust, signal);
    this.#connection = connection;
    return connection;
  }
}

function end(connection: Connection, why: Error): void {
  connection.ended ??= why;
  connection.socket.destroy();
  connection.below.destroy();
}

function open(
  { server, port, transport }: Syslog,
  trust: SecureContext | undefined,
  signal: AbortSignal,
): Promise<Connection> {
  const below = connect({
    host: server,
    port,
    lookup: lookUp,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    noDelay: true,
  });
  const socket =
    trust !== undefined
      ? connectTls({
          socket: below,
          secureContext: trust,
          // The certificate must be of this name, or of this address (RFC 5425, 5.2).
          host: server,
          ...(isIP(server) === 0 ? { servername: server } : {}),
        })
      : below;
  const { promise: broken, reject: breakOff } = Promise.withResolvers<never>();
  broken.catch(() => {});
  const connection: Connection = { socket, below, ended: undefined, broken };
  const late = setTimeout(
    () => end(connection, new Error(`no connection within ${connectTime / 1000} s`)),
    connectTime,
  );
  const stop = (): void => end(connection, new Error('was not told in time'));
  signal.addEventListener('abort', stop);
  return new Promise<Connection>((resolve, reject) => {
    const fail = (error: Error): void => {
      end(connection, error);
      breakOff(connection.ended);
      reject(connection.ended);
    };
    below.on('error', fail);
    socket.on('error', fail);
    // A syslog server has nothing to say; that it ends is what is listened for.
    socket.on('end', () => fail(new Error('the server ended the connection')));
    socket.on('close', () => fail(new Error('the connection ended')));
    socket.on('data', () => {});
    socket.once(transport === 'tls' ? 'secureConnect' : 'connect', () => resolve(connection));
  }).finally(() => {
    clearTimeout(late);
    signal.removeEventListener('abort', stop);
  });
}

async function deliver(connection: Connection, messages: readonly string[]): Promise<void> {
  const frames = messages.map((message) => {
    const bytes = Buffer.from(message);
    return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
  });
  const written = new Promise<void>((resolve, reject) => {
    connection.socket.write(Buffer.concat(frames), (error) => (error ? reject(error) : resolve()));
  });
  await Promise.race([written, connection.broken, late()]);
  await acknowledged(connection);
  await sleep(settleTime);
  if (connection.ended !== undefined) throw connection.ended;
}

async function late(): Promise<never> {
  await sleep(acknowledgeTime, undefined, { ref: false });
  throw new Error(`took nothing for ${acknowledgeTime / 1000} s`);
}

/** Waits until the other host's kernel has everything. */
async function acknowledged(connection: Connection): Promise<void> {
  const began = performance.now();
  for (let pause = 1; connection.ended === undefined; pause = Math.min(pause * 2, 50)) {
    if (unsentBytes(connection.below) === 0) return;
    if (performance.now() - began > acknowledgeTime)
      throw new Error(`acknowledged nothing for ${acknowledgeTime / 1000} s`);
    await sleep(pause);
  }
  throw connection.ended;
}
