import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../../../errors/app-error.ts';
import { hasOtherUsers } from '../../../system/user-namespace.ts';
import type { CaptureRequest, RunningCapture } from '../../driver.ts';
import { captureArguments } from './render-capture.ts';

/** tcpdump's own words of greeting and farewell. */
const chatter = /^(tcpdump: listening|listening on|\d+ packets? (captured|received|dropped)|tcpdump: (data|verbose))/;

/**
 * Starts tcpdump at a port. Rejects with `command-failed` when it is not installed, or ends before it listens (no such
 * port). It gives up root where there is another user to become.
 */
export async function startCapture(request: CaptureRequest): Promise<RunningCapture> {
  const argv = ['tcpdump', ...(hasOtherUsers() ? [] : ['-Z', 'root']), ...captureArguments(request)];
  const child = spawn(argv[0] as string, argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 4096) said += text;
  });
  const failure = (why: string): AppError => {
    const words = said.split('\n').filter((line) => line !== '' && !chatter.test(line));
    return new AppError('command-failed', `capturing at port "${request.port}" failed: ${words.join(' ') || why}`);
  };
  const started = Promise.withResolvers<void>();
  child.once('error', (error: NodeJS.ErrnoException) =>
    started.reject(
      error.code === 'ENOENT'
        ? new AppError(
            'command-failed',
            'command "tcpdump" is not installed; Debian package "tcpdump" has it (apt-get install tcpdump)',
          )
        : failure(error.message),
    ),
  );
  child.once('exit', (code) => started.reject(failure(`tcpdump ended with exit status ${code}`)));
  // The header of the file comes as soon as it listens.
  child.stdout.once('readable', () => {
    if (child.stdout.readableLength > 0) started.resolve();
  });
  await started.promise;
  const ended = once(child, 'close');
  return {
    pcap: (async function* () {
      try {
        for await (const part of child.stdout) yield part as Uint8Array;
        await ended;
      } finally {
        child.kill('SIGTERM');
      }
    })(),
    stop: () => {
      child.kill('SIGTERM');
    },
  };
}
