/** Child of full-disk.test.ts: writes day after day on a disk that is too small, and prints what happened as JSON. */
import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSessionLog } from '../../../src/observers/session-log/open-session-log.ts';
import { openSessionReader } from '../../../src/observers/session-log/open-session-reader.ts';
import { numberedSession } from './numbered-session.ts';
import { logOptions, recordsOf } from './sessions.ts';

const [root = '', leaveFree = '0'] = process.argv.slice(2);
const directory = join(root, 'sessions');
const dayLength = 86_400_000;
const noon = 20_779 * dayLength + dayLength / 2;
const { clock, events, options } = logOptions(directory, noon);
const log = await openSessionLog({ ...options, leaveFree: Number(leaveFree) });

let number = 0;
async function write(count: number): Promise<void> {
  const sessions = Array.from({ length: count }, () => {
    const session = numberedSession(number++);
    return { ...session, start: clock.now + (number % 1000), end: clock.now + 30_000 };
  });
  log.end(recordsOf(sessions));
  await log.flush();
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await log.flush();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const days = (): string[] => readdirSync(directory).filter((name) => name.endsWith('.sessions'));

for (let day = 0; day < 8; day++) {
  for (let i = 0; i < 4; i++) await write(25_000);
  clock.now += dayLength;
  await settle();
}
const removed = events.filter(({ kind }) => kind === 'full').length;
const kept = days().sort();
const lostOnTheWay = log.status().lost;

// Somebody else fills the disk to the last byte: nothing can be made room of.
const { bavail, bsize } = statfsSync(root);
for (const name of days()) rmSync(join(directory, name));
for (let size = bavail * bsize + 64 * 2 ** 20; size >= 4096; size = Math.floor(size / 2)) {
  try {
    writeFileSync(join(root, `filler-${size}`), Buffer.alloc(size));
  } catch {
    // As much as went in stays.
  }
}
const before = process.memoryUsage().rss;
for (let i = 0; i < 24; i++) await write(25_000);
const full = { lost: log.status().lost, grown: process.memoryUsage().rss - before, lastError: log.status().lastError };

for (const name of readdirSync(root)) if (name.startsWith('filler')) rmSync(join(root, name));
await settle();
await write(10);
const lostWhileFull = log.status().lost;
await settle();
const reader = openSessionReader({ directory });
const found = await reader.find({ from: clock.now, to: clock.now + 30_000, port: (number - 1) & 0xffff }, 1000);
const gaps = (await reader.gaps(0, Number.MAX_SAFE_INTEGER)).filter(
  ({ from, why }) => from > 0 && why.includes('disk'),
);
await reader.close();
await log.close();
const free = statfsSync(root);
process.stdout.write(
  JSON.stringify({
    removed,
    kept,
    lostOnTheWay,
    full,
    lostWhileFull,
    found: found.sessions.length,
    gaps: gaps.length,
    free: free.bavail * free.bsize,
    events: events.map(({ kind, text }) => `${kind}: ${text}`),
  }),
);
