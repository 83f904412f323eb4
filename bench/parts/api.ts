import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Asked } from '../api/ask.ts';
import type { Heard } from '../api/listen.ts';
import { DaemonCell } from '../gateway/daemon-cell.ts';
import { endWithBench } from '../gateway/end-with-bench.ts';
import { buildScenario, shared, uplink } from '../gateway/scenario.ts';
import { atLeast, atMost, type BenchOptions, type Part, type Section } from '../part.ts';
import { cpuSeconds } from '../recording/recording-cell.ts';
import { megabytes, milliseconds, percent, table, thousands } from '../report/format.ts';
import { median, quantile } from '../statistics.ts';

const guests = 10_000;
/** A bridge of the kernel takes 1,023 ports. */
const segments = 10;
const rate = 500;
const readers = 1_000;

const siteText = `site: bench
uplink: {interface: ${uplink}, shared: [${shared}]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24, strategy: sequential}]
segments:
${Array.from({ length: segments }, (_, i) => `  - {name: s${i}, subnet: 10.80.${i * 4}.0/22}`).join('\n')}
limits: {sessions: 200000, sessionsPerGuest: 2, portBlock: 2, portBlocks: 1}
guests:
${Array.from({ length: guests }, (_, i) => `  - {name: vm${i}, owner: team-${i % 50}, nics: [{segment: s${i % segments}}]}`).join('\n')}
forwards:
${Array.from({ length: 1_000 }, (_, i) => `  - {port: ${50_000 + i}, to: "vm${i}:80"}`).join('\n')}
`;

/** What pages and tools ask for. */
const paths = [
  '/v1/status',
  '/v1/guests?limit=100',
  '/v1/guests?limit=100&fields=name',
  '/v1/guests/vm4711',
  '/v1/leases?limit=100',
  '/v1/leases?guest=vm9999',
  '/v1/forwards?limit=100',
  '/v1/macs?limit=100',
  '/v1/events?limit=50',
  '/v1/alerts',
];

const script = (name: string): string => fileURLToPath(new URL(`../api/${name}`, import.meta.url));

async function ask(cell: DaemonCell, seconds: number, core: number): Promise<Asked & { cpu: number }> {
  const argv = ['-c', String(core), process.execPath, script('ask.ts'), cell.socket, String(rate), String(seconds)];
  const before = cpuSeconds(cell.pid);
  const began = performance.now();
  const { stdout } = await promisify(execFile)('taskset', [...argv, ...paths], { maxBuffer: 1e9 });
  const cpu = (cpuSeconds(cell.pid) - before) / ((performance.now() - began) / 1000);
  return { ...(JSON.parse(stdout) as Asked), cpu };
}

interface Listened extends Heard {
  /** Bytes of resident memory more than before: as they listen, and at most while events come. */
  readonly quiet: number;
  readonly busy: number;
  readonly events: number;
  readonly cpu: number;
}

/** Readers, and then events that all of them are told. */
async function listen(cell: DaemonCell, seconds: number): Promise<Listened> {
  const before = cell.residentMemory();
  const child = spawn(process.execPath, [script('listen.ts'), cell.socket, String(readers)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  endWithBench(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  await sleep(3_000);
  const quiet = cell.residentMemory() - before;
  let most = quiet;
  const cpu = cpuSeconds(cell.pid);
  const began = performance.now();
  let events = 0;
  // Each is told: a guest that is cut off, and let go.
  for (const end = began + seconds * 1000; performance.now() < end; events += 2) {
    const guest = `vm${events}`;
    await cell.client.isolation.isolate({ guest, reason: 'bench' });
    await cell.client.isolation.undo({ guest });
    most = Math.max(most, cell.residentMemory() - before);
    await sleep(20);
  }
  const used = (cpuSeconds(cell.pid) - cpu) / ((performance.now() - began) / 1000);
  await sleep(2_000);
  most = Math.max(most, cell.residentMemory() - before);
  child.stdin.end();
  const { value } = await lines.next();
  return { ...(JSON.parse(value as string) as Heard), quiet, busy: most, events, cpu: used };
}

/** The API under load: many guests, many who ask, many who listen. */
export const api: Part = {
  name: 'api',
  run: async (options: BenchOptions): Promise<Section> => {
    const seconds = options.quick ? 5 : 30;
    const cell = new DaemonCell(buildScenario(0, 0));
    try {
      await cell.start();
      options.progress(`applying a site of ${thousands(guests)} guests`);
      await cell.client.apply({ site: siteText });
      // What applying took is given back to the system only after a while.
      await sleep(20_000);
      options.progress(`${thousands(readers)} readers of the event stream`);
      const listened = await listen(cell, seconds);
      options.progress(`${rate} requests a second`);
      // The first answers compile code and fill what is kept.
      await ask(cell, 2, options.core);
      const asked = await ask(cell, seconds, options.core);
      const all = Object.values(asked.times).flat();
      return {
        title: 'The API: questions and readers',
        markdown: `A site of ${thousands(guests)} guests and 1,000 forwards; ${rate} questions a second for ${seconds} s over the unix socket, sent
when they are due whether or not the ones before were answered. The daemon takes ${percent(asked.cpu)} of a core for it
(${thousands(all.length)} answers, ${megabytes(asked.bytes)}).

${table(
  ['question', 'median', 'p99', 'longest'],
  [
    ...Object.entries(asked.times).map(([path, times]) => row(`\`${path}\``, times)),
    row('**all of them together**', all),
  ],
)}

${thousands(listened.readers)} readers of the event stream (Server-Sent Events), then ${thousands(listened.events)} events in ${seconds} s, all of them told to
each: the daemon's resident memory grows by ${megabytes(listened.quiet)} while they listen and by ${megabytes(listened.busy)} at most while they are told, and it
takes ${percent(listened.cpu)} of a core. The slowest reader got ${thousands(listened.fewest)} messages, the fastest ${thousands(listened.most)}; ${listened.cut} were cut off.`,
        targets: [
          atMost(
            `${rate} questions/s to a site of ${thousands(guests)} guests: p99`,
            quantile(all, 0.99),
            20,
            milliseconds,
          ),
          atLeast('– answered', all.length / asked.sent, 1, percent),
          atMost(`${thousands(readers)} readers of the event stream: more memory`, listened.busy, 150e6, megabytes),
          atLeast('– each is told of every event', listened.fewest / listened.events, 1, percent),
        ],
        raw: { asked, listened },
      };
    } finally {
      await cell.remove();
    }
  },
};

const row = (name: string, times: number[]): string[] => [
  name,
  milliseconds(median(times)),
  milliseconds(quantile(times, 0.99)),
  milliseconds(quantile(times, 1)),
];
