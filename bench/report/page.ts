import type { Section } from '../part.ts';
import { table } from './format.ts';

const method = `Each system has a gateway of its own, in network namespaces: \`client – gateway – guests\`, joined by veth; the guests are ports of
a bridge on the gateway. One client process and one server process make the load, both on one core, with blocking calls of the
C library. All work on a packet is then done on that core, in their time or in ksoftirqd's, so the CPU time of these three per
connection is what a connection costs, whatever else the machine does. Everything is measured in rounds: each round runs every
candidate once, in random order; a ratio is the median of the rounds' own ratios, a number the median over the rounds.
Tracked connections are flushed after every run; the first round is thrown away.`;

/** The page docs/reference/performance.md. */
export function renderPage(sections: readonly Section[], machine: readonly string[], rounds: number): string {
  const targets = sections.flatMap((section) => section.targets);
  const rows = targets.map(({ text, expected, seen, met }) => [
    text,
    expected,
    seen,
    expected === '–' ? '' : met ? 'yes' : '**no**',
  ]);
  const missed = targets.filter((target) => !target.met).length;
  const verdict =
    missed === 0 ? 'Every target is met.' : `${missed} of the targets below ${missed === 1 ? 'is' : 'are'} missed.`;
  return `# Performance

Measured by \`npm run bench\`, which writes this page. Read the ratios, not the absolute numbers: those are this machine's.

${machine.map((line) => `- ${line}`).join('\n')}
- Rounds: ${rounds}

## Targets

${verdict}

${table(['target', 'expected', 'seen', 'met'], rows)}

## Method

${method}

${sections.map((section) => `## ${section.title}\n\n${section.markdown}`).join('\n\n')}
`;
}
