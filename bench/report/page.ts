import { table } from './format.ts';
import type { Measured } from './measured.ts';

const method = `Each system has a gateway of its own, in network namespaces: \`client – gateway – guests\`, joined by veth; the guests are ports of
a bridge on the gateway. One client process and one server process make the load, both on one core, with blocking calls of the
C library. All work on a packet is then done on that core, in their time or in ksoftirqd's, so the CPU time of these three per
connection is what a connection costs, whatever else the machine does. Everything is measured in rounds: each round runs every
candidate once, in random order; a ratio is the median of the rounds' own ratios, a number the median over the rounds.
Tracked connections are flushed after every run; the first round is thrown away.`;

const lines = (texts: readonly string[]): string => texts.map((text) => `- ${text}`).join('\n');

/** When a part was measured, where that differs from the first one's. */
function occasion({ rounds, machine }: Measured, first: Measured): string {
  const differing = [...machine.filter((line) => !first.machine.includes(line)), `Rounds: ${rounds}`];
  return machine.join() === first.machine.join() && rounds === first.rounds ? '' : `${lines(differing)}\n\n`;
}

/** The page docs/reference/performance.md: what each part showed when it was last measured. */
export function renderPage(sections: readonly Measured[]): string {
  const [first] = sections;
  if (first === undefined) throw new Error('nothing was measured, so there is no page to write');
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
A part that was measured at another time than the first one says so.

${lines([...first.machine, `Rounds: ${first.rounds}`])}

## Targets

${verdict}

${table(['target', 'expected', 'seen', 'met'], rows)}

## Method

${method}

${sections.map((section) => `## ${section.title}\n\n${occasion(section, first)}${section.markdown}`).join('\n\n')}
`;
}
