import { performance } from 'node:perf_hooks';
import { AppError } from '../../../errors/app-error.ts';
import type { DesiredState } from '../../../model/desired-state.ts';
import { readOrigin, writeOrigin } from '../origin.ts';
import { sameHostParts } from '../same-parts.ts';
import { type ApplyOptions, applyHostSteps } from './apply-host-steps.ts';
import type { HostPlan } from './host-item.ts';
import { observeHost } from './observe-host.ts';
import { planHost } from './plan-host.ts';
import { renderHostItems } from './render-host-items.ts';

/** Links, addresses, routes and sysctls of the host: what they should be and what they are. */
export class HostPart {
  readonly #stateDirectory: string;
  readonly #options: ApplyOptions;
  /** What was applied last; undefined when the host must be looked at before anything is believed. */
  #applied: { desired: DesiredState | null } | undefined;
  waiting: readonly string[] = [];
  notices: readonly string[] = [];

  constructor(stateDirectory: string, options: ApplyOptions) {
    this.#stateDirectory = stateDirectory;
    this.#options = options;
  }

  /** Undefined when nothing the host holds depends on what changed. */
  async plan(desired: DesiredState | null): Promise<HostPlan | undefined> {
    if (this.#applied && sameHostParts(this.#applied.desired, desired)) return undefined;
    return this.#look(desired);
  }

  /** Milliseconds. Throws `conflict`, `apply-failed` (everything undone) or `undo-failed`. */
  async apply(plan: HostPlan | undefined, desired: DesiredState | null): Promise<number> {
    if (plan === undefined) return 0;
    const started = performance.now();
    if (plan.conflicts.length > 0) throw new AppError('conflict', plan.conflicts.join('; '));
    this.forget();
    if (plan.steps.length > 0) {
      await writeOrigin(this.#stateDirectory, plan.origin);
      await applyHostSteps(plan.steps, this.#options);
    }
    this.#applied = { desired };
    this.waiting = plan.waiting;
    this.notices = plan.unavailable;
    return performance.now() - started;
  }

  /** What differs now from what was applied last, one sentence each; the next plan looks again. */
  async drift(): Promise<string[]> {
    if (!this.#applied) return [];
    const { steps, waiting } = await this.#look(this.#applied.desired);
    if (steps.length > 0 || waiting.join() !== this.waiting.join()) this.forget();
    return steps.map((step) => step.text);
  }

  /** The next plan looks at the host. */
  forget(): void {
    this.#applied = undefined;
  }

  async #look(desired: DesiredState | null): Promise<HostPlan> {
    const items = desired ? renderHostItems(desired) : [];
    const origin = await readOrigin(this.#stateDirectory);
    return planHost(items, await observeHost(items, origin), origin);
  }
}
