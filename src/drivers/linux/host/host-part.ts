import { performance } from 'node:perf_hooks';
import { AppError } from '../../../errors/app-error.ts';
import type { DesiredState } from '../../../model/desired-state.ts';
import { readOrigin, writeOrigin } from '../origin.ts';
import { sameHostParts } from '../same-parts.ts';
import { restoreAged } from './aged-neighbours.ts';
import { type ApplyOptions, applyHostSteps } from './apply-host-steps.ts';
import type { HostPlan } from './host-item.ts';
import { observeHost } from './observe-host.ts';
import { readSysctl } from './observe-sysctls.ts';
import { planHost } from './plan-host.ts';
import { renderHostItems } from './render-host-items.ts';

/** Links, addresses, routes and sysctls of the host: what they should be and what they are. */
export class HostPart {
  readonly #stateDirectory: string;
  readonly #options: ApplyOptions;
  /** What was applied last; undefined when the host must be looked at before anything is believed. */
  #applied: { desired: DesiredState | null } | undefined;
  /** Declared entries of the bridges' tables, by device: addresses of neighbours, undefined for forwarding entries. */
  #entries = new Map<string, Set<string | undefined>>();
  /** Kernel settings of the site as they were after the last apply or look that found nothing. */
  #settings: { readonly key: string; readonly value: string | undefined }[] = [];
  #nextSetting = 0;
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
    // What is back as it was found is forgotten, or the next site would take it for what the host is.
    if (desired === null) await writeOrigin(this.#stateDirectory, (await this.#look(null)).origin);
    this.#applied = { desired };
    this.waiting = plan.waiting;
    this.notices = plan.unavailable;
    this.#remember(desired);
    return performance.now() - started;
  }

  /**
   * True when a kernel setting is no longer as it was left: the kernel tells nobody of such changes. Looks at a quarter
   * of the settings at a time, some microseconds each.
   */
  get suspicious(): boolean {
    const count = Math.ceil(this.#settings.length / 4);
    for (let i = 0; i < count; i++) {
      const setting = this.#settings[this.#nextSetting++ % this.#settings.length];
      if (setting && readSysctl(setting.key) !== setting.value) return true;
    }
    return false;
  }

  /** Whether the site has an entry for this neighbour on a device; without an address, a forwarding entry. */
  declares(device: string, address: string | undefined): boolean {
    return this.#entries.get(device)?.has(address) ?? false;
  }

  /** What differs now from what was applied last, one sentence each; the next plan looks again. */
  async drift(): Promise<string[]> {
    if (!this.#applied) return [];
    const { desired } = this.#applied;
    let plan = await this.#look(desired);
    const missing = plan.steps.some(({ change, object }) => change === 'add' && object === 'neighbour');
    if (desired && missing && (await restoreAged(renderHostItems(desired)))) plan = await this.#look(desired);
    const { steps, waiting } = plan;
    if (steps.length > 0 || waiting.join() !== this.waiting.join()) this.forget();
    else this.#remember(desired);
    return steps.map((step) => step.text);
  }

  /** The next plan looks at the host. */
  forget(): void {
    this.#applied = undefined;
  }

  /** What to watch. */
  #remember(desired: DesiredState | null): void {
    const items = desired ? renderHostItems(desired) : [];
    this.#settings = items.flatMap((item) =>
      item.kind === 'sysctl' ? [{ key: item.key, value: readSysctl(item.key) }] : [],
    );
    this.#entries = new Map();
    for (const item of items) {
      if (item.kind !== 'neighbour' && item.kind !== 'fdb') continue;
      const [device, address] = item.kind === 'fdb' ? [item.port, undefined] : [item.device, item.ip];
      const known = this.#entries.get(device);
      if (known) known.add(address);
      else this.#entries.set(device, new Set([address]));
    }
  }

  async #look(desired: DesiredState | null): Promise<HostPlan> {
    const items = desired ? renderHostItems(desired) : [];
    const origin = await readOrigin(this.#stateDirectory);
    return planHost(items, await observeHost(items, origin), origin);
  }
}
