import { writeFile } from 'node:fs/promises';
import { type AppError, isAppError } from '../../../errors/app-error.ts';
import { type CommandFailure, runCommand } from '../../../system/run-command.ts';
import type { HostAction } from './host-item.ts';
import { sysctlDevice } from './observe-sysctls.ts';

/** An action that failed; `index` counts in the list that was given. */
export interface ActionFailure {
  readonly index: number;
  readonly reason: string;
}

/** A batch of thousands of links takes a while on a busy host. */
const batchTimeoutMs = 120_000;

/** Reads what iproute2 says of a batch: lines of explanation, then `Command failed -:12`. Lines count from 1. */
export function parseBatchFailures(stderr: string): ActionFailure[] {
  const failures: ActionFailure[] = [];
  let reason: string[] = [];
  for (const line of stderr.split('\n')) {
    const number = /^Command failed -:(\d+)$/.exec(line)?.[1];
    if (number === undefined) {
      if (line.trim() !== '') reason.push(line.trim());
      continue;
    }
    failures.push({ index: Number(number) - 1, reason: reason.join(' ') });
    reason = [];
  }
  return failures;
}

async function runBatch(
  tool: 'ip' | 'bridge',
  actions: readonly HostAction[],
  force: boolean,
): Promise<ActionFailure[]> {
  const input = `${actions.map((action) => action.words.join(' ')).join('\n')}\n`;
  try {
    await runCommand([tool, ...(force ? ['-force'] : []), '-batch', '-'], { input, timeoutMs: batchTimeoutMs });
    return [];
  } catch (error) {
    if (!isAppError(error)) throw error;
    const failures = parseBatchFailures(((error as AppError).details as Partial<CommandFailure>).stderr ?? '');
    return failures.length > 0 ? failures : [{ index: 0, reason: error.message }];
  }
}

async function writeSysctls(actions: readonly HostAction[], force: boolean): Promise<ActionFailure[]> {
  const failures: ActionFailure[] = [];
  for (const [index, { words }] of actions.entries()) {
    const [key, value] = words as [string, string];
    try {
      await writeFile(`/proc/sys/${key}`, value, { flag: 'r+' });
    } catch (error) {
      // A device that went away meanwhile took its settings along; a kernel without IPv6 has none for any device.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && sysctlDevice(key) !== undefined) continue;
      failures.push({ index, reason: (error as Error).message });
      if (!force) break;
    }
  }
  return failures;
}

/** Runs of one tool that follow each other, which go into one process. */
export function groupByTool<T extends HostAction>(actions: readonly T[]): T[][] {
  const groups: T[][] = [];
  for (const action of actions) {
    const last = groups.at(-1);
    if (last?.[0]?.tool === action.tool) last.push(action);
    else groups.push([action]);
  }
  return groups;
}

/**
 * Runs actions in order, those of one tool in one process. Stops at the first failure, or with `force` goes on behind
 * it. Answers what failed.
 */
export async function runActions(
  actions: readonly HostAction[],
  options: { force: boolean },
): Promise<ActionFailure[]> {
  const failures: ActionFailure[] = [];
  let start = 0;
  for (const group of groupByTool(actions)) {
    const tool = group[0]?.tool ?? 'ip';
    const failed =
      tool === 'sysctl' ? await writeSysctls(group, options.force) : await runBatch(tool, group, options.force);
    failures.push(...failed.map(({ index, reason }) => ({ index: index + start, reason })));
    if (failures.length > 0 && !options.force) break;
    start += group.length;
  }
  return failures;
}

/** The action as it could be typed. */
export function renderAction({ tool, words }: HostAction): string {
  return tool === 'sysctl' ? `sysctl -w ${words[0]}=${words[1]}` : `${tool} ${words.join(' ')}`;
}
