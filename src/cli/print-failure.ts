import { AppError, isAppError, type Mistake } from '../errors/app-error.ts';
import { problemOf, renderProblem } from '../errors/problem.ts';
import { paint, plain } from './output.ts';
import { latestSource } from './site-source.ts';

function renderDetails(error: AppError): string[] {
  const { argv, exitCode, stderr } = error.details;
  const lines: string[] = [];
  if (Array.isArray(argv)) lines.push(`  command: ${argv.map((word) => JSON.stringify(word)).join(' ')}`);
  if (typeof exitCode === 'number') lines.push(`  exit status: ${exitCode}`);
  if (typeof stderr === 'string' && stderr.trim() !== '') {
    lines.push(
      ...stderr
        .trimEnd()
        .split('\n', 50)
        .map((line) => `  ${line}`),
    );
  }
  return lines.map(plain);
}

/** `site.yaml:12:7: error: …`, the line itself, what was seen and what was expected, for each mistake, on stderr. */
export async function printMistakes(mistakes: readonly Mistake[]): Promise<void> {
  if (mistakes.length === 0) return;
  const { renderMistakes } = await import('../model/render-mistakes.ts');
  const source = latestSource();
  process.stderr.write(renderMistakes(mistakes, source?.file ?? 'site', source?.text));
}

/** Says on stderr what went wrong (as a problem document with `json`). Answers the exit status. */
export async function printFailure(error: unknown, json: boolean): Promise<number> {
  const failure = isAppError(error) ? error : new AppError('internal', problemOf(error).detail, { cause: error });
  if (json) {
    process.stderr.write(`${renderProblem(problemOf(failure), 2)}\n`);
    return failure.exitStatus;
  }
  // The sentence of a request that the API could not read has them all.
  if (failure.code !== 'request-invalid') await printMistakes(failure.mistakes);
  const lines = [`${paint('red', 'bridgekeeper')}: ${plain(failure.message)}`, ...renderDetails(failure)];
  lines.push(`  ${failure.remedy}`);
  if (failure.code === 'internal' && failure.cause instanceof Error) lines.push(failure.cause.stack ?? '');
  process.stderr.write(`${lines.join('\n')}\n`);
  return failure.exitStatus;
}
