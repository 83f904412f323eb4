import { Cell } from '../gateway/cell.ts';
import type { RulesetMaker } from '../gateway/ruleset.ts';
import { buildScenario } from '../gateway/scenario.ts';
import { type Candidate, measureRounds } from '../measure/rounds.ts';
import { atLeast, type Part, type Section } from '../part.ts';
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
    const seen = await measureRounds(
      candidates,
      { milliseconds: 250, warmUp: 50 },
      { ...options, rounds: options.rounds * 2 },
      load,
    );
    for (const cell of cells) cell.remove();
    const rows = runs.map(([maker, forwards]) => {
      const id = name(maker, forwards);
      return [
        id,
        ((seen.rate(id) * 8) / 1e9).toFixed(1),
        microseconds(seen.cpu(id) * 1e6),
        percent(seen.share(id, plainRouting.name)),
        percent(seen.spread(id)),
      ];
    });
    const own = seen.share(name(bridgekeeper, 10_000), plainRouting.name);
    return {
      title: 'TCP throughput',
      markdown: `One stream from outside to a guest, sender and receiver on the same core.

${table(['', 'Gbit/s, wall clock', 'CPU µs per MB', 'share of plain routing', 'spread of rounds'], rows)}`,
      targets: [
        atLeast('TCP throughput equal to plain routing, within noise (3 %), with 10,000 forwards', own, 0.97, percent),
      ],
      raw: seen,
    };
  },
};
