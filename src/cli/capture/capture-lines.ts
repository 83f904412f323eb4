import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../errors/app-error.ts';
import { hasOtherUsers } from '../../system/user-namespace.ts';
import { connect } from '../command-options.ts';
import type { NicName } from '../nic-argument.ts';
import { plainLine, print } from '../output.ts';
import { beginReading, type CaptureOptions, captureOrder, tellEnd } from './capture-to.ts';
import { nameLine, namesOf } from './name-line.ts';

/** A frame as one line of JSON: `at` in milliseconds since the epoch, `text` in tcpdump's words. */
function jsonLine(line: string): string {
  const [, seconds, text] = /^(\d+\.\d+) (.*)$/.exec(line) ?? [];
  return JSON.stringify(seconds === undefined ? { text: line } : { at: Number(seconds) * 1000, text });
}

/** Shows the frames of a NIC line by line, as tcpdump words them, with the names of guests. */
export async function captureLines(nic: NicName, options: CaptureOptions & { link?: boolean }): Promise<void> {
  const client = await connect(options);
  const names = namesOf(await client.leases());
  const pcap = client.mirrors.capture(captureOrder(nic, options), tellEnd);
  const frames = await beginReading(pcap);
  // Reading what strangers sent is no work for root: tcpdump becomes another user, and cannot where there is only one.
  const unprivileged = hasOtherUsers() ? [] : ['unshare', '--user', '--map-user=65534', '--map-group=65534'];
  const argv = [
    ...unprivileged,
    'tcpdump',
    '-r',
    '-',
    '-n',
    '-l',
    options.json ? '-tt' : '-tttt',
    ...(options.link ? ['-e'] : []),
  ];
  const reader = spawn(argv[0] as string, argv.slice(1), {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Ctrl-C is for us: what has come in is still to be shown.
    detached: true,
  });
  const failed = new Promise<never>((_, reject) => {
    reader.once('error', ({ message }) =>
      reject(new AppError('command-failed', `tcpdump, which words the frames, could not be started: ${message}`)),
    );
  });
  const shown = (async () => {
    for await (const line of createInterface({ input: reader.stdout }))
      print(options.json ? jsonLine(nameLine(line, names)) : plainLine(nameLine(line, names)));
  })();
  const ended = once(reader, 'close');
  await Promise.race([failed, pipeline(frames, reader.stdin)]);
  await Promise.all([shown, ended]);
  process.exit(process.exitCode ?? 0);
}
