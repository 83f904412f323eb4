import net from 'node:net';
import { AppError } from '../../errors/app-error.ts';
import { codeOf } from './connections.ts';
import { retransmissions } from './tcp-info.ts';

const CHUNK = Buffer.alloc(512, 'bridgekeeper ');
const PERIOD_MS = 5;

/** What a stream did since it was last asked. */
export interface StreamReport {
  /** Bytes that went to the other end and came back. */
  bytes: number;
  /** Milliseconds since it was last asked. */
  milliseconds: number;
  /** Longest silence in milliseconds. */
  longestGap: number;
  /** Segments that the kernel sent once more. */
  retransmitted: number;
  /** Why the stream ended, when it did. */
  failure?: string;
}

interface Stream {
  socket: net.Socket;
  timer: NodeJS.Timeout;
  bytes: number;
  since: number;
  last: number;
  longestGap: number;
  /** Of the whole life of the socket, when it was last asked. */
  retransmitted: number;
  failure?: string;
}

const streams = new Map<string, Stream>();

/**
 * Opens a TCP connection to a listener and keeps sending 512 bytes every 5 ms, which the listener sends back, until
 * `stopStream`. Rejects with `command-failed` when nobody answers within 3 s.
 */
export async function startStream(request: { name: string; address: string; port: number }): Promise<void> {
  const socket = net.connect({ host: request.address, port: request.port });
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => {
      socket.destroy();
      reject(new AppError('command-failed', `stream to "${request.address}" port ${request.port} failed: ${reason}`));
    };
    const timer = setTimeout(fail, 3000, 'timeout');
    socket.once('error', (error) => fail(codeOf(error)));
    socket.once('data', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  const now = performance.now();
  const timer = setInterval(() => {
    // What the kernel does not take is not queued here: an outage must not become a burst.
    if (socket.writableLength < CHUNK.length) socket.write(CHUNK);
  }, PERIOD_MS);
  const stream: Stream = { socket, timer, bytes: 0, since: now, last: now, longestGap: 0, retransmitted: 0 };
  socket.removeAllListeners('error');
  socket.on('error', (error) => {
    stream.failure = codeOf(error);
  });
  socket.on('close', () => {
    clearInterval(timer);
    stream.failure ??= 'closed';
  });
  socket.on('data', (chunk) => {
    const at = performance.now();
    stream.longestGap = Math.max(stream.longestGap, at - stream.last);
    stream.last = at;
    stream.bytes += chunk.length;
  });
  streams.set(request.name, stream);
}

/** Reports what the stream did since the last report and begins a new account. Throws `not-found`. */
export function reportStream(request: { name: string }): StreamReport {
  const stream = streams.get(request.name);
  if (!stream) throw new AppError('not-found', `stream "${request.name}" was not started`);
  const now = performance.now();
  const retransmitted = stream.failure === undefined ? retransmissions(stream.socket) : stream.retransmitted;
  const report: StreamReport = {
    bytes: stream.bytes,
    milliseconds: now - stream.since,
    longestGap: Math.max(stream.longestGap, now - stream.last),
    retransmitted: retransmitted - stream.retransmitted,
    ...(stream.failure === undefined ? {} : { failure: stream.failure }),
  };
  stream.bytes = 0;
  stream.longestGap = 0;
  stream.retransmitted = retransmitted;
  stream.since = now;
  stream.last = now;
  return report;
}

/** Ends the stream. Ending one that is not there is no mistake. */
export function stopStream(request: { name: string }): void {
  const stream = streams.get(request.name);
  if (!stream) return;
  clearInterval(stream.timer);
  stream.socket.resetAndDestroy();
  streams.delete(request.name);
}
