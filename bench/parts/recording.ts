import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeWithBench } from '../gateway/end-with-bench.ts';
import { LoadPair } from '../load/generator.ts';
import type { BenchOptions, Part, Section } from '../part.ts';
import { describeRecording, type OwnRecorded, type Recorded } from '../recording/describe-recording.ts';
import { type Listener, startConntrack, startUlogd } from '../recording/other-listeners.ts';
import { cpuSeconds, peakMemory, RecordingCell, raiseTable } from '../recording/recording-cell.ts';
import { thousands } from '../report/format.ts';
import { shuffled } from '../statistics.ts';

const wanted = 20_000;
/** Sessions that the kernel may have in its table: it looks for those that are over only from time to time. */
const tableEntries = 2_000_000;

async function recordOurselves(cell: RecordingCell, pairs: readonly LoadPair[], seconds: number): Promise<OwnRecorded> {
  const { daemon } = cell;
  const beforeLoad = daemon.residentMemory();
  await cell.setMode('full');
  const before = await cell.recorder();
  let memory = 0;
  const cpu = cpuSeconds(daemon.pid);
  const seen = await cell.load(pairs, wanted, seconds, () => {
    memory = Math.max(memory, daemon.residentMemory());
  });
  const loaded = cpuSeconds(daemon.pid);
  const settled = performance.now();
  const ended = await cell.settle(seen.sent, async () => (await cell.recorder()).ended - before.ended);
  const tailCpu = (cpuSeconds(daemon.pid) - loaded) / ((performance.now() - settled) / 1000);
  memory = Math.max(memory, daemon.residentMemory());
  const after = await cell.recorder();
  return {
    ...seen,
    name: 'Bridgekeeper',
    begun: after.begun - before.begun,
    ended,
    lost: after.lostEvents - before.lostEvents,
    cpu: (loaded - cpu) / seen.seconds,
    tailCpu,
    memory,
    before: beforeLoad,
    bytes: (after.log?.bytes ?? 0) - (before.log?.bytes ?? 0),
  };
}

async function recordWith(
  cell: RecordingCell,
  pairs: readonly LoadPair[],
  seconds: number,
  listener: Listener,
): Promise<Recorded> {
  const cpu = cpuSeconds(listener.pid);
  const seen = await cell.load(pairs, wanted, seconds);
  const loaded = cpuSeconds(listener.pid);
  const settled = performance.now();
  await cell.settle(seen.sent, async () => listener.count().ended);
  const tailCpu = (cpuSeconds(listener.pid) - loaded) / ((performance.now() - settled) / 1000);
  const memory = peakMemory(listener.pid);
  await listener.stop();
  return {
    ...seen,
    ...listener.count(),
    name: listener.name,
    cpu: (loaded - cpu) / seen.seconds,
    tailCpu,
    memory,
    bytes: listener.bytes(),
  };
}

/** Connections a second through the gateway with the recorder and without, in turn. */
async function compareRates(
  cell: RecordingCell,
  pair: LoadPair,
  options: BenchOptions,
): Promise<Record<'full' | 'off', number[]>> {
  const { serve, from, to } = cell.inbound();
  const seen: Record<'full' | 'off', number[]> = { full: [], off: [] };
  for (let round = 0; round <= options.rounds; round++) {
    for (const mode of shuffled(['full', 'off'] as const)) {
      await cell.setMode(mode);
      cell.flush();
      const { done, wallNs } = await pair.run('connect', serve, {
        namespace: from,
        sources: [],
        ...to,
        milliseconds: 2000,
        warmUp: 20,
        rate: 0,
      });
      // The first round warms up.
      if (round > 0) seen[mode].push((done * 1e9) / wallNs);
    }
    options.progress(`connections with and without recording, round ${round} of ${options.rounds}`);
  }
  return seen;
}

/** Sessions recorded at 20,000 new ones a second, beside what others record with, and what it costs the gateway. */
export const recording: Part = {
  name: 'recording',
  run: async (options, load): Promise<Section> => {
    const seconds = options.quick ? 10 : 60;
    const folder = mkdtempSync(join(tmpdir(), 'bridgekeeper-bench-'));
    removeWithBench(folder);
    const restoreTable = raiseTable(tableEntries);
    const cell = new RecordingCell();
    // One core cannot make so many sessions: the other one, on which the daemon runs, makes half of them.
    const other = new LoadPair(0);
    try {
      await cell.start();
      options.progress(`${thousands(wanted)} sessions/s for ${seconds} s, recorded by Bridgekeeper`);
      const ours = await recordOurselves(cell, [load, other], seconds);
      await cell.setMode('off');
      const others: Recorded[] = [];
      for (const start of [startUlogd, startConntrack]) {
        cell.flush();
        const listener = await start(cell.daemon.gateway, folder);
        options.progress(`the same, recorded by ${listener.name}`);
        others.push(await recordWith(cell, [load, other], seconds, listener));
      }
      const rates = await compareRates(cell, load, options);
      return describeRecording(ours, others, rates);
    } finally {
      await cell.daemon.remove();
      other.stop();
      restoreTable();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
