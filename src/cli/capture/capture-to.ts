import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CaptureOrder } from '../../client/mirrors.ts';
import { AppError, isAppError } from '../../errors/app-error.ts';
import { type ClientOptions, connect } from '../command-options.ts';
import { type FrameOptions, frameChoice } from '../frame-options.ts';
import type { NicName } from '../nic-argument.ts';
import { plain } from '../output.ts';

/** What is wrong with the name of a file, or with the rights of who runs the command. */
const unopened: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EROFS']);

export interface CaptureOptions extends ClientOptions, FrameOptions {
  snap?: number;
  count?: number;
}

export function captureOrder(nic: NicName, options: CaptureOptions): CaptureOrder {
  const { snap, count } = options;
  return {
    ...frameChoice(nic, options),
    ...(snap === undefined ? {} : { snap }),
    ...(count === undefined ? {} : { packets: count }),
  };
}

/** Words at the end of a capture, on stderr: stdout may be the file. */
export function tellEnd({ packets, skipped }: { packets: number; skipped: number }): void {
  const over = skipped === 0 ? '' : `, ${skipped} left out because of the rate`;
  process.stderr.write(`${packets} frames captured${over}.\n`);
}

/** Ends the reading at Ctrl-C, so that what was captured stays a whole file. */
async function* untilInterrupted<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = pieces[Symbol.asyncIterator]();
  const interrupted = Promise.withResolvers<IteratorResult<T>>();
  const stop = (): void => interrupted.resolve({ done: true, value: undefined });
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), interrupted.promise]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** The pieces as a stream that Ctrl-C ends, once the first is there; rejects with what kept it from coming. */
export async function beginReading(pieces: AsyncIterable<Uint8Array>): Promise<Readable> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  const all = async function* (): AsyncGenerator<Uint8Array> {
    if (!first.done) yield first.value;
    yield* untilInterrupted({ [Symbol.asyncIterator]: () => iterator });
  };
  return Readable.from(all(), { objectMode: false });
}

/** Writes the frames of a NIC to a file, or to stdout (`-`), with the rights of who runs the command. */
export async function captureTo(nic: NicName, options: CaptureOptions & { to: string }): Promise<void> {
  const { to } = options;
  const client = await connect(options);
  let told = false;
  const pcap = client.mirrors.capture(captureOrder(nic, options), (end) => {
    told = true;
    tellEnd(end);
  });
  // Nothing is written before the daemon has agreed.
  const frames = await beginReading(pcap);
  try {
    const file = to === '-' ? process.stdout : (await open(to, 'w')).createWriteStream();
    if (to !== '-') process.stderr.write(plain(`Capturing to ${to}; Ctrl-C ends it.\n`));
    await pipeline(frames, file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // Who reads stdout has seen enough (`| head`).
    if (code === 'EPIPE' && to === '-') process.exit(0);
    throw isAppError(error)
      ? error
      : new AppError(
          unopened.has(code ?? '') ? 'value-invalid' : 'command-failed',
          `${JSON.stringify(to)} cannot be written: ${message}`,
        );
  }
  if (!told) process.stderr.write('The capture was ended.\n');
  // The connection to the daemon stands while no frame comes: it ends with this process, and the capture with it.
  process.exit(process.exitCode ?? 0);
}
