import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../../errors/app-error.ts';
import { writeFileAtomic } from '../../../system/files.ts';
import { makeReadableDirectory } from './readable-directory.ts';
import { reloadService, startService, stopService } from './run-service.ts';
import type { ServiceAction, ServiceStep } from './service.ts';

export interface ApplyOptions {
  /** Called before each step; what it throws makes the step fail. */
  readonly onStep?: (index: number, step: { readonly text: string }) => void | Promise<void>;
}

async function run(action: ServiceAction): Promise<void> {
  switch (action.kind) {
    case 'write':
      // dnsmasq reads them as a user of its own.
      await makeReadableDirectory(dirname(action.path));
      return writeFileAtomic(action.path, action.text, { mode: 0o644 });
    case 'delete':
      return rm(action.path, { recursive: true, force: true });
    case 'start':
      return startService(action.files, action.bridge);
    case 'stop':
      return stopService(action.files);
    case 'reload':
      return reloadService(action.files);
  }
}

/** The action in words that can be read; file contents are left out. */
export function renderServiceAction(action: ServiceAction): string {
  switch (action.kind) {
    case 'write':
      return `write ${action.path} (${action.text.split('\n').length - 1} lines)`;
    case 'delete':
      return `rm -r ${action.path}`;
    case 'start':
      return `dnsmasq --conf-file=${action.files.configuration}`;
    case 'stop':
      return `kill -TERM the dnsmasq of ${action.files.configuration}`;
    case 'reload':
      return `kill -HUP the dnsmasq of ${action.files.configuration}`;
  }
}

async function takeBack(steps: readonly ServiceStep[]): Promise<string[]> {
  const left: string[] = [];
  for (const action of steps.toReversed().flatMap((step) => step.undo)) {
    try {
      await run(action);
    } catch (error) {
      left.push(`${renderServiceAction(action)}: ${(error as Error).message}`);
    }
  }
  return left;
}

/**
 * Runs the steps in order. When one fails, it and everything before it is undone in reverse, and `apply-failed` names
 * the step; `undo-failed` when something could not be undone (details.left lists it).
 */
export async function applyDnsmasq(steps: readonly ServiceStep[], options: ApplyOptions = {}): Promise<void> {
  for (const [index, step] of steps.entries()) {
    let begun = index;
    try {
      await options.onStep?.(index, step);
      begun = index + 1;
      for (const action of step.actions) await run(action);
    } catch (cause) {
      const left = await takeBack(steps.slice(0, begun));
      const what = `step ${index + 1} of ${steps.length}, "${step.text}", failed: ${(cause as Error).message}`;
      const context = { cause, details: { step: index, left } };
      if (left.length > 0) {
        throw new AppError('undo-failed', `${what}; and this could not be undone: ${left.join('; ')}`, context);
      }
      throw new AppError('apply-failed', `${what}; it and every step before it was undone`, context);
    }
  }
}
