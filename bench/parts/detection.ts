import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ipBatch, namespacePath } from '../gateway/cell.ts';
import { DaemonCell } from '../gateway/daemon-cell.ts';
import { buildScenario, forwardAt } from '../gateway/scenario.ts';
import { renderSite } from '../gateway/site-text.ts';
import { type LoadPair, nextAnswer, startPinned } from '../load/generator.ts';
import type { FrameAnswer, FrameRequest } from '../load/messages.ts';
import { atLeast, atMost, type BenchOptions, type Part, type Section } from '../part.ts';
import { cpuSeconds } from '../recording/recording-cell.ts';
import { megabytes, milliseconds, percent, table, thousands } from '../report/format.ts';
import { median, medianRatio, quantile, shuffled } from '../statistics.ts';

const nics = 1000;
const floodRate = 100_000;
const runMilliseconds = 400;
const settleMilliseconds = 400;

/** A daemon with 1,000 NICs on one segment, all of them plugged in. */
async function buildDaemon(): Promise<DaemonCell> {
  const cell = new DaemonCell(buildScenario(nics, nics));
  await cell.start();
  await cell.client.apply({ site: renderSite(cell.scenario) });
  // A device that leads nowhere: what is sent there costs the sender the same.
  const guests = `${cell.gateway}-guests`;
  ipBatch(guests, ['link add nowhere type veth peer name nobody', 'link set nowhere up', 'link set nobody up']);
  return cell;
}

/** Milliseconds from before the first bad frame of a NIC is sent until its event has come to a client that follows. */
async function measureLatency(cell: DaemonCell, options: BenchOptions, sender: ChildProcess): Promise<number[]> {
  const ends = new AbortController();
  const heard = new Map<string, (at: number) => void>();
  const follow = async (): Promise<void> => {
    for await (const { subject } of cell.client.events.follow({ kinds: ['violation'] }, undefined, ends.signal))
      heard.get(subject.port ?? '')?.(performance.timeOrigin + performance.now());
  };
  const following = follow();
  const tries = options.quick ? 40 : 300;
  const waits: number[] = [];
  for (let number = 0; number < tries; number++) {
    // The first NICs are those of the streams.
    const { index, port } = cell.scenario.nics[nics - 1 - number] as DaemonCell['scenario']['nics'][number];
    const event = Promise.withResolvers<number>();
    heard.set(port, event.resolve);
    const sent = nextAnswer<FrameAnswer>(sender, 10_000);
    const namespace = namespacePath(`${cell.gateway}-guests`);
    sender.send({ kind: 'one', namespace, device: `nic${index}`, number } satisfies FrameRequest);
    const answer = await sent;
    const late = AbortSignal.timeout(10_000);
    late.addEventListener('abort', () => event.reject(new Error(`no event names port "${port}" after 10 s`)));
    if (answer.kind === 'sent') waits.push((await event.promise) - answer.at);
    // At no fixed distance from what the daemon does every quarter of a second.
    await sleep(20 + Math.random() * 300);
  }
  ends.abort();
  await following.catch(() => {});
  return waits;
}

async function whileFlooding<Result>(
  cell: DaemonCell,
  device: string | undefined,
  core: number,
  work: () => Promise<Result>,
): Promise<{ result: Result; rate: number }> {
  if (device === undefined) return { result: await work(), rate: 0 };
  const child = startPinned('frames.ts', core);
  try {
    const ready = nextAnswer<FrameAnswer>(child, 10_000);
    const namespace = namespacePath(`${cell.gateway}-guests`);
    child.send({ kind: 'flood', namespace, device, rate: floodRate } satisfies FrameRequest);
    await ready;
    const start = performance.now();
    await sleep(settleMilliseconds);
    const result = await work();
    const answer = nextAnswer<FrameAnswer>(child, 10_000);
    child.send({ kind: 'stop' } satisfies FrameRequest);
    const flooded = await answer;
    const sent = flooded.kind === 'sent' ? flooded.count : 0;
    return { result, rate: (sent / (performance.now() - start)) * 1000 };
  } finally {
    child.kill('SIGKILL');
  }
}

interface FloodCost {
  readonly rate: number;
  /** Share of a core, and bytes. */
  readonly cpu: number;
  readonly idleCpu: number;
  readonly growth: number;
  readonly seconds: number;
}

/** What the daemon uses while one port sends made-up addresses. */
async function measureFlood(cell: DaemonCell, options: BenchOptions, device: string, core: number): Promise<FloodCost> {
  const seconds = options.quick ? 8 : 30;
  const cpuOf = async (): Promise<number> => {
    const before = cpuSeconds(cell.pid);
    const start = performance.now();
    await sleep(seconds * 1000);
    return (cpuSeconds(cell.pid) - before) / ((performance.now() - start) / 1000);
  };
  const idleCpu = await cpuOf();
  const before = cell.residentMemory();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, cell.residentMemory());
  }, 200);
  const { result: cpu, rate } = await whileFlooding(cell, device, core, cpuOf);
  clearInterval(timer);
  return { rate, cpu, idleCpu, growth: most - before, seconds };
}

const quiet = 'nobody else sends anything';
const nowhere = 'as many frames go onto a device that leads nowhere';
const flooded = 'one port sends frames from made-up addresses';

/** Bytes a second from one guest to another while a third one floods. */
async function measureNeighbours(
  cell: DaemonCell,
  options: BenchOptions,
  load: LoadPair,
  device: string,
): Promise<{ seen: Map<string, number[]>; rates: Map<string, number[]> }> {
  const serve = cell.plugIn(cell.scenario.forwards[0] as DaemonCell['scenario']['forwards'][number]);
  const from = cell.plugIn(cell.scenario.forwards[1] as DaemonCell['scenario']['forwards'][number]);
  const order = { namespace: from.namespace, sources: [], address: serve.address, port: serve.port };
  const devices: Record<string, string | undefined> = { [quiet]: undefined, [nowhere]: 'nowhere', [flooded]: device };
  const seen = new Map(Object.keys(devices).map((id) => [id, [] as number[]]));
  const rates = new Map(Object.keys(devices).map((id) => [id, [] as number[]]));
  for (let round = 0; round <= options.rounds; round++) {
    options.progress(round === 0 ? 'warm-up round' : `round ${round} of ${options.rounds}`);
    for (const [id, to] of shuffled(Object.entries(devices))) {
      const { result, rate } = await whileFlooding(cell, to, options.core === 0 ? 1 : 0, () =>
        load.run('stream', serve, { ...order, milliseconds: runMilliseconds, warmUp: 10, rate: 0 }),
      );
      if (round === 0) continue;
      seen.get(id)?.push((result.done / result.wallNs) * 1e9);
      rates.get(id)?.push(rate);
    }
  }
  return { seen, rates };
}

/** How soon somebody is told of a bad frame, and what a flood of them costs. */
export const detection: Part = {
  name: 'detection',
  run: async (options: BenchOptions, load: LoadPair): Promise<Section> => {
    options.progress(`a daemon with ${nics} NICs`);
    const cell = await buildDaemon();
    const otherCore = options.core === 0 ? 1 : 0;
    const sender = startPinned('frames.ts', options.core);
    try {
      options.progress('first bad frame to event');
      const waits = await measureLatency(cell, options, sender);
      const attacker = forwardAt(cell.scenario, 'middle').nic;
      const device = `nic${attacker.index}`;
      options.progress('a flood');
      const flood = await measureFlood(cell, options, device, otherCore);
      const { seen, rates } = await measureNeighbours(cell, options, load, device);
      const of = (id: string): number[] => seen.get(id) as number[];
      const share = (id: string, reference: string): number => medianRatio(of(id), of(reference));
      const rows = [quiet, nowhere, flooded].map((id) => [
        id,
        thousands(median(rates.get(id) as number[])),
        thousands(median(of(id)) / 125_000),
        percent(share(id, quiet)),
      ]);
      const p99 = quantile(waits, 0.99);
      return {
        title: 'Violations: how soon they are told, and what a flood of them costs',
        markdown: `${thousands(nics)} NICs on one segment. From just before a NIC's first bad frame is sent until its event has come to a client
that follows the API, ${waits.length} NICs one after the other: median ${milliseconds(median(waits))}, p99 ${milliseconds(p99)}, longest
${milliseconds(Math.max(...waits))}.

One port sends ${thousands(flood.rate)} frames a second from ever new MAC addresses for ${flood.seconds} s: the daemon uses ${percent(flood.cpu)} of a core
(${percent(flood.idleCpu)} when nothing happens) and at most ${megabytes(flood.growth)} more memory.

A TCP stream from one guest to another on the same bridge, its two ends on one core, the flood on the other one:

${table(['meanwhile', 'frames/s of the flood', 'Mbit/s of the stream', 'of quiet'], rows)}

Two cores that are both busy share caches and memory, whatever they do: so the flood is also compared with a sender that is as
busy but whose frames lead nowhere: ${percent(share(flooded, nowhere))}.`,
        targets: [
          atMost('First bad frame to event at the API, p99, 1,000 NICs', p99, 500, milliseconds),
          atMost(`Daemon at ${thousands(floodRate)} bad frames/s, of a core`, flood.cpu, 0.1, percent),
          atMost('– its memory growth', flood.growth, 20e6, megabytes),
          atLeast("Neighbours' throughput in the flood, against quiet", share(flooded, quiet), 0.95, percent),
          {
            ...atLeast('– against frames that lead nowhere (no target)', share(flooded, nowhere), 0, percent),
            expected: '–',
          },
        ],
        raw: { waits, flood, seen: Object.fromEntries(seen), rates: Object.fromEntries(rates) },
      };
    } finally {
      sender.kill('SIGKILL');
      await cell.remove();
    }
  },
};
