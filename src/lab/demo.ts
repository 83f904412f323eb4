import { AppError } from '../errors/app-error.ts';
import { findLab, type LabHandle, startHolder, stopLab } from './holder.ts';
import { runInside } from './run-inside.ts';
import type { CheckResult } from './scene.ts';

export interface DemoOptions {
  /** Leave the lab up. */
  readonly keep: boolean;
  /** Also boot a real machine in place of one guest. */
  readonly vm: boolean;
  readonly progress: (step: string) => void;
  readonly report: (result: CheckResult) => void;
}

export interface DemoOutcome {
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
  /** Present when the lab was left up. */
  readonly lab?: LabHandle;
  /** End of the daemon's log. */
  readonly logTail: string;
  /** Why the demo ended before its end. */
  readonly failure?: string;
}

/** Refuses to make a second lab that stays: there is one pid file for each user. */
export async function refuseSecondLab(): Promise<void> {
  const lab = await findLab();
  if (lab) {
    throw new AppError('conflict', `a lab is up already (process ${lab.pid}); end it with \`bridgekeeper lab down\``);
  }
}

/** Builds a lab of its own, runs the main job on it and every check; takes it down again unless `keep`. */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  if (options.keep) await refuseSecondLab();
  const lab = await startHolder({ dieWithParent: !options.keep });
  const results: CheckResult[] = [];
  let logTail = '';
  let failure: string | undefined;
  try {
    await runInside(lab, { until: 'checked', stay: options.keep, vm: options.vm }, (message) => {
      if (message.step !== undefined) options.progress(message.step);
      if (message.logTail !== undefined) logTail = message.logTail;
      if (message.result) {
        results.push(message.result);
        options.report(message.result);
      }
    });
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  if (!options.keep) await stopLab(lab);
  const ok = failure === undefined && results.length > 0 && results.every((result) => result.ok);
  return {
    ok,
    results,
    logTail,
    ...(failure === undefined ? {} : { failure }),
    ...(options.keep ? { lab } : {}),
  };
}
