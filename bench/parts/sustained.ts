import { cpus } from 'node:os';
import { ipBatch, namespacePath } from '../gateway/cell.ts';
import { DaemonCell } from '../gateway/daemon-cell.ts';
import { runInNamespace } from '../gateway/run-tool.ts';
import { type BenchForward, buildScenario, clientAddress, forwardAt, shared } from '../gateway/scenario.ts';
import { renderSite } from '../gateway/site-text.ts';
import { LoadPair } from '../load/generator.ts';
import type { ClientResult } from '../load/messages.ts';
import { atLeast, atMost, type BenchOptions, type Part, type Section } from '../part.ts';
import { table, thousands } from '../report/format.ts';

const wanted = 9000;
/** Source addresses of each client: with 64,000 ports each, no connection of the run has the 4-tuple of another. */
const sourcesPerClient = 40;

interface Watched {
  readonly results: ClientResult[];
  readonly mostTracked: number;
  readonly statistics: string;
}

function conntrack(cell: DaemonCell, name: string): number {
  return Number(runInNamespace(cell.gateway, ['cat', `/proc/sys/net/netfilter/${name}`]));
}

async function runLoad(cell: DaemonCell, options: BenchOptions, seconds: number): Promise<Watched> {
  const cores = Math.min(cpus().length, 2);
  const pairs = Array.from({ length: cores }, (_, core) => new LoadPair(cpus().length - 1 - core));
  const sources = Array.from({ length: cores }, (_, core) =>
    Array.from({ length: sourcesPerClient }, (_unused, i) => `203.0.113.${30 + core * sourcesPerClient + i}`),
  );
  ipBatch(
    cell.outside,
    sources.flat().map((address) => `addr add ${address}/24 dev eth0`),
  );
  let mostTracked = 0;
  const timer = setInterval(() => {
    mostTracked = Math.max(mostTracked, conntrack(cell, 'nf_conntrack_count'));
  }, 1000);
  try {
    const results = await Promise.all(
      pairs.map((pair, i) => {
        const forward = forwardAt(cell.scenario, i === 0 ? 'last' : 'middle') satisfies BenchForward;
        const to = { address: shared, port: forward.port };
        const common = { namespace: namespacePath(cell.outside), sources: sources[i] ?? [clientAddress], ...to };
        return pair.run('connect', cell.plugIn(forward), {
          ...common,
          milliseconds: seconds * 1000,
          warmUp: 0,
          rate: wanted / cores,
        });
      }),
    );
    options.progress(`most connections tracked at once: ${mostTracked}`);
    const statistics = runInNamespace(cell.gateway, ['conntrack', '-S']);
    return { results, mostTracked, statistics };
  } finally {
    clearInterval(timer);
    for (const pair of pairs) pair.stop();
  }
}

/** Sum over all cores of one number of `conntrack -S`. */
function sum(statistics: string, name: string): number {
  return [...statistics.matchAll(new RegExp(`\\b${name}=(\\d+)`, 'g'))].reduce(
    (all, [, value]) => all + Number(value),
    0,
  );
}

/** New connections for minutes, against the gateway that the daemon built: does the conntrack table stop it? */
export const sustained: Part = {
  name: 'sustained',
  run: async (options): Promise<Section> => {
    const seconds = options.quick ? 20 : 180;
    const cell = new DaemonCell(buildScenario(10_000, 1000));
    try {
      await cell.start();
      await cell.client.apply({ site: renderSite(cell.scenario) });
      const size = conntrack(cell, 'nf_conntrack_max');
      options.progress(`${wanted} connections/s for ${seconds} s`);
      const { results, mostTracked, statistics } = await runLoad(cell, options, seconds);
      const done = results.reduce((all, result) => all + result.done, 0);
      const refused = results.reduce((all, result) => all + result.failed, 0);
      const rate = done / Math.max(...results.map((result) => result.wallNs / 1e9));
      const failures = results.map((result) => result.failure).filter((text) => text !== '');
      return {
        title: 'Sustained load',
        markdown: `${thousands(wanted)} new connections/s asked for, ${seconds} s, through the daemon's gateway with 10,000 forwards and 1,000 NICs,
from ${results.length * sourcesPerClient} source addresses to two guests. The table holds ${thousands(size)} connections.

${table(
  ['', ''],
  [
    ['connections made', thousands(done)],
    ['connections/s', thousands(rate)],
    ['refused or failed', `${thousands(refused)} ${failures.join(', ')}`],
    ['most connections tracked at once', thousands(mostTracked)],
    [
      'dropped, early dropped, insertion failed (conntrack -S)',
      ['drop', 'early_drop', 'insert_failed'].map((name) => sum(statistics, name)).join(', '),
    ],
  ],
)}`,
        targets: [
          atMost(`Refused connections at ${thousands(wanted)}/s for ${seconds} s`, refused, 0, thousands),
          atLeast('– the rate that the load reached', rate, wanted * 0.99, thousands),
        ],
        raw: { results, mostTracked, statistics },
      };
    } finally {
      await cell.remove();
    }
  },
};
