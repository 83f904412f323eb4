import { Cell } from '../gateway/cell.ts';
import type { RulesetMaker } from '../gateway/ruleset.ts';
import { buildScenario, type Position } from '../gateway/scenario.ts';
import { type Candidate, type Measurements, measureRounds } from '../measure/rounds.ts';
import { atLeast, atMost, type Part, type Section, type Target } from '../part.ts';
import { factor, microseconds, percent, table } from '../report/format.ts';
import { conntrackOnly, linearNft, natFloor, plainRouting } from '../rivals/baselines.ts';
import { bridgekeeper } from '../rivals/bridgekeeper.ts';
import { docker } from '../rivals/docker.ts';
import { hookLegacy, hookNft, hookNftPerGuest } from '../rivals/hook-script.ts';
import { incus } from '../rivals/incus.ts';

const baselines = [plainRouting, conntrackOnly, natFloor];
const systems = [bridgekeeper, linearNft, incus, hookLegacy, docker, hookNftPerGuest, hookNft];
const most = 10_000;

const id = (maker: RulesetMaker, forwards: number, position: Position = 'last'): string =>
  `${maker.name}, ${forwards} forwards, ${position}`;

interface Plan {
  readonly cells: Cell[];
  readonly candidates: Candidate[];
}

function buildCells(sizes: readonly number[], progress: (text: string) => void): Plan {
  const plan: Plan = { cells: [], candidates: [] };
  const add = (maker: RulesetMaker, forwards: number, positions: readonly Position[]): void => {
    progress(`loading ${maker.name} with ${forwards} forwards`);
    const cell = new Cell(maker, buildScenario(forwards, Math.min(forwards, 1000)), positions);
    plan.cells.push(cell);
    for (const position of positions) {
      plan.candidates.push({
        id: id(maker, forwards, position),
        kind: 'connect',
        ...cell.inbound(position),
        reset: () => cell.flush(),
      });
    }
  };
  for (const maker of baselines) add(maker, 1, ['last']);
  for (const maker of systems) {
    for (const forwards of sizes) add(maker, forwards, forwards === most ? ['last', 'middle'] : ['last']);
  }
  return plan;
}

function renderTable(sizes: readonly number[], seen: Measurements): string {
  const plain = id(plainRouting, 1);
  const cell = (name: string): string => `${microseconds(seen.cpu(name))} (${percent(seen.share(name, plain))})`;
  const empty = [...sizes.slice(1), most].map(() => '');
  const header = ['CPU µs per connection (share of plain routing)', ...sizes.map((n) => `${n}`), `${most}, middle`];
  return table(header, [
    ...baselines.map((maker) => [maker.name, cell(id(maker, 1)), ...empty]),
    ...systems.map((maker) => [
      maker === bridgekeeper ? `**${maker.name}**` : maker.name,
      ...sizes.map((n) => cell(id(maker, n))),
      cell(id(maker, most, 'middle')),
    ]),
  ]);
}

function renderRates(sizes: readonly number[], seen: Measurements): string {
  const cell = (name: string): string => Math.round(seen.rate(name)).toString();
  const rows = [
    ...baselines.map((maker) => [maker.name, cell(id(maker, 1)), ...sizes.slice(1).map(() => '')]),
    ...systems.map((maker) => [maker.name, ...sizes.map((n) => cell(id(maker, n)))]),
  ];
  return table(['connections/s, wall clock, one core', ...sizes.map((n) => `${n}`)], rows);
}

function targets(seen: Measurements): Target[] {
  const own = id(bridgekeeper, most);
  const times = (maker: RulesetMaker, goal: number): Target[] => [
    atLeast(
      `Connections, against ${maker.name} at 10,000 forwards, worst position`,
      seen.share(own, id(maker, most)),
      goal,
      factor,
    ),
    {
      ...atLeast(
        '– the same, middle position (no target)',
        seen.share(id(bridgekeeper, most, 'middle'), id(maker, most, 'middle')),
        0,
        factor,
      ),
      expected: '–',
    },
  ];
  return [
    atMost(
      'Flat: CPU per connection at 10,000 forwards against 1',
      seen.share(id(bridgekeeper, 1), own),
      1.05,
      percent,
    ),
    atLeast(
      'Connection rate of the NAT floor, with 10,000 forwards and 1,000 guarded NICs',
      seen.share(own, id(natFloor, 1)),
      0.93,
      percent,
    ),
    atLeast('Connection rate of plain routing', seen.share(own, id(plainRouting, 1)), 0.7, percent),
    ...times(hookNft, 35),
    ...times(docker, 12),
    ...times(incus, 5),
  ];
}

/** New TCP connections from outside to a published port: what the forwards of each system cost. */
export const dataPath: Part = {
  name: 'data-path',
  run: async (options, load): Promise<Section> => {
    const sizes = options.quick ? [1, 1000, most] : [1, 100, 1000, most];
    const { cells, candidates } = buildCells(sizes, options.progress);
    const seen = await measureRounds(candidates, { milliseconds: 200, warmUp: 10 }, options, load);
    for (const cell of cells) cell.remove();
    const sources = systems.map((maker) => `- ${maker.name}: ${maker.source}`).join('\n');
    return {
      title: 'The data path: new inbound TCP connections',
      markdown: `A client outside connects to a published port; handshake, 64 bytes there, 64 bytes back, orderly close. With N forwards
there are min(N, 1,000) NICs. The load goes to the forward that a linear ruleset finds last; the last column takes the one in
the middle. Bridgekeeper carries its whole ruleset here: guard of every NIC, translation, policies, limits. The others carry
their port forwards alone.

${renderTable(sizes, seen)}

${renderRates(sizes, seen)}

The rules were written after these sources:

${sources}`,
      targets: targets(seen),
      raw: seen,
    };
  },
};
