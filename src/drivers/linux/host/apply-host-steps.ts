import { AppError } from '../../../errors/app-error.ts';
import type { HostAction, HostCommand, HostStep } from './host-item.ts';
import { renderAction, runActions } from './run-actions.ts';

export interface ApplyOptions {
  /**
   * Called before each step, when all steps before it have run; what it throws makes the step fail. The steps run one
   * by one then, not in batches.
   */
  readonly onStep?: (index: number, step: { readonly text: string }) => void | Promise<void>;
}

interface Failure {
  /** Commands that ran, all steps together. */
  readonly done: number;
  readonly reason: string;
  readonly cause?: unknown;
}

/**
 * What is as it was needs no undoing: a guest that stopped took its port along, a bridge that went down its IPv6
 * addresses.
 */
const alreadySo =
  /Cannot find device|No such device|No such file|No such process|not found|Cannot assign|File exists|ENOENT/;

async function takeBack(commands: readonly HostCommand[], broken: HostCommand | undefined): Promise<string[]> {
  const actions: HostAction[] = commands.toReversed().flatMap((command) => command.undo);
  // A command that failed may have done a part of its work (several settings of one link); what it did not do, its
  // undo need not find.
  if (broken !== undefined) await runActions(broken.undo, { force: true });
  const failures = await runActions(actions, { force: true });
  return failures.flatMap(({ index, reason }) =>
    alreadySo.test(reason) ? [] : [`${renderAction(actions[index] as HostAction)}: ${reason}`],
  );
}

async function runBatched(commands: readonly HostCommand[]): Promise<Failure | undefined> {
  const [failure] = await runActions(commands, { force: false });
  return failure && { done: failure.index, reason: failure.reason };
}

async function runOneByOne(
  steps: readonly HostStep[],
  onStep: NonNullable<ApplyOptions['onStep']>,
): Promise<Failure | undefined> {
  let done = 0;
  for (const [index, step] of steps.entries()) {
    try {
      await onStep(index, step);
    } catch (cause) {
      return { done, reason: cause instanceof Error ? cause.message : String(cause), cause };
    }
    const failure = await runBatched(step.commands);
    if (failure) return { ...failure, done: done + failure.done };
    done += step.commands.length;
  }
  return undefined;
}

/**
 * Runs the steps in order. When one fails, everything that ran is undone in reverse, and `apply-failed` names the step,
 * the command and what the kernel said; `undo-failed` when something could not be undone (details.left lists it).
 */
export async function applyHostSteps(steps: readonly HostStep[], options: ApplyOptions = {}): Promise<void> {
  const commands = steps.flatMap((step) => step.commands);
  const failure = options.onStep ? await runOneByOne(steps, options.onStep) : await runBatched(commands);
  if (failure === undefined) return;
  const broken = failure.cause === undefined ? commands[failure.done] : undefined;
  let count = 0;
  const index = steps.findIndex((step) => {
    count += step.commands.length;
    return count > failure.done;
  });
  const step = steps[index] as HostStep;
  const command = broken === undefined ? '' : ` (${renderAction(broken)})`;
  const what = `step ${index + 1} of ${steps.length}, "${step.text}"${command}, failed: ${failure.reason}`;
  const left = await takeBack(commands.slice(0, failure.done), broken);
  const context = { ...(failure.cause === undefined ? {} : { cause: failure.cause }), details: { step: index, left } };
  if (left.length > 0)
    throw new AppError('undo-failed', `${what}; and this could not be undone: ${left.join('; ')}`, context);
  throw new AppError('apply-failed', `${what}; every step before it was undone`, context);
}

/** The step as commands, one to a line. */
export function renderHostStep(step: HostStep): string {
  return step.commands.map(renderAction).join('\n');
}
