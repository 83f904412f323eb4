import { Cell, namespacePath } from '../gateway/cell.ts';
import type { RulesetMaker } from '../gateway/ruleset.ts';
import { type BenchForward, buildScenario, type Scenario, shared } from '../gateway/scenario.ts';
import { LoadPair } from '../load/generator.ts';
import { type Candidate, measureRounds } from '../measure/rounds.ts';
import type { BenchOptions, Part, Section } from '../part.ts';
import { microseconds, percent, table } from '../report/format.ts';
import { natFloor } from '../rivals/baselines.ts';
import { bridgekeeper } from '../rivals/bridgekeeper.ts';

/** Fewer than one guest may open (renderSite). */
const perGuest = 200;

interface Held {
  readonly cell: Cell;
  readonly pair: LoadPair | undefined;
}

/** The forwards that hold sessions open: the first one of each of the first guests, away from the measured one. */
function holders(scenario: Scenario, sessions: number): readonly BenchForward[] {
  return scenario.forwards.slice(0, sessions / perGuest);
}

/** A gateway with so many idle connections through it. */
async function withSessions(maker: RulesetMaker, scenario: Scenario, sessions: number, core: number): Promise<Held> {
  const cell = new Cell(maker, scenario);
  if (sessions === 0) return { cell, pair: undefined };
  const pair = new LoadPair(core);
  const from = namespacePath(cell.client);
  for (const forward of holders(scenario, sessions)) {
    const { nic, targetPort, port } = forward;
    const serve = { namespace: namespacePath(cell.addGuest(nic)), address: nic.ip, port: targetPort };
    const order = {
      namespace: from,
      sources: [],
      address: shared,
      port,
      milliseconds: 0,
      warmUp: 0,
      rate: 0,
      count: perGuest,
    };
    await pair.run('hold', serve, order);
  }
  return { cell, pair };
}

/** New connections while many are open: the kernel counts sessions by walking lists of them. */
export const openSessions: Part = {
  name: 'open-sessions',
  run: async (options: BenchOptions, load: LoadPair): Promise<Section> => {
    const sizes = options.quick ? [0, 4000] : [0, 1000, 4000, 8000];
    const scenario = buildScenario(1000, 1000);
    const held: Held[] = [];
    try {
      const candidates: Candidate[] = [];
      const add = async (maker: RulesetMaker, of: Scenario, sessions: number): Promise<void> => {
        options.progress(`${maker.name} with ${sessions} open sessions`);
        const one = await withSessions(maker, of, sessions, options.core);
        held.push(one);
        const common = one.cell.inbound('last');
        candidates.push({ id: `${maker.name}, ${sessions}`, kind: 'connect', ...common });
        candidates.push({ id: `${maker.name}, ${sessions}, paced`, kind: 'connect', ...common, rate: 500 });
      };
      await add(natFloor, buildScenario(1, 1), 0);
      for (const sessions of sizes) await add(bridgekeeper, scenario, sessions);
      const seen = await measureRounds(candidates, { milliseconds: 300, warmUp: 10 }, options, load);
      const pace = (suffix: string): string => (suffix === '' ? 'as fast as it goes' : '500 connections/s');
      const row = (suffix: string): string[] => [
        `${bridgekeeper.name}, ${pace(suffix)}`,
        ...sizes.map((n) => microseconds(seen.cpu(`${bridgekeeper.name}, ${n}${suffix}`))),
      ];
      const floor = (suffix: string): string[] => [
        `${natFloor.name}, ${pace(suffix)}`,
        microseconds(seen.cpu(`${natFloor.name}, 0${suffix}`)),
        ...sizes.slice(1).map(() => ''),
      ];
      const loss = seen.share(`${bridgekeeper.name}, 4000`, `${bridgekeeper.name}, 0`);
      return {
        title: 'New connections while sessions are open',
        markdown: `Limits on sessions are counted by the kernel (nf_conncount), which looks through the open ones of a guest, or of all, at most
once per jiffy. ${perGuest} sessions stand open on each of the first guests; the load goes to another guest.

${table(['CPU µs per connection', ...sizes.map((n) => `${n} open`)], [row(''), row(', paced'), floor(''), floor(', paced')])}

With 4,000 sessions open, new connections come at ${percent(loss)} of the rate without.`,
        targets: [],
        raw: seen,
      };
    } finally {
      for (const { cell, pair } of held) {
        pair?.stop();
        cell.remove();
      }
    }
  },
};
