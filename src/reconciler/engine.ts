import { randomInt } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { compile } from '../compile/compile.ts';
import type { ApplyReport, Capabilities, Driver, DriverPlan } from '../drivers/driver.ts';
import { AppError, type Mistake } from '../errors/app-error.ts';
import type { Assignments } from '../model/assignments.ts';
import type { DesiredState } from '../model/desired-state.ts';
import { parseObject } from '../model/parse-site.ts';
import { nicId } from '../model/site.ts';
import { proposeAssignments } from '../registry/propose.ts';
import type { Registry, Revision, StoredObject } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';
import { Confirmation } from './confirmation.ts';
import { DriftRepair } from './drift-repair.ts';
import type { ApplyResult, Engine, EngineStatus, LeaseView, ObjectNoun, PlanResult } from './engine-contract.ts';
import { HostPortReader, listeningWarnings, portsToAvoid } from './host-ports.ts';
import { SiteReader } from './read-site.ts';
import { Serial } from './serial.ts';
import { type ObjectChange, StoredSite } from './stored-site.ts';
import { leaseViews, statusOf } from './views.ts';

export interface EngineParts {
  readonly registry: Registry;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Makes sure that an unconfirmed revision is rolled back at `deadline` (ms since the epoch) even if this process is
   * gone by then.
   */
  readonly guardConfirmation?: (deadline: number) => void;
  /** Told after every change how many objects it was about. */
  readonly onChange?: (objects: number) => void;
}

export interface Log {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
}

/** A change that was worked out but not yet made. */
interface Proposed {
  readonly stored: StoredSite;
  readonly change: ObjectChange;
  readonly assignments: Assignments;
  readonly desired: DesiredState | null;
  readonly plan: DriverPlan;
  readonly warnings: Mistake[];
}

/** Reads what was applied last, mends the host if it differs, and answers an engine that goes on from there. */
export async function createEngine(parts: EngineParts): Promise<Engine> {
  const engine = new Reconciler(parts, await parts.driver.probe());
  await engine.start();
  return engine;
}

class Reconciler implements Engine {
  readonly #parts: EngineParts;
  readonly #capabilities: Capabilities;
  readonly #serial = new Serial();
  readonly #confirmation: Confirmation;
  readonly #repair: DriftRepair;
  readonly #hostPorts: HostPortReader;
  readonly #reader = new SiteReader();
  #stored = StoredSite.of([]);
  #assignments: Assignments = { nics: new Map(), guests: new Map() };
  #desired: DesiredState | null = null;
  #head: Revision | undefined;
  #siteKey = '';

  constructor(parts: EngineParts, capabilities: Capabilities) {
    this.#parts = parts;
    this.#capabilities = capabilities;
    this.#hostPorts = new HostPortReader(parts.clock);
    this.#confirmation = new Confirmation(parts.clock, parts.log, (revision) => this.#rollBackUnconfirmed(revision));
    this.#repair = new DriftRepair(parts, this.#serial, () => this.#desired);
  }

  async start(): Promise<void> {
    const { registry } = this.#parts;
    this.#siteKey = await registry.siteKey();
    this.#head = await registry.head();
    this.#stored = StoredSite.of(this.#head ? await registry.objects() : []);
    this.#assignments = await registry.assignments();
    this.#desired = this.#compile(this.#stored, this.#assignments);
    // Also without a site: a daemon that was killed in its first apply may have left something.
    await this.#repair.restore();
    this.#confirmation.watch(this.#head);
    this.#repair.start();
    this.#reader.prepare();
  }

  async status(): Promise<EngineStatus> {
    return statusOf({
      driver: this.#parts.driver,
      capabilities: this.#capabilities,
      stored: this.#stored,
      desired: this.#desired,
      head: this.#head,
      repair: this.#repair,
    });
  }

  async plan(request: { text: string; file?: string }): Promise<PlanResult> {
    const read = await this.#reader.read({ text: request.text, file: request.file ?? 'site.yaml' });
    return this.#serial.run(async () => {
      const proposed = await this.#propose(this.#stored.changeToFile(read.objects), read.warnings);
      const { lines, raw, empty } = proposed.plan;
      return { lines: [...lines], raw, empty, warnings: proposed.warnings, baseRevision: this.#head?.number ?? 0 };
    });
  }

  async apply(request: {
    text: string;
    file?: string;
    author: string;
    confirmSeconds?: number;
    comment?: string;
  }): Promise<ApplyResult> {
    const started = performance.now();
    const file = request.file ?? 'site.yaml';
    const read = await this.#reader.read({ text: request.text, file });
    const parse = performance.now() - started;
    return this.#serial.run(async () => {
      this.#confirmation.refuseWhilePending(this.#head);
      const confirmBy =
        request.confirmSeconds === undefined ? undefined : this.#parts.clock.now() + request.confirmSeconds * 1000;
      const change = this.#stored.changeToFile(read.objects);
      const result = await this.#change(change, {
        author: request.author,
        comment: request.comment ?? `apply ${file}`,
        warnings: read.warnings,
        ...(confirmBy === undefined ? {} : { confirmBy }),
      });
      return { ...result, timings: { parse, ...result.timings, total: performance.now() - started } };
    });
  }

  confirm(author: string): Promise<Revision> {
    return this.#serial.run(async () => {
      this.#head = await this.#parts.registry.confirm();
      this.#confirmation.watch(this.#head);
      await this.#note('confirm', `revision ${this.#head.number} confirmed by ${author}`);
      return this.#head;
    });
  }

  rollback(revision: number, author: string): Promise<ApplyResult> {
    return this.#serial.run(() => this.#rollBack(revision, author, `roll back to revision ${revision}`));
  }

  history(limit: number): Promise<Revision[]> {
    return this.#parts.registry.revisions(limit);
  }

  journal(limit: number): ReturnType<Registry['journal']> {
    return this.#parts.registry.journal(limit);
  }

  async leases(): Promise<LeaseView[]> {
    return leaseViews(this.#stored.site, this.#assignments, this.#parts.driver.snapshot());
  }

  putObject(kind: ObjectNoun, body: unknown, author: string): Promise<ApplyResult> {
    const { name } = parseObject(kind, body);
    return this.#serial.run(async () => {
      this.#confirmation.refuseWhilePending(this.#head);
      this.#refuseFileOwned(kind, name);
      const object: StoredObject = { kind, name, body, origin: 'api' };
      return this.#change({ put: [object], remove: [] }, { author, comment: `put ${kind} ${name}` });
    });
  }

  removeObject(kind: ObjectNoun, name: string, author: string): Promise<ApplyResult> {
    return this.#serial.run(async () => {
      this.#confirmation.refuseWhilePending(this.#head);
      this.#refuseFileOwned(kind, name);
      const held = this.#stored.get(kind, name);
      if (!held) throw new AppError('not-found', `there is no ${kind} "${name}"`);
      return this.#change({ put: [], remove: [held] }, { author, comment: `remove ${kind} ${name}` });
    });
  }

  attach(guest: string, nic: number, port: string, author: string): Promise<ApplyResult> {
    return this.#setAttachment(guest, nic, port, author, `attach ${nicId(guest, nic)} to ${port}`);
  }

  detach(guest: string, nic: number, author: string): Promise<ApplyResult> {
    return this.#setAttachment(guest, nic, null, author, `detach ${nicId(guest, nic)}`);
  }

  async verify(): ReturnType<Engine['verify']> {
    const checks = await this.#serial.run(() => this.#parts.driver.verify(this.#desired));
    if (checks.some(({ ok }) => !ok)) this.#repair.lookSoon();
    return { checks: [...checks] };
  }

  destroy(author: string): ReturnType<Engine['destroy']> {
    return this.#serial.run(async () => {
      const change = this.#stored.changeTo(StoredSite.of([]));
      const { lines } = await this.#change(change, { author, comment: 'destroy' });
      return { lines };
    });
  }

  async close(): Promise<void> {
    this.#confirmation.close();
    await this.#repair.close();
    await this.#serial.idle();
    await this.#reader.close();
    await this.#parts.driver.close();
    await this.#parts.registry.close();
  }

  #setAttachment(
    guest: string,
    nic: number,
    port: string | null,
    author: string,
    comment: string,
  ): Promise<ApplyResult> {
    return this.#serial.run(async () => {
      this.#confirmation.refuseWhilePending(this.#head);
      const found = this.#stored.site?.guests.find(({ name }) => name === guest);
      if (!found?.nics[nic]) throw new AppError('not-found', `there is no NIC "${nicId(guest, nic)}" in this site`);
      const object: StoredObject = { kind: 'attachment', name: nicId(guest, nic), body: { port }, origin: 'api' };
      return this.#change({ put: [object], remove: [] }, { author, comment });
    });
  }

  #refuseFileOwned(kind: ObjectNoun, name: string): void {
    if (this.#stored.get(kind, name)?.origin === 'file') {
      throw new AppError('conflict', `${kind} "${name}" belongs to the site file; change it there and apply the file`);
    }
  }

  #compile(stored: StoredSite, assignments: Assignments): DesiredState | null {
    return stored.site && this.#capabilities.gateway ? compile(stored.site, assignments) : null;
  }

  /** Works a change out. Nothing is changed. */
  async #propose(change: ObjectChange, readWarnings: readonly Mistake[] = []): Promise<Proposed> {
    const stored = this.#stored.with(change);
    await setImmediate();
    let assignments: Assignments = { nics: new Map(), guests: new Map() };
    const warnings = [...readWarnings];
    if (stored.site) {
      const ports = await this.#hostPorts.read();
      if (this.#capabilities.gateway) warnings.push(...listeningWarnings(stored.site, ports));
      assignments = proposeAssignments(stored.site, this.#assignments, {
        remembered: await this.#parts.registry.remembered(),
        random: (max) => randomInt(max),
        now: this.#parts.clock.now(),
        avoidPorts: portsToAvoid(ports),
        siteKey: this.#siteKey,
      }).assignments;
    }
    await setImmediate();
    const desired = this.#compile(stored, assignments);
    await setImmediate();
    const plan = await this.#parts.driver.plan(desired);
    return { stored, change, assignments, desired, plan, warnings };
  }

  /** Kernel first, then one durable commit; when the commit fails the kernel goes back. */
  async #change(
    change: ObjectChange,
    about: { author: string; comment: string; warnings?: readonly Mistake[]; confirmBy?: number },
  ): Promise<ApplyResult> {
    const started = performance.now();
    const proposed = await this.#propose(change, about.warnings);
    const planned = performance.now();
    const before = this.#desired;
    // Before anything is changed: a daemon that is killed from here on has somebody to roll back for it.
    if (about.confirmBy !== undefined) this.#parts.guardConfirmation?.(about.confirmBy);
    const report = await this.#applyOrLookAgain(proposed.plan);
    const applied = performance.now();
    try {
      this.#head = await this.#parts.registry.commit({
        author: about.author,
        comment: about.comment,
        at: this.#parts.clock.now(),
        put: change.put,
        remove: change.remove,
        assignments: proposed.assignments,
        ...(about.confirmBy === undefined ? {} : { confirmBy: about.confirmBy }),
      });
    } catch (error) {
      await this.#takeBack(before);
      throw error;
    }
    this.#stored = proposed.stored;
    this.#assignments = proposed.assignments;
    this.#desired = proposed.desired;
    this.#confirmation.watch(this.#head);
    this.#parts.onChange?.(Math.max(1, proposed.plan.lines.length));
    this.#parts.log.info({ revision: this.#head.number, ...report.timings }, about.comment);
    return {
      revision: this.#head,
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

  /** What the driver saw on the host that the change may suffer from. */
  #hostWarnings(): Mistake[] {
    const { notices } = this.#parts.driver.snapshot();
    return notices.map((message) => ({ path: '', message, severity: 'warning' }));
  }

  /** A change that failed may have left something, or brought to light that the host was not as it should be. */
  async #applyOrLookAgain(plan: DriverPlan): Promise<ApplyReport> {
    try {
      return await this.#parts.driver.apply(plan);
    } catch (error) {
      this.#repair.lookSoon();
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

  async #rollBack(revision: number, author: string, comment: string): Promise<ApplyResult> {
    const target = StoredSite.of(await this.#parts.registry.objects(revision));
    const result = await this.#change(this.#stored.changeTo(target), { author, comment });
    await this.#note('rollback', `${comment} by ${author}`);
    return result;
  }

  /** Nothing when the revision was confirmed or replaced meanwhile. */
  #rollBackUnconfirmed(revision: number): Promise<void> {
    return this.#serial.run(async () => {
      const { confirmBy, number, fallback } = this.#head ?? {};
      if (confirmBy === undefined || number !== revision) return;
      const target = fallback ?? 0;
      const comment = `revision ${number} was not confirmed in time: back to revision ${target}`;
      this.#parts.log.warn({ revision: number }, comment);
      if (target > 0) await this.#rollBack(target, 'bridgekeeper', comment);
      else await this.#change(this.#stored.changeTo(StoredSite.of([])), { author: 'bridgekeeper', comment });
    });
  }

  #note(kind: string, text: string): Promise<void> {
    return this.#parts.registry.note(kind, text, this.#parts.clock.now());
  }
}
