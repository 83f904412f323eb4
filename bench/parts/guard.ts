import { Cell } from '../gateway/cell.ts';
import type { RulesetMaker } from '../gateway/ruleset.ts';
import { buildScenario, clientAddress, forwardAt } from '../gateway/scenario.ts';
import { type Candidate, type Measurements, measureRounds } from '../measure/rounds.ts';
import { atLeast, type Part, type Section } from '../part.ts';
import { microseconds, percent, table } from '../report/format.ts';
import { plainRouting } from '../rivals/baselines.ts';
import { bridgekeeperGuard } from '../rivals/bridgekeeper.ts';
import { ebtables } from '../rivals/ebtables.ts';
import { incusFilter } from '../rivals/incus.ts';

const systems = [bridgekeeperGuard, ebtables, incusFilter];
const most = 1000;
const loads = ['routed', 'bridged', 'datagrams'] as const;
type Load = (typeof loads)[number];

const id = (maker: RulesetMaker, nics: number, load: Load): string => `${maker.name}, ${nics} NICs, ${load}`;

/** From outside to the last guest, from one guest to another on the same bridge, and datagrams that a guest sends out. */
function candidatesOf(cell: Cell, maker: RulesetMaker, nics: number): Candidate[] {
  const last = cell.inbound('last');
  const other = cell.addGuest(forwardAt(cell.scenario, 'middle').nic);
  const from = last.serve.namespace;
  const outside = { namespace: `/run/netns/${cell.client}`, address: clientAddress, port: 9000 };
  return [
    { id: id(maker, nics, 'routed'), kind: 'connect', ...last },
    ...(nics > 1
      ? [
          {
            id: id(maker, nics, 'bridged'),
            kind: 'connect' as const,
            serve: last.serve,
            from: `/run/netns/${other}`,
            to: last.to,
          },
        ]
      : []),
    {
      id: id(maker, nics, 'datagrams'),
      kind: 'datagrams',
      serve: outside,
      from,
      to: { address: clientAddress, port: 9000 },
    },
  ];
}

function renderTable(load: Load, sizes: readonly number[], seen: Measurements): string {
  const reference = id(plainRouting, most, load);
  const cell = (name: string): string => `${microseconds(seen.cpu(name))} (${percent(seen.share(name, reference))})`;
  const titles = {
    routed: 'CPU µs per connection from outside',
    bridged: 'CPU µs per connection between two guests of one bridge',
    datagrams: 'CPU µs per 64-byte datagram that a guest sends out',
  };
  return table(
    [`${titles[load]} (share of unguarded)`, ...sizes.map((n) => `${n} NICs`)],
    [
      ['unguarded', ...sizes.map((n) => (n === most ? cell(reference) : ''))],
      ...systems.map((maker) => [maker.name, ...sizes.map((n) => cell(id(maker, n, load)))]),
    ],
  );
}

/** Anti-spoofing alone: plain routing and bridging, with and without the guard of each system. */
export const guard: Part = {
  name: 'guard',
  run: async (options, load): Promise<Section> => {
    const sizes = options.quick ? [most] : [1, 100, most];
    const cells: Cell[] = [];
    const candidates: Candidate[] = [];
    const add = (maker: RulesetMaker, nics: number): void => {
      options.progress(`loading ${maker.name} with ${nics} NICs`);
      const cell = new Cell(maker, buildScenario(nics, nics), nics > 1 ? ['last', 'middle'] : ['last']);
      cells.push(cell);
      candidates.push(...candidatesOf(cell, maker, nics));
    };
    add(plainRouting, most);
    for (const maker of systems) for (const nics of sizes) add(maker, nics);
    const seen = await measureRounds(candidates, { milliseconds: 200, warmUp: 10 }, options, load);
    for (const cell of cells) cell.remove();
    const bridgedSizes = sizes.filter((n) => n > 1);
    const share = (kind: Load): number => seen.share(id(bridgekeeperGuard, most, kind), id(plainRouting, most, kind));
    return {
      title: 'The guard: anti-spoofing of every NIC',
      markdown: `No translation and no connection tracking: only the rules that keep a NIC to its own MAC and IP addresses. The load goes
to the NIC whose rules stand last. ${ebtables.name}: ${ebtables.source}. ${incusFilter.name}: ${incusFilter.source}.

${renderTable('routed', sizes, seen)}

${renderTable('bridged', bridgedSizes, seen)}

${renderTable('datagrams', sizes, seen)}`,
      targets: [
        atLeast('1,000 guarded NICs against unguarded, connections from outside', share('routed'), 0.93, percent),
        { ...atLeast('– between two guests of one bridge (no target)', share('bridged'), 0, percent), expected: '–' },
        { ...atLeast('– datagrams that a guest sends (no target)', share('datagrams'), 0, percent), expected: '–' },
      ],
      raw: seen,
    };
  },
};
