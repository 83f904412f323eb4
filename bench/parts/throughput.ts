import { cpus } from 'node:os';
import { Cell } from '../gateway/cell.ts';
import type { RulesetMaker } from '../gateway/ruleset.ts';
import { buildScenario } from '../gateway/scenario.ts';
import { LoadPair } from '../load/generator.ts';
import { type Candidate, type Measurements, measureRounds } from '../measure/rounds.ts';
import { atLeast, type BenchOptions, type Part, type Section } from '../part.ts';
import { microseconds, percent, table } from '../report/format.ts';
import { conntrackOnly, natFloor, plainRouting } from '../rivals/baselines.ts';
import { bridgekeeper } from '../rivals/bridgekeeper.ts';

const runs: readonly (readonly [RulesetMaker, number])[] = [
  [plainRouting, 1],
  [conntrackOnly, 1],
  [natFloor, 1],
  [bridgekeeper, 1],
  [bridgekeeper, 10_000],
];
const name = (maker: RulesetMaker, forwards: number): string =>
  forwards === 1 ? maker.name : `${maker.name}, ${forwards} forwards`;
const length = { milliseconds: 250, warmUp: 50 };

function renderTable(seen: Measurements): string {
  const rows = runs.map(([maker, forwards]) => {
    const id = name(maker, forwards);
    return [
      id,
      ((seen.rate(id) * 8) / 1e9).toFixed(1),
      percent(seen.rateShare(id, plainRouting.name)),
      microseconds(seen.cpu(id) * 1e6),
      percent(seen.share(id, plainRouting.name)),
    ];
  });
  return table(['', 'Gbit/s', 'share of plain routing', 'CPU µs per MB', 'share of plain routing'], rows);
}

/** Sender and receiver each on a core of their own; undefined on a machine with one core. */
async function measureApart(
  candidates: readonly Candidate[],
  options: BenchOptions,
): Promise<Measurements | undefined> {
  if (cpus().length < 2) return undefined;
  const apart = new LoadPair(options.core, options.core - 1);
  try {
    return await measureRounds(candidates, length, options, apart);
  } finally {
    apart.stop();
  }
}

/** Established flows: one TCP stream as fast as it goes. */
export const throughput: Part = {
  name: 'throughput',
  run: async (options, load): Promise<Section> => {
    const cells: Cell[] = [];
    const candidates: Candidate[] = runs.map(([maker, forwards]) => {
      const cell = new Cell(maker, buildScenario(forwards, Math.min(forwards, 1000)));
      cells.push(cell);
      return { id: name(maker, forwards), kind: 'stream', ...cell.inbound('last') };
    });
    const together = await measureRounds(candidates, length, options, load);
    const apart = await measureApart(candidates, options);
    for (const cell of cells) cell.remove();
    const own = (apart ?? together).rateShare(name(bridgekeeper, 10_000), plainRouting.name);
    const floor = together.share(name(bridgekeeper, 10_000), conntrackOnly.name);
    return {
      title: 'TCP throughput',
      markdown: `One stream from outside to a guest.${apart ? `\n\nSender and receiver each on a core of their own:\n\n${renderTable(apart)}` : ''}

Both on one core, where every cycle of the gateway is taken from them:

${renderTable(together)}`,
      targets: [
        atLeast('TCP throughput equal to plain routing within 3 %, with 10,000 forwards', own, 0.97, percent),
        {
          ...atLeast('– on one core, against a kernel that only tracks connections (no target)', floor, 0, percent),
          expected: '–',
        },
      ],
      raw: { together, apart },
    };
  },
};
