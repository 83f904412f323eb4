import { Cell, ipBatch, namespacePath } from '../gateway/cell.ts';
import type { RulesetMaker } from '../gateway/ruleset.ts';
import { runInNamespace } from '../gateway/run-tool.ts';
import { buildScenario, clientAddress } from '../gateway/scenario.ts';
import { type LoadPair, nextAnswer, startPinned } from '../load/generator.ts';
import type { ClientResult, FloodAnswer, FloodOrder, FloodRequest } from '../load/messages.ts';
import { atLeast, type BenchOptions, type Part, type Section } from '../part.ts';
import { microseconds, percent, table, thousands } from '../report/format.ts';
import { bridgekeeper } from '../rivals/bridgekeeper.ts';
import { median, medianRatio, shuffled } from '../statistics.ts';

/** Address that the guest does not have: the guard drops what it sends from there. */
const foreign = '10.77.15.250';
const runMilliseconds = 400;
/** Milliseconds in which the flood uses up what its guest may open. */
const settleMilliseconds = 400;
const refusals = ['refused_new_sessions', 'refused_guest_sessions', 'refused_sessions'];

/** What one guest does meanwhile. */
interface Situation {
  readonly id: string;
  readonly flood?: Pick<FloodOrder, 'source' | 'ports' | 'rate'>;
}

interface Seen {
  readonly rate: number[];
  readonly cpu: number[];
  readonly floodRate: number[];
}

/** One guest sends on the other core while `work` runs; answers how many datagrams a second it sent. */
async function whileFlooding<Result>(
  { flood }: Situation,
  attacker: string,
  core: number,
  work: () => Promise<Result>,
): Promise<{ result: Result; floodRate: number }> {
  if (flood === undefined) return { result: await work(), floodRate: 0 };
  const child = startPinned('flood.ts', core);
  try {
    const ready = nextAnswer<FloodAnswer>(child, 10_000);
    const namespace = namespacePath(attacker);
    child.send({ kind: 'flood', namespace, address: clientAddress, ...flood } satisfies FloodRequest);
    await ready;
    const start = performance.now();
    await new Promise((resolve) => setTimeout(resolve, settleMilliseconds));
    const result = await work();
    const answer = nextAnswer<FloodAnswer>(child, 10_000);
    child.send({ kind: 'stop' } satisfies FloodRequest);
    const flooded = await answer;
    const sent = flooded.kind === 'flooded' ? flooded.sent : 0;
    return { result, floodRate: (sent / (performance.now() - start)) * 1000 };
  } finally {
    child.kill('SIGKILL');
  }
}

/** A gateway whose first guest attacks; what reaches the world is thrown away there. */
function buildCell(maker: RulesetMaker): { cell: Cell; attacker: string; own: string } {
  // So many NICs that their limits together exceed that of the site: every count is at work.
  const scenario = buildScenario(1000, 1000);
  const cell = new Cell(maker, scenario);
  const [nic] = scenario.nics;
  if (nic === undefined) throw new Error('the scenario has no NIC');
  const attacker = cell.addGuest(nic);
  ipBatch(attacker, [`addr add ${foreign}/20 dev eth0`]);
  const quiet = 'table ip quiet { chain in { type filter hook prerouting priority raw; udp dport 1024-65535 drop; }; }';
  runInNamespace(cell.client, ['nft', '-f', '/dev/stdin'], quiet);
  return { cell, attacker, own: nic.ip };
}

function refusedOf({ gateway }: Cell): Record<string, number> {
  const listing = runInNamespace(gateway, ['nft', 'list', 'counters', 'table', 'inet', 'bridgekeeper']);
  return Object.fromEntries(
    refusals.map((name) => [name, Number(new RegExp(`counter ${name} \\{\\s+packets (\\d+)`).exec(listing)?.[1] ?? 0)]),
  );
}

async function measure(
  cell: Cell,
  attacker: string,
  situations: readonly Situation[],
  options: BenchOptions,
  load: LoadPair,
): Promise<Map<string, Seen>> {
  const seen = new Map<string, Seen>(situations.map(({ id }) => [id, { rate: [], cpu: [], floodRate: [] }]));
  const { serve, from, to } = cell.inbound('last');
  const order = { namespace: from, sources: [], ...to, milliseconds: runMilliseconds, warmUp: 10, rate: 0 };
  for (let round = 0; round <= options.rounds; round++) {
    options.progress(round === 0 ? 'warm-up round' : `round ${round} of ${options.rounds}`);
    for (const situation of shuffled(situations)) {
      const { result, floodRate } = await whileFlooding(situation, attacker, options.core === 0 ? 1 : 0, () =>
        load.run('connect', serve, order),
      );
      cell.flush();
      const { failed, failure } = result;
      if (failed > 0) throw new Error(`${situation.id}: ${failed} connections of others failed (${failure})`);
      if (round > 0) note(seen.get(situation.id) as Seen, result, floodRate);
    }
  }
  return seen;
}

function note(seen: Seen, { done, wallNs, cpuNs }: ClientResult, floodRate: number): void {
  seen.rate.push((done / wallNs) * 1e9);
  seen.cpu.push(cpuNs / done / 1000);
  seen.floodRate.push(floodRate);
}

/** Ten times what a guest may begin unless the site says otherwise. */
const pace = 2_000;
const every = 64_512;
const quiet = 'nobody else does anything';
const allowed = 'a guest sends as fast as it can, in one session';
const dropped = 'a guest sends as fast as it can what the guard drops';
const attack = 'a guest begins sessions as fast as it can';
const paced = `a guest begins ${pace} sessions a second`;

/** Connections of others while one guest uses up what it may open. */
export const fairness: Part = {
  name: 'fairness',
  run: async (options: BenchOptions, load: LoadPair): Promise<Section> => {
    const { cell, attacker, own } = buildCell(bridgekeeper);
    try {
      const situations: Situation[] = [
        { id: quiet },
        { id: paced, flood: { source: own, ports: every, rate: pace } },
        { id: dropped, flood: { source: foreign, ports: every, rate: 0 } },
        { id: allowed, flood: { source: own, ports: 1, rate: 0 } },
        { id: attack, flood: { source: own, ports: every, rate: 0 } },
      ];
      const seen = await measure(cell, attacker, situations, options, load);
      const of = (id: string): Seen => seen.get(id) as Seen;
      const rate = (id: string, reference: string): number => medianRatio(of(id).rate, of(reference).rate);
      const cost = (id: string, reference: string): number => medianRatio(of(reference).cpu, of(id).cpu);
      const rows = situations.map(({ id }) => [
        id,
        thousands(median(of(id).floodRate)),
        thousands(median(of(id).rate)),
        microseconds(median(of(id).cpu)),
        percent(cost(id, quiet)),
      ]);
      const refused = refusedOf(cell);
      return {
        title: 'Others while one guest opens sessions until refused',
        markdown: `Connections to one guest are made on one core. Meanwhile another guest begins session after session from the other core (a datagram
each): after a moment it has what it may open, and everything else is refused. None of the others' connections failed.

${table(['meanwhile', 'datagrams/s of that guest', 'connections/s of others', 'CPU µs per connection', 'work per CPU time, of quiet'], rows)}

Two cores that are both busy share caches and memory, whatever they do: so the guest that begins sessions as fast as one core
can is compared with the same guest sending as fast as it can what it may send. Rates of wall time say something only on a
machine that does nothing else: with ${pace} sessions a second begun they are ${percent(rate(paced, quiet))} of quiet, with all
that one core can ${percent(rate(attack, allowed))} of those beside one busy session.

Refused: ${refusals.map((name) => `${thousands(refused[name] ?? 0)} by \`${name}\``).join(', ')}.`,
        targets: [
          atLeast(
            `Others' connections while a guest begins ${pace} sessions/s, against quiet`,
            cost(paced, quiet),
            0.95,
            percent,
          ),
          atLeast(
            "Others' connections while a guest begins sessions as fast as it can, against a guest that sends",
            cost(attack, allowed),
            0.95,
            percent,
          ),
        ],
        raw: { seen: Object.fromEntries(seen), refused },
      };
    } finally {
      cell.remove();
    }
  },
};
