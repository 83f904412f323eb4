import { hostname } from 'node:os';
import type { Capabilities } from '../drivers/driver.ts';
import { createEventStream, type StartedStream } from '../events/event-stream.ts';
import { type Actor, itself } from '../registry/journal/journal.ts';
import type { Registry, Revision } from '../registry/registry.ts';
import type { Alerts } from './alerts/contract.ts';
import { AuditDesk } from './audit/audit-desk.ts';
import { ChangeDesk, viewOf } from './change-desk.ts';
import { Confirmation, confirmed } from './confirmation.ts';
import { DriftRepair } from './drift-repair.ts';
import type {
  ApplyResult,
  ChangeOptions,
  ChangeOrder,
  ConfirmOptions,
  Engine,
  EngineStatus,
  LeaseView,
  ObjectNoun,
  PlanOptions,
  PlanResult,
  SiteAt,
  SiteView,
} from './engine-contract.ts';
import type { EngineParts } from './engine-parts.ts';
import { ExplainDesk } from './explain/explain-desk.ts';
import type { Isolation } from './isolation/contract.ts';
import { LimitDesk } from './limits/limit-desk.ts';
import { MacDesk } from './macs/mac-desk.ts';
import { MirrorKeeper } from './mirrors/mirror-keeper.ts';
import { BlockKeeper } from './port-blocks/block-keeper.ts';
import { PrivacyDesk } from './privacy/privacy-desk.ts';
import { UpkeepRuns } from './privacy/upkeep-runs.ts';
import { SiteReader } from './read-site.ts';
import { recorderSettings } from './recorder-settings.ts';
import { RotationKeeper } from './rotations/rotation-keeper.ts';
import { Serial } from './serial.ts';
import { SessionsDesk } from './sessions/sessions-desk.ts';
import { SharedPortsDesk } from './shared-ports/shared-ports-desk.ts';
import { type ChangeNote, SiteKeeper } from './site-keeper.ts';
import type { ObjectChange } from './stored-site.ts';
import { OwnerDesk } from './tenancy/owner-desk.ts';
import { TraceDesk } from './trace/trace-desk.ts';
import { TrafficDesk } from './traffic/traffic-desk.ts';
import { LeaseViews, statusOf } from './views.ts';
import { Watching } from './watching.ts';
import { WireAddresses } from './wire/wire-addresses.ts';
import { WireDesk } from './wire/wire-desk.ts';

/** Reads what was applied last, mends the host if it differs, and answers an engine that goes on from there. */
export async function createEngine(parts: EngineParts): Promise<Engine> {
  const engine = new Reconciler(parts, await parts.driver.probe());
  await engine.start();
  return engine;
}

class Reconciler implements Engine {
  readonly audit: AuditDesk;
  readonly events: StartedStream;
  readonly limits: LimitDesk;
  readonly macs: MacDesk;
  readonly explain: ExplainDesk;
  readonly mirrors: MirrorKeeper;
  readonly privacy: PrivacyDesk;
  readonly rotations: RotationKeeper;
  readonly sessions: SessionsDesk;
  readonly sharedPorts: SharedPortsDesk;
  readonly owners: OwnerDesk;
  readonly trace: TraceDesk;
  readonly traffic: TrafficDesk;
  readonly wire: WireDesk;
  readonly alerts: Alerts;
  readonly isolation: Isolation;
  readonly #watching: Watching;
  readonly #changes: ChangeDesk;
  readonly #leaseViews = new LeaseViews();
  readonly #parts: EngineParts;
  readonly #capabilities: Capabilities;
  readonly #serial = new Serial();
  readonly #confirmation: Confirmation;
  readonly #repair: DriftRepair;
  readonly #keeper: SiteKeeper;
  readonly #reader = new SiteReader();
  readonly #blocks: BlockKeeper;
  readonly #upkeep: UpkeepRuns;

  constructor(parts: EngineParts, capabilities: Capabilities) {
    this.#parts = parts;
    this.#capabilities = capabilities;
    this.events = parts.events ?? createEventStream(parts);
    this.#keeper = new SiteKeeper(parts, capabilities, () => this.#repair.lookSoon());
    this.#confirmation = new Confirmation(parts.clock, parts.log, (revision) => this.#changes.takeBack(revision));
    this.#repair = new DriftRepair({ ...parts, events: this.events }, this.#serial, () => this.#keeper.desired);
    this.#changes = new ChangeDesk({
      keeper: this.#keeper,
      reader: this.#reader,
      registry: parts.registry,
      now: parts.clock.now,
      inTurn: (refuses, work) => (refuses ? this.#alone(work) : this.#serial.run(work)),
      change: (change, about) => this.#change(change, about),
      log: parts.log,
    });
    this.rotations = new RotationKeeper(parts, this.#serial, this.#keeper);
    this.wire = new WireDesk({
      driver: parts.driver,
      seen: parts.registry.seen,
      leases: parts.registry.leases,
      clock: parts.clock,
      log: parts.log,
      events: this.events,
      host: hostname(),
      site: () => this.#keeper.stored.site,
      assignments: () => this.#keeper.assignments,
      changedAt: () => this.#keeper.head?.at ?? 0,
      rotations: () => this.rotations,
      siteKey: () => parts.registry.siteKey(),
      canAsk: capabilities.wire,
    });
    this.#keeper.rotatesByRequest = (id) => this.rotations.rotatesByRequest(id);
    this.#keeper.strangers = (mac) => this.wire.watch.strangers(mac);
    this.#keeper.lookOut = (source, site) => new WireAddresses(source, this.wire.watch, site);
    this.audit = new AuditDesk(parts.registry.audit);
    this.privacy = new PrivacyDesk({
      data: parts.registry.privacy,
      forget: (macs) => parts.driver.forget(macs),
      forgetEvents: (owner) => this.events.forget(owner),
      now: parts.clock.now,
      site: () => this.#keeper.stored.site,
      alone: (work) =>
        this.#alone(async () => {
          const result = await work();
          await this.rotations.reload();
          await this.#watching.alerts.reload();
          return result;
        }),
    });
    this.limits = new LimitDesk({
      ...parts,
      site: () => this.#keeper.stored.site,
      desired: () => this.#keeper.desired,
      events: this.events,
    });
    this.explain = new ExplainDesk({
      driver: parts.driver,
      desired: () => this.#keeper.desired,
      note: (kind, text, actor) => this.#note(kind, text, actor),
    });
    this.mirrors = new MirrorKeeper({
      driver: parts.driver,
      clock: parts.clock,
      log: parts.log,
      desired: () => this.#keeper.desired,
      note: (kind, text, actor) => this.#note(kind, text, actor),
    });
    this.sessions = new SessionsDesk({
      driver: parts.driver,
      now: parts.clock.now,
      site: () => this.#keeper.stored.site,
      assignments: () => this.#keeper.assignments,
      canRead: capabilities.sessions,
      note: (kind, text, actor) => this.#note(kind, text, actor),
    });
    this.#watching = new Watching({
      ...parts,
      fills: () => this.macs.fills(),
      events: this.events,
      capabilities,
      site: () => this.#keeper.stored.site,
      desired: () => this.#keeper.desired,
      assignments: () => this.#keeper.assignments,
      trace: (question) => this.trace.ask(question),
    });
    this.isolation = this.#watching.isolation;
    this.#keeper.follow = (next) => this.#watching.isolation.follow(next);
    this.alerts = this.#watching.alerts;
    this.sharedPorts = new SharedPortsDesk({
      holders: parts.registry.holders,
      clock: parts.clock,
      site: () => this.#keeper.stored.site,
      assignments: () => this.#keeper.assignments,
    });
    this.trace = new TraceDesk({ ...parts, holders: parts.registry.holders, site: () => this.#keeper.stored.site });
    this.traffic = new TrafficDesk({
      clock: parts.clock,
      site: () => this.#keeper.stored.site,
      gateway: capabilities.gateway,
    });
    this.owners = new OwnerDesk({ site: () => this.#keeper.stored.site, macs: () => this.macs });
    this.#blocks = new BlockKeeper(parts, this.#serial, this.#keeper);
    this.#upkeep = new UpkeepRuns({
      registry: parts.registry,
      log: parts.log,
      now: parts.clock.now,
      site: () => this.#keeper.stored.site,
    });
    this.macs = new MacDesk({
      leases: parts.registry.leases,
      now: parts.clock.now,
      site: () => this.#keeper.stored.site,
      assignments: () => this.#keeper.assignments,
      poolOrigin: (name) => this.#keeper.stored.get('pool', name)?.origin ?? 'api',
      putPool: (body, { who, from }) => this.putObject('pool', body, who, from),
      removePool: (name, { who, from }) => this.removeObject('pool', name, who, from),
      planPool: (order) => this.planChange({ objects: [order] }),
      onChange: parts.onChange,
      audit: parts.registry.audit,
      wire: () => this.wire,
      rotations: () => this.rotations,
      prepare: (order, options) => this.wire.prepare(order, options),
      note: (kind, text) => this.#note(kind, text),
    });
  }

  async start(): Promise<void> {
    await this.#keeper.load();
    await this.events.start();
    this.#record();
    // Also without a site: a daemon that was killed in its first apply may have left something.
    await this.#repair.restore();
    await this.mirrors.clear();
    this.#confirmation.watch(this.#keeper.head);
    this.#repair.start();
    this.#upkeep.start();
    this.#blocks.start();
    await this.rotations.start();
    await this.wire.watch.start();
    this.limits.start();
    await this.#watching.start();
    this.#reader.prepare();
  }

  view(): SiteView {
    return viewOf(this.#keeper);
  }

  async status(): Promise<EngineStatus> {
    const status = statusOf({
      driver: this.#parts.driver,
      capabilities: this.#capabilities,
      stored: this.#keeper.stored,
      desired: this.#keeper.desired,
      head: this.#keeper.head,
      repair: this.#repair,
    });
    const fill = await this.macs.fillWarnings();
    const recorder = await this.#parts.recorder?.status();
    return {
      ...status,
      warnings: [
        ...status.warnings,
        ...fill,
        ...this.rotations.warnings,
        ...this.wire.warnings(),
        ...this.limits.warnings(),
        ...this.#watching.isolation.warnings(),
      ],
      alerts: this.alerts.summary(),
      ...(recorder ? { recorder } : {}),
    };
  }

  planChange(order: ChangeOrder, options?: PlanOptions): Promise<PlanResult> {
    return this.#changes.plan(order, options);
  }

  async change(order: ChangeOrder, options: ChangeOptions): Promise<ApplyResult> {
    if (!('destroy' in order)) return this.#changes.change(order, options);
    await this.mirrors.close();
    const result = await this.#changes.change(order, options);
    // Not before: where the gateway stays, nobody is let go.
    await this.#watching.isolation.clear({ who: options.author, from: options.from ?? itself.from });
    return result;
  }

  plan({ text, file }: { text: string; file?: string }): Promise<PlanResult> {
    return this.#changes.plan({ file: { text, ...(file === undefined ? {} : { name: file }) } });
  }

  apply({ text, file, ...options }: { text: string; file?: string } & ChangeOptions): Promise<ApplyResult> {
    return this.#changes.change({ file: { text, ...(file === undefined ? {} : { name: file }) } }, options);
  }

  confirm(author: string, from = itself.from, { check, onlyPlan }: ConfirmOptions = {}): Promise<Revision> {
    return this.#serial.run(async () => {
      check?.(this.#keeper.head);
      if (onlyPlan) return confirmed(this.#keeper.head);
      this.#keeper.head = await this.#parts.registry.confirm();
      this.#confirmation.watch(this.#keeper.head);
      await this.#note('confirm', `revision ${this.#keeper.head.number} confirmed by ${author}`, { who: author, from });
      return this.#keeper.head;
    });
  }

  async siteAt(number?: number): Promise<SiteAt> {
    const { head, stored } = this.#keeper;
    if (number === undefined || number === head?.number)
      return { ...(head === undefined ? {} : { revision: head }), objects: stored.inOrder() };
    const { registry } = this.#parts;
    const objects = await registry.objects(number);
    return number === 0 ? { objects } : { revision: await registry.revision(number), objects };
  }

  rollback(revision: number, author: string, from = itself.from): Promise<ApplyResult> {
    return this.#changes.change({ revision }, { author, from });
  }

  history(limit: number, below?: number): Promise<Revision[]> {
    return this.#parts.registry.revisions(limit, below);
  }

  async journal(limit: number, below?: number): ReturnType<Registry['journal']> {
    // What was published is there already; a disk that is full is no reason not to show the rest.
    await this.events.flush().catch(() => undefined);
    return this.#parts.registry.journal(limit, below);
  }

  async leases(): Promise<LeaseView[]> {
    return this.#leaseViews.rows(this.#keeper.stored.site, this.#keeper.assignments, this.#parts.driver.snapshot());
  }

  putObject(kind: ObjectNoun, body: unknown, author: string, from = itself.from): Promise<ApplyResult> {
    return this.#changes.change({ objects: [{ op: 'put', kind, body }] }, { author, from });
  }

  removeObject(kind: ObjectNoun, name: string, author: string, from = itself.from): Promise<ApplyResult> {
    return this.#changes.change({ objects: [{ op: 'remove', kind, name }] }, { author, from });
  }

  attach(guest: string, nic: number, port: string, author: string, from = itself.from): Promise<ApplyResult> {
    return this.#changes.change({ objects: [{ op: 'attach', guest, nic, port }] }, { author, from });
  }

  detach(guest: string, nic: number, author: string, from = itself.from): Promise<ApplyResult> {
    return this.#changes.change({ objects: [{ op: 'attach', guest, nic, port: null }] }, { author, from });
  }

  async verify(): ReturnType<Engine['verify']> {
    const checks = await this.#serial.run(() => this.#parts.driver.verify(this.#keeper.desired));
    if (checks.some(({ ok }) => !ok)) this.#repair.lookSoon();
    return { checks: [...checks] };
  }

  async destroy(author: string, from = itself.from): ReturnType<Engine['destroy']> {
    const { lines } = await this.change({ destroy: true }, { author, from });
    return { lines };
  }

  async close(): Promise<void> {
    await this.#watching.close();
    this.rotations.close();
    await this.#blocks.close();
    this.#confirmation.close();
    await this.mirrors.close();
    await this.#repair.close();
    await this.#serial.idle();
    await this.#reader.close();
    await this.wire.watch.close();
    await this.limits.close();
    await this.#upkeep.close();
    await this.#parts.driver.close();
    await this.#parts.recorder?.close();
    await this.#parts.sessionReader?.close();
    await this.events.close();
    await this.#parts.registry.close();
  }

  /** Waits for its turn; refuses while a revision waits to be confirmed. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#serial.run(async () => {
      this.#confirmation.refuseWhilePending(this.#keeper.head);
      return work();
    });
  }

  /** Every change ends here: from then on it is the new revision that may wait to be confirmed. */
  async #change(change: ObjectChange, about: ChangeNote): Promise<ApplyResult> {
    const result = await this.#keeper.change(change, about);
    this.#confirmation.watch(result.revision);
    this.#record();
    return result;
  }

  /** Nobody waits for it: the recorder tells by itself when something is wrong. */
  #record(): void {
    const settings = recorderSettings(this.#keeper.stored.site, this.#keeper.desired);
    void this.#parts.recorder?.configure(settings);
  }

  #note(kind: string, text: string, actor: Actor = itself): Promise<void> {
    return this.#parts.registry.note(kind, text, this.#parts.clock.now(), actor);
  }
}
