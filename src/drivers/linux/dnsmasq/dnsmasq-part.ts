import type { DesiredState } from '../../../model/desired-state.ts';
import type { MacAddress } from '../../../model/mac-address.ts';
import { isAlive } from '../../../system/processes.ts';
import { runCommand } from '../../../system/run-command.ts';
import type { PlanLine } from '../../driver.ts';
import { sameHostParts } from '../same-parts.ts';
import { type ApplyOptions, applyDnsmasq, renderServiceAction } from './apply-dnsmasq.ts';
import { forgetLeases } from './forget-leases.ts';
import { observeDnsmasq } from './observe-dnsmasq.ts';
import { desiredServices, planDnsmasq } from './plan-dnsmasq.ts';
import { type LeftLease, leftLeases, releaseLeases } from './release-lease.ts';
import type { ServiceStep } from './service.ts';

export interface DnsmasqPlan {
  readonly desired: DesiredState | null;
  readonly lines: readonly PlanLine[];
  readonly raw: string;
  readonly empty: boolean;
}

export interface ServiceState {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'absent';
}

/** DHCP and DNS of the segments: what should run and what does. */
export class DnsmasqPart {
  readonly #directory: string;
  readonly #options: ApplyOptions;
  /** What was applied last; undefined when the services must be looked at before anything is believed. */
  #applied: { desired: DesiredState | null } | undefined;
  /** Processes by segment, as of the last look; undefined where none runs. */
  #processes = new Map<string, number | undefined>();
  /** Leases that nobody is to have any more, as of the last look. */
  #left: readonly LeftLease[] = [];

  constructor(directory: string, options: ApplyOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Looks at files and processes, unless nothing that they depend on changed. */
  async plan(desired: DesiredState | null): Promise<DnsmasqPlan> {
    const steps = this.#applied && sameHostParts(this.#applied.desired, desired) ? [] : await this.#look(desired);
    return {
      desired,
      lines: steps.map(({ change, object, text }) => ({ change, object, text })),
      raw: steps.flatMap((step) => step.actions.map(renderServiceAction)).join('\n'),
      empty: steps.length === 0,
    };
  }

  /**
   * Milliseconds. Looks again: since the plan was made, the bridges may have been. Throws `apply-failed` (everything
   * undone) or `undo-failed`.
   */
  async apply({ desired, empty }: DnsmasqPlan): Promise<number> {
    const started = performance.now();
    if (!empty) {
      this.forget();
      await applyDnsmasq(await this.#look(desired), this.#options);
      await this.#look(desired);
      await releaseLeases(this.#left);
    }
    this.#applied = { desired };
    return performance.now() - started;
  }

  /** True when a process that should serve is gone. Some microseconds for each. */
  get suspicious(): boolean {
    return [...this.#processes.values()].some((pid) => pid !== undefined && !isAlive(pid));
  }

  /** What differs now from what was applied last, one sentence each; the next plan looks again. */
  async drift(): Promise<string[]> {
    if (!this.#applied) return [];
    const steps = await this.#look(this.#applied.desired);
    await releaseLeases(this.#left);
    if (steps.length > 0) this.forget();
    return steps.map((step) => step.text);
  }

  /** The next plan looks at the services. */
  forget(): void {
    this.#applied = undefined;
  }

  /** Leases of addresses that nobody has any more. */
  async forgetLeases(macs: readonly MacAddress[]): Promise<void> {
    await forgetLeases(this.#directory, macs);
    // Processes may be others now.
    if (this.#applied) await this.#look(this.#applied.desired);
  }

  states(): ServiceState[] {
    return [...this.#processes].map(([segment, pid]) => ({
      name: `dnsmasq ${segment}`,
      state: pid === undefined ? 'absent' : isAlive(pid) ? 'running' : 'stopped',
    }));
  }

  async #look(desired: DesiredState | null): Promise<ServiceStep[]> {
    const wanted = desired ? desiredServices(desired, this.#directory) : new Map();
    const { stdout } = await runCommand(['ip', '-j', 'link', 'show', 'type', 'bridge']);
    const bridges = JSON.parse(stdout || '[]') as { ifname: string; ifindex: number }[];
    const found = await observeDnsmasq(this.#directory, new Map(bridges.map((bridge) => [bridge.ifname, bridge])));
    this.#left = desired
      ? [...found.values()].flatMap(({ segment, leases = '' }) => leftLeases(desired, segment, leases))
      : [];
    this.#processes = new Map([...wanted.keys()].map((segment) => [segment, found.get(segment)?.pid]));
    return planDnsmasq(wanted, found);
  }
}
