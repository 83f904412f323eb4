import type { Explanation, LiveExplanation } from '../client/explain.ts';
import { paint, plainLine, renderTable } from './output.ts';

const colours = { delivered: 'green', passed: 'green', refused: 'red', dropped: 'red', stays: 'yellow' } as const;

const endText = ({ name, address, port, anyAddress }: Explanation['from']): string => {
  const at = anyAddress ? '' : ` (${address})`;
  return `${name}${at}${port === undefined ? '' : ` port ${port}`}`;
};

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Numbered steps, then the verdict and what would change it. */
export function renderExplanation(explanation: Explanation): string[] {
  const { protocol, from, to, verdict, text, steps, remedy } = explanation;
  // The end says what the verdict says.
  const way = steps.filter(({ place }) => place !== 'end');
  const rows = way.map((step, index) => [String(index + 1), step.place, step.text]);
  const lines = [`${protocol} from ${endText(from)} to ${endText(to)}`, ''];
  // The headings would only be in the way.
  lines.push(...renderTable(['>', '', ''], rows).slice(1), '');
  lines.push(`${paint(colours[verdict], capital(plainLine(text)), process.stdout)}.`);
  if (remedy !== undefined) lines.push(`To let it pass: ${plainLine(remedy)}`);
  return lines;
}

const clock = (at: number): string => {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(11, 23);
};

/** What was expected in one line, then packet by packet what the kernel did. */
export function renderLive(live: LiveExplanation, raw: boolean): string[] {
  const { expected, packets, seconds, full } = live;
  const lines = [`By the site: ${plainLine(expected.text)}.`];
  if (packets.length === 0) {
    lines.push(
      `In the kernel: no packet of this flow came within ${seconds} s. Was there any? If so, it was lost before it reached this host.`,
    );
    return lines;
  }
  for (const { at, direction, text, verdict, out, steps } of packets) {
    const arrow = direction === 'forth' ? '' : ' (answer)';
    const fate = paint(colours[verdict], verdict, process.stdout);
    const way = verdict === 'passed' && out !== undefined ? `, out of ${plainLine(out)}` : '';
    lines.push('', `${clock(at)}  ${plainLine(text)}${arrow}: ${fate}${way}`);
    for (const [index, step] of steps.entries()) {
      lines.push(`  ${String(index + 1).padStart(2)}  ${plainLine(step.text)}`);
      if (raw) lines.push(...step.raw.map((line) => `        ${plainLine(line)}`));
    }
    if (steps.length === 0) lines.push('      no rule had a say');
  }
  const first = packets.length === 1 ? 'This was the first packet' : `These were the first ${packets.length} packets`;
  if (full) lines.push('', `${first} of the flow; --packets shows more.`);
  return lines;
}
