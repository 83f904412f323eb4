/** `npm run bench`: see options.ts for what it takes. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isolate, reasonAgainst } from './gateway/isolate.ts';
import { LoadPair } from './load/generator.ts';
import { parseCommandLine, usage } from './options.ts';
import type { Part, Section } from './part.ts';
import { allocation } from './parts/allocation.ts';
import { api } from './parts/api.ts';
import { bulk } from './parts/bulk.ts';
import { changes } from './parts/changes.ts';
import { dataPath } from './parts/data-path.ts';
import { detection } from './parts/detection.ts';
import { events } from './parts/events.ts';
import { fairness } from './parts/fairness.ts';
import { guard } from './parts/guard.ts';
import { openSessions } from './parts/open-sessions.ts';
import { page } from './parts/page.ts';
import { recording } from './parts/recording.ts';
import { sessionLog } from './parts/session-log.ts';
import { sustained } from './parts/sustained.ts';
import { tenMillion } from './parts/ten-million.ts';
import { throughput } from './parts/throughput.ts';
import { writers } from './parts/writers.ts';
import { describeMachine } from './report/machine.ts';
import { readMeasured, writeMeasured } from './report/measured.ts';
import { renderPage } from './report/page.ts';

const parts: readonly Part[] = [
  dataPath,
  guard,
  openSessions,
  fairness,
  throughput,
  changes,
  sustained,
  recording,
  detection,
  events,
  api,
  page,
  allocation,
  bulk,
  writers,
  tenMillion,
  sessionLog,
];
const fullRounds = 15;
const quickRounds = 5;
/** The last core: the first one usually takes the machine's interrupts. */
const loadCore = cpus().length - 1;

async function runParts(names: readonly string[], quick: boolean, rounds: number): Promise<Map<string, Section>> {
  const sections = new Map<string, Section>();
  const load = new LoadPair(loadCore);
  try {
    for (const part of parts.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const start = performance.now();
      const progress = (text: string): void => {
        process.stderr.write(`${part.name}: ${text}\n`);
      };
      sections.set(part.name, await part.run({ quick, rounds, core: loadCore, progress }, load));
      progress(`done in ${((performance.now() - start) / 1000).toFixed(0)} s`);
    }
  } finally {
    load.stop();
  }
  return sections;
}

const inRepository = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

async function main(): Promise<number> {
  const names = parts.map(({ name }) => name);
  let line: ReturnType<typeof parseCommandLine>;
  try {
    line = parseCommandLine(process.argv.slice(2), names);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage(names)}`);
    return 2;
  }
  if (line.help) {
    process.stdout.write(usage(names));
    return 0;
  }
  const reason = reasonAgainst();
  if (reason !== undefined) {
    process.stderr.write(`${reason}\n`);
    return 1;
  }
  const elsewhere = isolate();
  if (elsewhere !== undefined) return elsewhere;
  const machine = describeMachine();
  const rounds = line.rounds ?? (line.quick ? quickRounds : fullRounds);
  const sections = await runParts(line.only, line.quick, rounds);
  mkdirSync(inRepository('bench/results'), { recursive: true });
  const raw = Object.fromEntries([...sections].map(([name, section]) => [name, section.raw]));
  writeFileSync(inRepository('bench/results/raw.json'), JSON.stringify({ machine, raw }, null, 1));
  // A quick look is no measurement: the page is made of what was measured in full, part by part.
  const keep = !line.quick;
  for (const [name, { title, markdown, targets }] of keep ? sections : []) {
    writeMeasured(name, { title, markdown, targets, rounds, machine });
  }
  const shown = keep
    ? names.flatMap((name) => readMeasured(name) ?? [])
    : [...sections.values()].map((section) => ({ ...section, rounds, machine }));
  const file = keep ? 'docs/reference/performance.md' : 'bench/results/performance.md';
  const page = renderPage(shown);
  writeFileSync(inRepository(file), page);
  process.stdout.write(`${page}\nWritten to ${file}\n`);
  return 0;
}

process.exitCode = await main();
