/** The thread that records sessions: kernel → log. Started by `createRecorder`, and told what to do by messages. */

import { mkdirSync, statfsSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../system/clock.ts';
import { openConntrackEvents } from '../../system/conntrack/conntrack-events.ts';
import { openConntrack } from '../../system/conntrack/open-conntrack.ts';
import { MemoryRelease } from '../../system/release-memory.ts';
import { openSessionLog } from '../session-log/open-session-log.ts';
import { Recording } from './recording.ts';
import type { ThreadMessage, ThreadRequest, ThreadStart } from './thread-messages.ts';

/** What stays free of the disk, in bytes and as a share of it: a full disk stops more than the log. */
const leaveFree = { bytes: 1e9, share: 0.05 };
/** The kernel was seen to tell of ends 48 s late. */
const lateEnds = 60_000;

const { directory, settings, why, receiveBuffer } = workerData as ThreadStart;
/** Of this thread alone (setpriority(2)): on a busy host messages would wait until the kernel had no room for more. */
const niceness = -10;

function hurry(): void {
  try {
    setPriority(0, niceness);
  } catch {
    // It needs CAP_SYS_NICE. Without, what waits in the kernel has to last longer.
  }
}

const tell = (message: ThreadMessage): void => parentPort?.postMessage(message);
const onEvent = (about: string, text: string): void => tell({ tell: 'event', about, text });

hurry();
// Before the log: what begins and ends while that is read waits in the kernel.
const events = openConntrackEvents({ receiveBuffer });
const table = openConntrack();
// Whoever started this thread closes them when it has ended: it may end by an error, or without a word.
tell({ tell: 'opened', descriptors: [...events.descriptors, ...table.descriptors] });
const memory = new MemoryRelease();
mkdirSync(directory, { recursive: true, mode: 0o700 });
const disk = statfsSync(directory);
const log = await openSessionLog({
  directory,
  keepDays: settings.keepDays,
  mostBytes: settings.mostBytes,
  leaveFree: Math.min(leaveFree.bytes, Math.floor(disk.bsize * disk.blocks * leaveFree.share)),
  now: systemClock.now,
  onEvent: ({ kind, text }) => onEvent(kind, `the log of sessions: ${text}`),
  onPacked: (sessions) => memory.changed(sessions),
});
const recording = new Recording({ events, table, log, now: systemClock.now, onEvent, lateEnds }, settings.site);

async function close(): Promise<void> {
  recording.stop();
  await running;
  await log.close();
}

async function answer(request: ThreadRequest): Promise<void> {
  if (request.ask === 'flush') await recording.flush();
  if (request.ask === 'close') await close();
  if (request.ask === 'configure') {
    recording.configure(request.settings.site);
    log.configure(request.settings);
  }
}

await recording.start(why);
const running = recording.run();
parentPort?.on('message', ({ number, request }: { number: number; request: ThreadRequest }) => {
  void answer(request).then(() => {
    tell({ tell: 'done', number, status: recording.status() });
    if (request.ask === 'close') parentPort?.close();
  });
});
tell({ tell: 'recording' });
await running;
