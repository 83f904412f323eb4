import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorMessage } from 'node:util';
import koffi from 'koffi';
import { EAGAIN, ENOBUFS, libc, MSG_DONTWAIT, SOCK_CLOEXEC } from './libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_NOSIGNAL = 0x4000;
/** Bytes of `sun_path` with the zero at its end (unix(7)). */
const longestPath = 107;

/** Milliseconds that a full receiver is waited for. */
const patience = 5_000;

/** Sends each text as one datagram to a unix socket such as /dev/log. Rejects with the system's words when one is not taken. */
export async function sendUnixDatagrams(path: string, texts: readonly string[], signal: AbortSignal): Promise<void> {
  const name = Buffer.from(path);
  if (name.length > longestPath) throw new Error(`the path has ${name.length} bytes; expected ${longestPath} at most`);
  const calls = libc();
  const file = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number;
  if (file < 0) throw failure('socket');
  try {
    const address = Buffer.alloc(2 + longestPath + 1);
    address.writeUInt16LE(AF_UNIX);
    name.copy(address, 2);
    if ((calls.connect(file, address, 2 + name.length + 1) as number) < 0) throw failure('connect');
    for (const text of texts) await send(file, Buffer.from(text), signal);
  } finally {
    calls.close(file);
  }
}

async function send(file: number, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  for (;;) {
    if ((libc().send(file, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL) as number) >= 0) return;
    const busy = [EAGAIN, ENOBUFS].includes(koffi.errno());
    if (!busy || performance.now() - began > patience) throw failure('send');
    signal.throwIfAborted();
    await sleep(5);
  }
}

function failure(call: string): Error {
  return new Error(`${call}: ${getSystemErrorMessage(-koffi.errno())}`);
}
