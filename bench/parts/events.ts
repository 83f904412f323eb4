import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createEventStream } from '../../src/events/event-stream.ts';
import { itself, type JournalInput } from '../../src/registry/journal/journal.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { systemClock } from '../../src/system/clock.ts';
import type { PublishedLoad } from '../events/publish.ts';
import { atLeast, atMost, type BenchOptions, type Part, type Section } from '../part.ts';
import { makeBenchFolder } from '../registry/lease-bench.ts';
import { megabytes, milliseconds, percent, table, thousands } from '../report/format.ts';
import { median, quantile } from '../statistics.ts';

const rate = 10_000;
const loads = { plain: 'without MAC addresses', macs: 'each with a MAC address of its own' } as const;
type Kind = keyof typeof loads;

async function publish(directory: string, seconds: number, kind: Kind): Promise<PublishedLoad> {
  const script = fileURLToPath(new URL('../events/publish.ts', import.meta.url));
  const argv = ['--max-semi-space-size=4', script, directory, String(rate), String(seconds), kind];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 1e8 });
  return JSON.parse(stdout) as PublishedLoad;
}

const questions = {
  'the newest 100': {},
  '– of a guest with few': { guest: 'rare' },
  '– of a guest that has none': { guest: 'nobody' },
  '– critical ones, of which there are none': { atLeast: 'critical' },
  '– of one port, of the last second': { port: 'vnet7', since: 0 },
} as const;

/** Milliseconds of questions to a journal of a million entries, most of them events. */
async function askMillion(directory: string, entries: number): Promise<Map<string, number[]>> {
  const registry = await openSqliteRegistry({ directory, now: Date.now });
  const end = await registry.audit.events.head();
  for (let number = end; number < entries; number += 500) {
    const some = Array.from({ length: Math.min(500, entries - number) }, (_, i): JournalInput => {
      const guest = (number + i) % 100_000 === 0 ? 'rare' : `guest${i}`;
      const subject = { guest, port: `vnet${i}`, segment: 'prod' };
      const event = { severity: 'info', subject, state: 'once', count: 1, last: 0 };
      // Every fourth one is no event.
      const after = i % 4 === 0 ? { lease: number } : { event };
      return { kind: i % 4 === 0 ? 'lease' : 'link', text: `port vnet${i}`, at: Date.now(), actor: itself, after };
    });
    await registry.noteAll(some);
  }
  const stream = createEventStream({ registry, clock: systemClock, log: console });
  await stream.start();
  const times = new Map<string, number[]>();
  for (const [name, filter] of Object.entries(questions)) {
    const all: number[] = [];
    for (let i = 0; i < 20; i++) {
      const asked = 'since' in filter ? { ...filter, since: Date.now() - 1_000 } : filter;
      const began = performance.now();
      await stream.list(asked, { limit: 100 });
      all.push(performance.now() - began);
    }
    times.set(name, all);
  }
  await stream.close();
  await registry.close();
  return times;
}

/** What the stream of events takes: the worst case, in which no two events are the same. */
export const events: Part = {
  name: 'events',
  run: async (options: BenchOptions): Promise<Section> => {
    const folder = makeBenchFolder();
    try {
      const seen = new Map<Kind, PublishedLoad>();
      for (const kind of Object.keys(loads) as Kind[]) {
        options.progress(`${thousands(rate)} events a second, ${loads[kind]}`);
        seen.set(kind, await publish(join(folder, kind), options.quick ? 5 : 30, kind));
      }
      const entries = options.quick ? 100_000 : 1_000_000;
      options.progress(`questions to ${thousands(entries)} entries`);
      const asked = await askMillion(join(folder, 'macs'), entries);
      const plain = seen.get('plain') as PublishedLoad;
      const worst = seen.get('macs') as PublishedLoad;
      return {
        title: 'Events: how many the journal takes',
        markdown: `${thousands(rate)} events a second for ${worst.seconds.toFixed(0)} s, no two of them the same: each gets an entry of the journal of its own,
hashed, chained, sealed and durable. A MAC address in an entry needs a pseudonym, which is stored, too: ten thousand new
addresses a second are the worst that can come. What a machine cannot write in time is counted together, by kind and segment.

${table(
  [
    'events',
    'one by one',
    'together',
    'of a core',
    'in the journal after, median',
    'p99',
    'event loop late, p99',
    'longest',
    'memory',
  ],
  [...seen].map(([kind, load]) => [
    loads[kind],
    `${thousands(load.written)} of ${thousands(load.published)}`,
    thousands(load.folded),
    percent(load.cpu),
    milliseconds(load.latency.median),
    milliseconds(load.latency.p99),
    milliseconds(load.delay.p99),
    milliseconds(load.delay.longest),
    megabytes(load.growth),
  ]),
)}

Questions to a journal of ${thousands(entries)} entries:

${table(
  ['question', 'median', 'longest'],
  [...asked].map(([name, times]) => [name, milliseconds(median(times)), milliseconds(quantile(times, 1))]),
)}`,
        targets: [
          atLeast(
            `${thousands(rate)} different events/s into the journal: written one by one`,
            plain.whole ? plain.written / plain.published : 0,
            1,
            percent,
          ),
          atMost('– event loop late, p99', plain.delay.p99, 20, milliseconds),
          atMost('– in the journal after, p99', plain.latency.p99, 500, milliseconds),
          atLeast(
            `${thousands(rate)} events/s, each with a new MAC address: written one by one, or counted together`,
            worst.whole ? (worst.written + worst.folded) / worst.published : 0,
            1,
            percent,
          ),
        ],
        raw: { seen: Object.fromEntries(seen), asked: Object.fromEntries(asked) },
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
