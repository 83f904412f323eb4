import { hostname } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { compile } from '../compile/compile.ts';
import type { ApplyReport, Capabilities, DriverPlan } from '../drivers/driver.ts';
import { type AppError, isAppError, type Mistake } from '../errors/app-error.ts';
import type { Assignments, GuestAssignment, NicAssignment } from '../model/assignments.ts';
import type { DesiredState } from '../model/desired-state.ts';
import { nicId, type Site } from '../model/site.ts';
import { adoptionRefused } from '../registry/adoption-refused.ts';
import type { AddressSource } from '../registry/leases/address-source.ts';
import { proposeAssignments } from '../registry/propose.ts';
import type { Revision } from '../registry/registry.ts';
import type { Reassignment } from '../registry/rotations.ts';
import type { SeenEntry } from '../registry/seen/seen.ts';
import type { ApplyResult, ChangeStage } from './engine-contract.ts';
import type { EngineParts } from './engine-parts.ts';
import { HostPortReader, listeningWarnings, portsToAvoid } from './host-ports.ts';
import { type ObjectChange, StoredSite } from './stored-site.ts';
import { strangerWarnings } from './wire/stranger-warnings.ts';

/** How often a change is proposed, when requests take its addresses before it is stored. */
const mostAttempts = 3;

/** A change that was worked out but not yet made. */
export interface Proposed {
  readonly stored: StoredSite;
  readonly change: ObjectChange;
  readonly assignments: Assignments;
  /** MAC addresses that were drawn for it. */
  readonly drawn: readonly number[];
  readonly desired: DesiredState | null;
  readonly plan: DriverPlan;
  readonly warnings: Mistake[];
}

/** Who changes the site, why, and what was said about it before. */
export interface ChangeNote {
  readonly author: string;
  /** Where the author is; `this host` unless given. */
  readonly from?: string;
  readonly comment: string;
  /** Kind of the entry in the journal; `apply` unless given. */
  readonly kind?: string;
  readonly warnings?: readonly Mistake[];
  /** When the change rolls back by itself unless it is confirmed (ms since the epoch). */
  readonly confirmBy?: number;
  /** Told when a stage begins. */
  readonly onStage?: (stage: ChangeStage) => void;
}

/**
 * The site as it stands: its objects, what the registry gave to them, and what they mean for the host. Changes one to
 * the other in step. Not for two at once: who calls sees to the order.
 */
export class SiteKeeper {
  readonly #parts: EngineParts;
  readonly #capabilities: Capabilities;
  readonly #onFailure: () => void;
  readonly #hostPorts: HostPortReader;
  #siteKey = '';
  stored = StoredSite.of([]);
  assignments: Assignments = { nics: new Map(), guests: new Map() };
  desired: DesiredState | null = null;
  head: Revision | undefined;
  /** Where an address that nobody leases was seen on the wire. */
  strangers: (mac: number) => readonly SeenEntry[] = () => [];
  /** Whether a NIC that a request made has two addresses just now. */
  rotatesByRequest: (id: string) => boolean = () => false;
  /** What looks on the wire before an address is given; set before anything is proposed. */
  lookOut: (source: AddressSource, site: Site | undefined) => AddressSource = (source) => source;
  /** Told what is about to be put in place, and afterwards what is. Never rejects. */
  follow: (next: DesiredState | null) => Promise<void> = async () => {};

  /** `onFailure` is told when the host may not be as it should be. */
  constructor(parts: EngineParts, capabilities: Capabilities, onFailure: () => void) {
    this.#parts = parts;
    this.#capabilities = capabilities;
    this.#onFailure = onFailure;
    this.#hostPorts = new HostPortReader(parts.clock);
  }

  /** Reads what was applied last. */
  async load(): Promise<void> {
    const { registry } = this.#parts;
    this.#siteKey = await registry.siteKey();
    this.head = await registry.head();
    this.stored = StoredSite.of(this.head ? await registry.objects() : []);
    this.assignments = await registry.assignments();
    this.desired = this.#compile(this.stored, this.assignments);
  }

  #compile(stored: StoredSite, assignments: Assignments): DesiredState | null {
    return stored.site && this.#capabilities.gateway ? compile(stored.site, assignments) : null;
  }

  /** Where new addresses come from. */
  addresses(site: Site | undefined = this.stored.site): AddressSource {
    return this.lookOut(this.#parts.registry.leases, site);
  }

  /** Works a change out. Nothing is changed, and what was drawn for it others may draw. */
  async plan(change: ObjectChange, readWarnings: readonly Mistake[] = []): Promise<Proposed> {
    const proposed = await this.#propose(change, readWarnings);
    this.#giveBack(proposed);
    return proposed;
  }

  async #propose(change: ObjectChange, readWarnings: readonly Mistake[] = []): Promise<Proposed> {
    const stored = this.stored.with(change);
    await setImmediate();
    let assignments: Assignments = { nics: new Map(), guests: new Map() };
    let drawn: readonly number[] = [];
    const warnings = [...readWarnings];
    if (stored.site) {
      this.#refuseRotating(stored.site);
      const ports = await this.#hostPorts.read();
      if (this.#capabilities.gateway) warnings.push(...listeningWarnings(stored.site, ports));
      const proposal = await proposeAssignments(stored.site, this.assignments, {
        addresses: this.addresses(stored.site),
        host: hostname(),
        now: this.#parts.clock.now(),
        avoidPorts: [ports.ephemeral],
        busyPorts: portsToAvoid(ports),
        restingPorts: this.#parts.registry.restingPorts,
        siteKey: this.#siteKey,
      });
      ({ assignments, drawn } = proposal);
      warnings.push(...strangerWarnings(stored.site, proposal.added.nics, this.strangers));
    }
    try {
      await setImmediate();
      const desired = this.#compile(stored, assignments);
      await setImmediate();
      const plan = await this.#parts.driver.plan(desired);
      return { stored, change, assignments, drawn, desired, plan, warnings };
    } catch (error) {
      this.#giveBack({ drawn });
      throw error;
    }
  }

  /** The registry refuses it as well; this is before the host is changed. */
  #refuseRotating({ guests }: Site): void {
    for (const { name, nics } of guests) {
      for (const index of nics.keys())
        if (this.rotatesByRequest(nicId(name, index))) throw adoptionRefused(nicId(name, index));
    }
  }

  #giveBack({ drawn }: Pick<Proposed, 'drawn'>): void {
    this.#parts.registry.leases.giveBack(drawn);
  }

  /** Kernel first, then one durable commit; when the commit fails the kernel goes back. */
  async change(change: ObjectChange, about: ChangeNote): Promise<ApplyResult> {
    const started = performance.now();
    let result: 'done' | 'failed' = 'failed';
    try {
      const answer = await this.#make(change, about);
      result = 'done';
      return answer;
    } finally {
      await this.follow(this.desired);
      this.#parts.onApplied?.((performance.now() - started) / 1000, result);
    }
  }

  async #make(change: ObjectChange, about: ChangeNote): Promise<ApplyResult> {
    const started = performance.now();
    about.onStage?.('plan');
    let proposed = await this.#propose(change, about.warnings);
    const planned = performance.now();
    const before = this.desired;
    // Before anything is changed: a daemon that is killed from here on has somebody to roll back for it.
    if (about.confirmBy !== undefined) this.#parts.guardConfirmation?.(about.confirmBy);
    about.onStage?.('kernel');
    await this.follow(proposed.desired);
    const kernelSince = this.#parts.clock.now();
    const report = await this.#applyOrGiveBack(proposed);
    const applied = performance.now();
    about.onStage?.('commit');
    try {
      for (let attempt = 1; ; attempt++) {
        const refused = await this.#commit(proposed, about, kernelSince);
        if (refused === undefined) break;
        if (attempt === mostAttempts) throw refused;
        // A request has leased an address of the proposal meanwhile; there may be others.
        proposed = await this.#propose(change, about.warnings);
        await this.#applyOrGiveBack(proposed);
      }
    } catch (error) {
      await this.#takeBack(before);
      throw error;
    }
    this.stored = proposed.stored;
    this.assignments = proposed.assignments;
    this.desired = proposed.desired;
    this.#parts.onChange?.(Math.max(1, proposed.plan.lines.length));
    const revision = this.head as Revision;
    this.#parts.log.info({ revision: revision.number, ...report.timings }, about.comment);
    return {
      revision,
      lines: [...proposed.plan.lines],
      warnings: [...proposed.warnings, ...this.#hostWarnings()],
      timings: {
        plan: planned - started,
        ...report.timings,
        kernel: applied - planned,
        commit: performance.now() - applied,
      },
      ...(about.confirmBy === undefined ? {} : { confirmBy: about.confirmBy }),
    };
  }

  /** Answers the conflict that kept the change from being stored. */
  async #commit(proposed: Proposed, about: ChangeNote, kernelSince: number): Promise<AppError | undefined> {
    const { author, from, kind, comment, confirmBy } = about;
    const { put, remove } = proposed.change;
    try {
      this.head = await this.#parts.registry.commit({
        author,
        comment,
        at: this.#parts.clock.now(),
        kernelSince,
        put,
        remove,
        assignments: proposed.assignments,
        ...(from === undefined ? {} : { from }),
        ...(kind === undefined ? {} : { kind }),
        ...(confirmBy === undefined ? {} : { confirmBy }),
      });
      return undefined;
    } catch (error) {
      this.#giveBack(proposed);
      if (isAppError(error) && error.code === 'conflict') return error;
      throw error;
    }
  }

  /**
   * Gives NICs other MAC addresses, outside of any revision: kernel first, then one durable commit of `record`; when
   * the commit fails the kernel goes back. NICs that the site does not have are left out.
   */
  async reassign(
    changed: ReadonlyMap<string, NicAssignment>,
    record: Omit<Reassignment, 'assignments'>,
  ): Promise<void> {
    const nics = new Map(this.assignments.nics);
    for (const [id, nic] of changed) if (nics.has(id)) nics.set(id, nic);
    await this.#reassign({ ...this.assignments, nics }, record);
    this.#parts.onChange?.(changed.size);
  }

  /** The same with the port blocks of guests. */
  async regrow(
    changed: ReadonlyMap<string, GuestAssignment>,
    record: Omit<Reassignment, 'assignments'>,
  ): Promise<void> {
    const guests = new Map(this.assignments.guests);
    for (const [name, guest] of changed) if (guests.has(name)) guests.set(name, guest);
    await this.#reassign({ ...this.assignments, guests }, record);
    this.#parts.onChange?.(changed.size);
  }

  async #reassign(assignments: Assignments, record: Omit<Reassignment, 'assignments'>): Promise<void> {
    const before = this.desired;
    const desired = this.#compile(this.stored, assignments);
    const plan = await this.#parts.driver.plan(desired);
    const kernelSince = this.#parts.clock.now();
    await this.#applyOrLookAgain(plan);
    try {
      await this.#parts.registry.reassign({ ...record, at: this.#parts.clock.now(), kernelSince, assignments });
    } catch (error) {
      await this.#takeBack(before);
      throw error;
    }
    this.assignments = assignments;
    this.desired = desired;
  }

  /** What the driver saw on the host that the change may suffer from. */
  #hostWarnings(): Mistake[] {
    const { notices } = this.#parts.driver.snapshot();
    return notices.map((message) => ({ path: '', message, severity: 'warning' }));
  }

  async #applyOrGiveBack(proposed: Proposed): Promise<ApplyReport> {
    try {
      return await this.#applyOrLookAgain(proposed.plan);
    } catch (error) {
      this.#giveBack(proposed);
      throw error;
    }
  }

  /** A change that failed may have left something, or brought to light that the host was not as it should be. */
  async #applyOrLookAgain(plan: DriverPlan): Promise<ApplyReport> {
    try {
      return await this.#parts.driver.apply(plan);
    } catch (error) {
      this.#onFailure();
      throw error;
    }
  }

  /** The registry says what the host shall be, so the host goes back; what fails is mended like any drift. */
  async #takeBack(before: DesiredState | null): Promise<void> {
    try {
      await this.#applyOrLookAgain(await this.#parts.driver.plan(before));
    } catch (error) {
      this.#parts.log.error({ error }, 'a change that the registry could not store could not be taken back yet');
    }
  }
}
