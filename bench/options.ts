import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly help: boolean;
  readonly quick: boolean;
  readonly only: readonly string[];
  readonly rounds: number | undefined;
}

export const usage = (parts: readonly string[]): string => `npm run bench -- [options]

Measures Bridgekeeper on this machine, in namespaces of its own, and writes docs/reference/performance.md.

  --quick        fewer sizes and rounds; writes bench/results/performance.md instead
  --only NAME    one part (repeatable): ${parts.join(', ')}; the others stay on the page as they were measured
  --rounds N     rounds of every measurement; at least 1
  --help
`;

/** Throws with a sentence for what cannot be understood. */
export function parseCommandLine(argv: readonly string[], parts: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of values.only) {
    if (!parts.includes(name)) throw new Error(`part "${name}" is not known; expected ${parts.join(', ')}`);
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 1000)) {
    throw new Error(`rounds "${values.rounds}" is not a whole number from 1 to 1000`);
  }
  return { help: values.help, quick: values.quick, only: values.only, rounds };
}
