import { atLeast, type Part, type Section } from '../part.ts';
import { actor, benchPool, openLeaseBench, type Strategy, strategies } from '../registry/lease-bench.ts';
import { table, thousands } from '../report/format.ts';
import { median } from '../statistics.ts';

const batch = 10_000;

/** Leases per second of each batch, one after the other, from an empty registry on. */
async function fillInBatches(strategy: Strategy, bits: number, batches: number): Promise<number[]> {
  const bench = await openLeaseBench();
  try {
    const pool = benchPool(strategy, bits);
    const rates: number[] = [];
    for (let i = 0; i < batches; i++) {
      const start = performance.now();
      await bench.leases.lease({ pool, wishes: batch, state: 'active', owner: 'bench', actor, now: Date.now() });
      rates.push(batch / ((performance.now() - start) / 1000));
    }
    return rates;
  } finally {
    await bench.close();
  }
}

const overall = (rates: readonly number[]): number =>
  (rates.length * batch) / rates.reduce((sum, rate) => sum + batch / rate, 0);

/** Durable batches of 10,000 leases. */
export const bulk: Part = {
  name: 'bulk',
  run: async (options): Promise<Section> => {
    const batches = options.quick ? 20 : 100;
    const repeats = options.quick ? 1 : 3;
    const seen = new Map<Strategy, number[][]>(strategies.map((strategy) => [strategy, []]));
    for (let i = 0; i < repeats; i++) {
      for (const strategy of strategies) {
        options.progress(`${thousands(batches * batch)} leases, ${strategy}, ${i + 1} of ${repeats}`);
        seen.get(strategy)?.push(await fillInBatches(strategy, 24, batches));
      }
    }
    const rate = (strategy: Strategy): number => median((seen.get(strategy) ?? []).map(overall));
    const last = (strategy: Strategy): number =>
      median((seen.get(strategy) ?? []).flatMap((rates) => rates.slice(-10)));
    return {
      title: 'Ten thousand MAC addresses at once',
      markdown: `Orders of 10,000 leases, one after the other, until ${thousands(batches * batch)} are held; pools of 2^24 addresses; each order is one
durable transaction with its entry in the journal. Leases per second.

${table(
  ['strategy', 'all of them', 'the last ten orders'],
  strategies.map((strategy) => [strategy, thousands(rate(strategy)), thousands(last(strategy))]),
)}`,
      targets: strategies.map((strategy) =>
        atLeast(`Leases per second in orders of 10,000, ${strategy}`, rate(strategy), 100_000, thousands),
      ),
      raw: Object.fromEntries(seen),
    };
  },
};
