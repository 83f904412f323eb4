import type { ApplyResult, PlanResult } from '../client/client.ts';
import { paint, plain, print, printJson, renderTime } from './output.ts';
import { printMistakes } from './print-failure.ts';

const marks = { add: ['green', '+'], remove: ['red', '-'], change: ['yellow', '~'] } as const;

/** One line of a plan: `+ forward "tcp/8080" …`. */
export function renderPlanLine(line: PlanResult['lines'][number]): string {
  const [colour, mark] = marks[line.change];
  return `${paint(colour, mark, process.stdout)} ${plain(line.text)}`;
}

/** What was applied, or the same as JSON. Warnings go to stderr, so that stdout holds the result alone. */
export async function printApplied(result: ApplyResult, json: boolean | undefined): Promise<void> {
  if (json) {
    printJson(result);
    return;
  }
  await printMistakes(result.warnings);
  const { plan = 0, kernel = 0, commit = 0, total = plan + kernel + commit } = result.timings;
  print(
    ...result.lines.map(renderPlanLine),
    // A tenant is not told how many revisions there are, nor how long others took.
    result.revision.number === 0
      ? 'Applied.'
      : `Applied as revision ${result.revision.number} in ${total.toFixed(0)} ms.`,
  );
  if (result.confirmBy !== undefined) {
    print(`It rolls back by itself at ${renderTime(result.confirmBy)} unless \`bridgekeeper confirm\` follows.`);
  }
}
