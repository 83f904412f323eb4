import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { atMost, type BenchOptions, type Part, type Section, type Target } from '../part.ts';
import {
  actor,
  benchPool,
  type LeaseBench,
  openLeaseBench,
  type Strategy,
  strategies,
} from '../registry/lease-bench.ts';
import { factor, microseconds, table, thousands } from '../report/format.ts';
import { LinearScan, type MacBaseline, RandomWithRetry } from '../rivals/mac-baselines.ts';
import { median, quantile, shuffled } from '../statistics.ts';

const bits = 20;
const size = 2 ** bits;
const fills = [0.01, 0.5, 0.9, 0.99, 0.999];
const batch = 10_000;

/** Something that leases one address at a time and stays as full as it is. */
interface Candidate {
  readonly name: string;
  fill(share: number): Promise<void>;
  /** Leases, and releases another one, which is not timed. Microseconds; undefined when it gave up. */
  once(): Promise<number | undefined>;
  close(): Promise<void>;
}

async function own(strategy: Strategy): Promise<Candidate> {
  const bench: LeaseBench = await openLeaseBench();
  const pool = benchPool(strategy, bits);
  const ids: number[] = [];
  let guest = 0;
  return {
    name: strategy,
    fill: async (share) => {
      const goal = Math.floor(size * share);
      while (ids.length < goal) {
        const count = Math.min(batch, goal - ids.length);
        const leases = await bench.leases.lease({ pool, wishes: count, state: 'active', actor, now: Date.now() });
        ids.push(...leases.map(({ id }) => id));
      }
    },
    once: async () => {
      const wishes = [{ guest: `g${guest++}`, nic: 0 }];
      const start = performance.now();
      const [lease] = await bench.leases.lease({ pool, wishes, state: 'active', actor, now: Date.now() });
      const took = (performance.now() - start) * 1000;
      const victim = randomInt(ids.length);
      const gone = ids[victim] as number;
      ids[victim] = lease?.id ?? 0;
      await bench.leases.release({ ids: [gone], quarantine: () => 0, actor, now: Date.now() });
      return took;
    },
    close: () => bench.close(),
  };
}

function rival(baseline: MacBaseline): Candidate {
  return {
    name: baseline.name,
    fill: async (share) => baseline.fill(share),
    once: async () => {
      const victim = baseline.held();
      const start = performance.now();
      const mac = baseline.lease();
      const took = (performance.now() - start) * 1000;
      if (mac === undefined) return undefined;
      baseline.release(baseline instanceof LinearScan ? mac : victim);
      return took;
    },
    close: async () => baseline.close(),
  };
}

/** The floor: one row of one column, durable. */
function bareCommit(directory: string): Candidate {
  const database = new DatabaseSync(join(directory, 'bare.sqlite'));
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table t (a integer primary key)');
  const insert = database.prepare('insert into t default values');
  return {
    name: 'one durable commit of one row',
    fill: async () => {},
    once: async () => {
      const start = performance.now();
      insert.run();
      return (performance.now() - start) * 1000;
    },
    close: async () => database.close(),
  };
}

/** By candidate, by fill: microseconds of each lease, and how often it gave up. */
type Seen = Map<string, Map<number, { times: number[]; refused: number }>>;

async function measure(options: BenchOptions): Promise<Seen> {
  const home = await openLeaseBench();
  const candidates: Candidate[] = [bareCommit(home.directory)];
  const seen: Seen = new Map();
  try {
    for (const strategy of strategies) candidates.push(await own(strategy));
    candidates.push(rival(new RandomWithRetry(join(home.directory, 'random.sqlite'), size)));
    candidates.push(rival(new LinearScan(join(home.directory, 'scan.sqlite'), size)));
    for (const share of options.quick ? [0.01, 0.999] : fills) {
      options.progress(`filling to ${share * 100} %`);
      for (const candidate of candidates) await candidate.fill(share);
      options.progress(`one lease at ${share * 100} %`);
      for (let round = 0; round < options.rounds; round++) {
        for (const candidate of shuffled(candidates)) {
          const times: number[] = [];
          let refused = 0;
          const repeats = candidate.name.startsWith('linear') ? 5 : 100;
          for (let i = 0; i < repeats; i++) {
            const took = await candidate.once();
            if (took === undefined) refused++;
            else times.push(took);
          }
          // The first round finds code and caches cold.
          if (round === 0 && options.rounds > 1) continue;
          const byFill = seen.get(candidate.name) ?? new Map();
          seen.set(candidate.name, byFill);
          const cell = byFill.get(share) ?? { times: [], refused: 0 };
          byFill.set(share, { times: cell.times.concat(times), refused: cell.refused + refused });
        }
      }
    }
    return seen;
  } finally {
    for (const candidate of candidates) await candidate.close();
    await home.close();
  }
}

function renderCell(cell: { times: number[]; refused: number } | undefined): string {
  if (cell === undefined || cell.times.length + cell.refused === 0) return '–';
  const share = cell.refused / (cell.times.length + cell.refused);
  const times =
    cell.times.length === 0 ? '' : `${microseconds(median(cell.times))} (${microseconds(quantile(cell.times, 0.99))})`;
  return share === 0 ? times : `${times} ${(share * 100).toFixed(0)} % gave up`.trim();
}

/** One lease at a time, at every fill, against the two ways that others use. */
export const allocation: Part = {
  name: 'allocation',
  run: async (options): Promise<Section> => {
    const seen = await measure(options);
    const levels = [...(seen.values().next().value?.keys() ?? [])];
    const of = (name: string, share: number): number[] => seen.get(name)?.get(share)?.times ?? [];
    const targets: Target[] = strategies.flatMap((strategy) => {
      const [low, high] = [of(strategy, levels[0] as number), of(strategy, levels.at(-1) as number)];
      const commit = quantile(of('one durable commit of one row', levels.at(-1) as number), 0.99);
      return [
        atMost(
          `One lease, ${strategy}, among ${thousands(size * (levels.at(-1) as number))}: 99th percentile without one durable commit`,
          quantile(high, 0.99) - commit,
          1000,
          (value) => `${microseconds(value)} µs`,
        ),
        atMost(`– the same at 99.9 % fill against 1 %, medians`, median(high) / median(low), 2, factor),
      ];
    });
    return {
      title: 'One MAC address',
      markdown: `Pools of 2^${bits} addresses in registries of their own, as full as the column says; each lease is durable when it is
answered, and another one is released after it. Microseconds, median (99th percentile). \`random with retry\` is OpenStack Neutron's
way (16 tries), \`linear scan\` looks through the range from its beginning, filled in order.

${table(
  ['one lease, µs', ...levels.map((share) => `${share * 100} % full`)],
  [...seen].map(([name, cells]) => [
    strategies.includes(name as Strategy) ? `**${name}**` : name,
    ...levels.map((share) => renderCell(cells.get(share))),
  ]),
)}`,
      targets,
      raw: Object.fromEntries([...seen].map(([name, cells]) => [name, Object.fromEntries(cells)])),
    };
  },
};
