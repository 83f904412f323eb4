import { rmSync } from 'node:fs';
import { atLeast, type Part, type Section } from '../part.ts';
import { makeBenchFolder } from '../registry/lease-bench.ts';
import { runStorm } from '../registry/storm.ts';
import { table, thousands } from '../report/format.ts';

/** Sixteen writers in four processes, killed again and again. */
export const writers: Part = {
  name: 'writers',
  run: async (options): Promise<Section> => {
    const goal = options.quick ? 50_000 : 1_000_000;
    const directory = makeBenchFolder();
    const result = await runStorm({
      directory,
      processes: 4,
      operations: goal,
      bits: 18,
      bound: 900,
      progress: options.progress,
    });
    rmSync(directory, { recursive: true, force: true });
    return {
      title: 'Sixteen writers at once',
      markdown: `Four processes with four writers each lease (one, or up to 200 at once), rotate and release on one registry; their pools have all
four strategies and the same 2^18 addresses, so they compete for each. Every half to two seconds one process is killed with
SIGKILL and started again; a request without an answer is repeated under its request key. At the end every lease that was ever
acknowledged is looked for, and the chain of the journal is computed anew.

${table(
  ['operations acknowledged', 'kills', 'per second', 'held twice, lost or damaged'],
  [
    [
      thousands(result.operations),
      thousands(result.kills),
      thousands(result.operations / result.seconds),
      result.broken.length === 0 ? 'none' : result.broken.slice(0, 3).join('; '),
    ],
  ],
)}`,
      targets: [
        atLeast('Operations of 16 writers in 4 processes, killed at random', result.operations, goal, thousands),
        {
          text: '– addresses held twice, acknowledged leases lost, damage',
          expected: '0',
          seen: String(result.broken.length),
          met: result.broken.length === 0,
        },
      ],
      raw: result,
    };
  },
};
