import { request } from 'node:http';
import { AppError, isAppError } from '../errors/app-error.ts';
import { bearer, nodeSend } from './node-send.ts';
import type { Transport } from './transport.ts';

export interface SocketOptions {
  /** Path of the daemon's unix socket. */
  readonly socket: string;
  /** Who asks; goes into revisions and journal where the daemon believes it, which is of root. */
  readonly author?: string;
  /** Ask with a token and not as the user of this process. */
  readonly token?: string;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'nobody listens there',
  EACCES: 'you may not open it; it is for root and the group "bridgekeeper": use sudo',
  ENOTSOCK: 'it is not a socket',
  ECONNRESET: 'the daemon closed the connection before it answered',
};

function unreachable(place: string, error: NodeJS.ErrnoException): AppError {
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new AppError('daemon-unreachable', `The daemon does not answer at ${JSON.stringify(place)}: ${reason}.`, {
    cause: error,
    details: { socket: place },
  });
}

/** The daemon behind a unix socket. */
export function socketTransport({ socket, author, token }: SocketOptions): Transport {
  const explain = (error: unknown): Error =>
    isAppError(error) ? error : unreachable(socket, error as NodeJS.ErrnoException);
  const who = {
    host: 'bridgekeeper',
    ...bearer(token),
    ...(author !== undefined && { 'bridgekeeper-author': encodeURIComponent(author) }),
  };
  const send = nodeSend((options) => request({ socketPath: socket, agent: false, ...options }), who, explain);
  return { place: socket, send, explain };
}
