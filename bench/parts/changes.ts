import { DaemonCell } from '../gateway/daemon-cell.ts';
import { type BenchNic, buildScenario } from '../gateway/scenario.ts';
import { nicName, renderSite } from '../gateway/site-text.ts';
import { watchHealth } from '../measure/watch-health.ts';
import { atMost, type BenchOptions, type Part, type Section } from '../part.ts';
import { megabytes, milliseconds, table } from '../report/format.ts';
import { oneMoreRivals, timeOneMore } from '../rivals/one-more.ts';
import { median, quantile } from '../statistics.ts';

const scenario = buildScenario(10_000, 1000);

interface FullApply {
  /** Request to answer. */
  readonly whole: number;
  readonly timings: Readonly<Record<string, number>>;
  readonly longestWait: number;
  readonly memory: number;
}

interface OneForward {
  readonly whole: number;
  readonly nftables: number;
}

interface DaemonTimes {
  readonly applies: FullApply[];
  readonly add: OneForward[];
  readonly remove: OneForward[];
  readonly longestWait: number;
  readonly memory: number;
}

/** A fresh daemon is given the whole site over its API, while somebody else keeps asking for its health. */
async function applyAll(cell: DaemonCell): Promise<FullApply> {
  const site = renderSite(scenario);
  const { result, waits } = await watchHealth(cell.socket, async () => {
    const start = performance.now();
    const { timings } = await cell.client.apply({ site });
    return { whole: performance.now() - start, timings };
  });
  return { ...result, longestWait: Math.max(...waits), memory: cell.residentMemory() };
}

async function timeForwards(
  cell: DaemonCell,
  times: number,
): Promise<Pick<DaemonTimes, 'add' | 'remove' | 'longestWait'>> {
  const body = { port: 9999, to: `${nicName(scenario.nics[0] as BenchNic)}:7999` };
  const seen = { add: [] as OneForward[], remove: [] as OneForward[] };
  const timed = async (call: () => Promise<{ timings: Record<string, number> }>): Promise<OneForward> => {
    const start = performance.now();
    const { timings } = await call();
    return { whole: performance.now() - start, nftables: timings.nftables ?? Number.NaN };
  };
  const { waits } = await watchHealth(cell.socket, async () => {
    for (let i = 0; i < times; i++) {
      seen.add.push(await timed(() => cell.client.putObject('forward', 'tcp/9999', body)));
      seen.remove.push(await timed(() => cell.client.removeObject('forward', 'tcp/9999')));
    }
  });
  return { ...seen, longestWait: Math.max(...waits) };
}

async function measureDaemon(options: BenchOptions): Promise<DaemonTimes> {
  const applies: FullApply[] = [];
  let forwards: Pick<DaemonTimes, 'add' | 'remove' | 'longestWait'> | undefined;
  let memory = 0;
  const repeats = options.quick ? 2 : 5;
  for (let i = 0; i < repeats; i++) {
    options.progress(`daemon: all from nothing, ${i + 1} of ${repeats}`);
    const cell = new DaemonCell(scenario);
    try {
      await cell.start();
      applies.push(await applyAll(cell));
      if (i < repeats - 1) continue;
      options.progress('daemon: one more forward');
      forwards = await timeForwards(cell, options.quick ? 30 : 200);
      memory = cell.residentMemory();
    } finally {
      await cell.remove();
    }
  }
  if (forwards === undefined) throw new Error('no forward was timed');
  return { applies, ...forwards, memory };
}

const typical = (values: readonly number[]): string =>
  `${milliseconds(median(values))} (${milliseconds(quantile(values, 0.99))})`;

function renderApply({ applies }: DaemonTimes): string {
  const stages = Object.keys(applies[0]?.timings ?? {});
  const row = (name: string, pick: (apply: FullApply) => number): string[] => {
    const values = applies.map(pick);
    return [name, milliseconds(median(values)), milliseconds(Math.min(...values)), milliseconds(Math.max(...values))];
  };
  return table(
    ['10,000 forwards and 1,000 NICs from nothing', 'median', 'least', 'most'],
    [
      row('request to answer', ({ whole }) => whole),
      ...stages.map((stage) => row(`of which: ${stage}`, ({ timings }) => timings[stage] ?? Number.NaN)),
      row('longest wait for GET /v1/health meanwhile', ({ longestWait }) => longestWait),
    ],
  );
}

/** Changing rules and the daemon's own costs, through its API. */
export const changes: Part = {
  name: 'changes',
  run: async (options): Promise<Section> => {
    const own = await measureDaemon(options);
    const rivals = oneMoreRivals.map((rival) => {
      options.progress(`one more forward: ${rival.name}`);
      return { name: rival.name, ...timeOneMore(rival, scenario, options.quick ? 2 : 5) };
    });
    const whole = (list: readonly OneForward[]): number[] => list.map((one) => one.whole);
    const step = (list: readonly OneForward[]): number[] => list.map((one) => one.nftables);
    const limit = (text: string, seen: number, goal: number) => atMost(text, seen, goal, milliseconds);
    return {
      title: 'Changing rules, and the daemon itself',
      markdown: `The real daemon in a namespace with 1,000 host-side devices, asked over its unix socket. The answer comes when the kernel has
everything and the registry has written it to disk.

${renderApply(own)}

${table(
  ['one forward on top of 10,000: median (99th percentile)', 'add', 'remove'],
  [
    ['**Bridgekeeper, request to answer**', typical(whole(own.add)), typical(whole(own.remove))],
    ['of which: nftables', typical(step(own.add)), typical(step(own.remove))],
    ...rivals.map(({ name, add, remove }) => [name, milliseconds(median(add)), milliseconds(median(remove))]),
  ],
)}

Resident memory of the daemon after all this: ${megabytes(own.memory)}; right after the first apply: ${megabytes(median(own.applies.map(({ memory }) => memory)))}.`,
      targets: [
        limit(
          '10,000 forwards and 1,000 NICs from nothing, request to answer',
          median(own.applies.map((apply) => apply.whole)),
          1000,
        ),
        limit(
          '– of which the nftables transaction',
          median(own.applies.map(({ timings }) => timings.nftables ?? Number.NaN)),
          150,
        ),
        limit(
          'Longest wait for an answer meanwhile (median of the applies)',
          median(own.applies.map((apply) => apply.longestWait)),
          50,
        ),
        limit('One more forward on top of 10,000, request to answer, median', median(whole(own.add)), 10),
        limit('– of which the nftables step', median(step(own.add)), 1),
        limit('One forward less, request to answer, median (no target of the issue)', median(whole(own.remove)), 10),
        atMost('Resident memory with 1,000 NICs and 10,000 forwards', own.memory, 200e6, megabytes),
      ],
      raw: { own, rivals },
    };
  },
};
