import { chmodSync, chownSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { groupId } from '../access/socket-peers.ts';
import { AppError } from '../errors/app-error.ts';
import type { App } from './app.ts';

/** sun_path of unix(7) holds 108 bytes with its closing NUL. */
const longestPath = 107;

function somebodyAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path);
    connection.on('connect', () => resolve(true));
    connection.on('error', () => resolve(false));
    connection.on('close', () => connection.destroy());
    connection.on('connect', () => connection.end());
  });
}

/** Removes a socket that a killed daemon left behind; refuses to touch anything else. */
async function clearPath(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new AppError(
      'value-invalid',
      `Socket path ${JSON.stringify(path)} is taken by something that is not a socket.`,
    );
  }
  if (await somebodyAnswers(path)) {
    throw new AppError('daemon-running', `Another daemon answers at ${JSON.stringify(path)}.`, {
      details: { socket: path },
    });
  }
  unlinkSync(path);
}

/**
 * Listens on a unix socket with mode 0660, owned by the group `bridgekeeper` if that exists. The directory is made when
 * it is missing. Throws `value-invalid` for a path that cannot be one, `daemon-running` when somebody answers there.
 */
export async function listenOnSocket(app: App, path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > longestPath) {
    throw new AppError(
      'value-invalid',
      `Socket path ${JSON.stringify(path)} has ${bytes} bytes; the kernel takes ${longestPath} at most (unix(7)).`,
    );
  }
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    await clearPath(path);
    // Nobody but its owner can write to it until its group is right.
    process.umask(process.umask() | 0o022);
    await app.listen({ path });
    const group = process.getuid?.() === 0 ? groupId() : undefined;
    if (group !== undefined) chownSync(path, 0, group);
    chmodSync(path, 0o660);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError('value-invalid', `Cannot listen at ${JSON.stringify(path)}: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
