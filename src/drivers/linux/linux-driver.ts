import { join } from 'node:path';
import { AppError } from '../../errors/app-error.ts';
import type { DesiredNic, DesiredState } from '../../model/desired-state.ts';
import type { TraceRequest, TraceResult } from '../../model/explanation.ts';
import type { MacAddress } from '../../model/mac-address.ts';
import type { SessionFilter, SessionRecords, SessionTable } from '../../model/session-record.ts';
import type {
  ApplyReport,
  Capabilities,
  CaptureRequest,
  DesiredIsolation,
  DesiredMirror,
  DhcpView,
  Drift,
  Driver,
  DriverPlan,
  DriverSnapshot,
  DroppedFrame,
  HeardMac,
  HostLink,
  MirrorCount,
  Refusal,
  RunningCapture,
  Sighting,
  VerifyCheck,
  Violation,
  WireAnswer,
  WireQuestion,
} from '../driver.ts';
import { announceNics } from './announce.ts';
import { describeChange } from './describe-change.ts';
import { DhcpWatch } from './dnsmasq/dhcp-watch.ts';
import { DnsmasqPart, type DnsmasqPlan } from './dnsmasq/dnsmasq-part.ts';
import { ForeignWatch } from './foreign-watch.ts';
import { type ApplyOptions, renderHostStep } from './host/apply-host-steps.ts';
import type { HostPlan } from './host/host-item.ts';
import { HostPart } from './host/host-part.ts';
import { HostWatch } from './host-watch.ts';
import { IsolationPart } from './isolation/isolation-part.ts';
import { startCapture } from './mirror/capture.ts';
import { MirrorPart } from './mirror/mirror-part.ts';
import type { HostFeatures } from './nftables/features.ts';
import { NftablesPart, type NftablesPlan } from './nftables/nftables-part.ts';
import { readOrigin } from './origin.ts';
import { probeCapabilities } from './probe.ts';
import { renderEverything } from './render.ts';
import { planCleaning } from './sessions/plan-cleaning.ts';
import { SessionsPart } from './sessions/sessions-part.ts';
import { isPortGone } from './sessions/stale-sessions.ts';
import { TracePart } from './trace/trace-part.ts';
import { readUplink } from './uplink.ts';
import { verifyHost } from './verify/verify-host.ts';
import { ViolationsPart } from './violations/violations-part.ts';
import { WirePart } from './wire/wire-part.ts';

export interface LinuxDriverOptions {
  /** Holds what was found on the host before the first change, and the files of dnsmasq. */
  readonly stateDirectory: string;
  readonly log: { warn(details: object, text: string): void };
  /** Called before every step of an apply; what it throws makes that step fail. */
  readonly onStep?: ApplyOptions['onStep'];
}

/** A plan and what only this driver needs to carry it out. */
interface LinuxPlan extends DriverPlan {
  readonly desired: DesiredState | null;
  readonly nftables: NftablesPlan;
  readonly host: HostPlan | undefined;
  readonly services: DnsmasqPlan;
}

/** Enforces a site on this network namespace: nftables, links, dnsmasq. */
export function createLinuxDriver(options: LinuxDriverOptions): Driver {
  return new LinuxDriver(options);
}

class LinuxDriver implements Driver {
  readonly name = 'linux';
  readonly #options: LinuxDriverOptions;
  readonly #nftables = new NftablesPart();
  readonly #host: HostPart;
  readonly #services: DnsmasqPart;
  readonly #watch: HostWatch;
  readonly #wire = new WirePart(() => this.#nftables.listOffenders());
  readonly #sessions = new SessionsPart();
  readonly #dhcp: DhcpWatch;
  readonly #mirrors = new MirrorPart((transaction) => this.#nftables.runBeside(transaction));
  readonly #isolations = new IsolationPart(
    (transaction) => this.#nftables.runBeside(transaction),
    (set, table) => this.#nftables.countedPorts(set, table),
    (table) => this.#nftables.listFrame(table),
  );
  readonly #violations = new ViolationsPart(
    (set) => this.#nftables.countedPorts(set),
    (text) => this.#options.log.warn({}, text),
    () => this.#nftables.made,
  );
  readonly #trace = new TracePart((transaction) => this.#nftables.runBeside(transaction));
  #capabilities: Pick<
    Capabilities,
    'bridgeMeta' | 'flowtable' | 'ctTimeout' | 'socketMatch' | 'frameSamples' | 'sessions'
  > = {
    sessions: false,
    bridgeMeta: false,
    flowtable: false,
    ctTimeout: false,
    socketMatch: false,
    frameSamples: false,
  };
  /** What was applied last; null is nothing at all, undefined is what an earlier process may have left. */
  #applied: DesiredState | null | undefined;
  #uplinkGone: string | undefined;
  readonly #foreign = new ForeignWatch(() => this.#nftables.generation);

  constructor(options: LinuxDriverOptions) {
    this.#options = options;
    const stepOptions = options.onStep ? { onStep: options.onStep } : {};
    this.#host = new HostPart(options.stateDirectory, stepOptions);
    this.#services = new DnsmasqPart(join(options.stateDirectory, 'dnsmasq'), stepOptions);
    this.#dhcp = new DhcpWatch(join(options.stateDirectory, 'dnsmasq'), options.log);
    this.#watch = new HostWatch({
      suspicious: () => this.#nftables.suspicious || this.#services.suspicious || this.#host.suspicious,
      declared: (device, address) => this.#host.declares(device, address),
      onWire: () => this.#wire.changed(),
      warn: (text) => options.log.warn({}, text),
    });
  }

  violations(): Promise<readonly Violation[]> {
    return this.#violations.counts();
  }

  watchViolations(onFrame: (dropped: DroppedFrame) => void): void {
    this.#violations.watch(this.#capabilities.frameSamples, onFrame);
  }

  isolate(isolations: readonly DesiredIsolation[]): Promise<void> {
    return this.#isolations.apply(isolations);
  }

  isolated(): Promise<ReadonlyMap<string, number>> {
    return this.#isolations.counts();
  }

  async probe(): Promise<Capabilities> {
    const { items } = await readOrigin(this.#options.stateDirectory);
    if ((await this.#nftables.begin()) && Object.keys(items).length === 0) this.#applied = null;
    const capabilities = await probeCapabilities(this.#nftables);
    this.#capabilities = capabilities;
    await this.#trace.clear();
    await this.#foreign.look();
    return capabilities;
  }

  async plan(desired: DesiredState | null): Promise<LinuxPlan> {
    const nftables = await this.#nftables.plan(desired, this.#hostFeatures(desired));
    const host = await this.#host.plan(desired);
    const services = await this.#services.plan(desired);
    const steps = host?.steps ?? [];
    // After a restart the site as it was is no change in the user's words, only what had to be mended is.
    const lines = this.#applied === undefined ? [] : describeChange(this.#applied, desired);
    // Nothing changed in the user's words, yet something is to be done: the host is being mended.
    if (lines.length === 0) {
      for (const { change, object, text } of steps) lines.push({ change, object, text });
      if (nftables.transaction !== '') {
        lines.push({ change: 'change', object: 'nftables', text: 'our tables are made anew' });
      }
      lines.push(...services.lines);
    }
    const empty = nftables.transaction === '' && steps.length === 0 && services.empty;
    return {
      lines,
      // Only `plan --raw` reads it, and it may be megabytes.
      get raw() {
        const texts = [nftables.transaction, ...steps.map(renderHostStep), services.raw];
        return texts.filter((text) => text !== '').join('\n');
      },
      empty,
      desired,
      nftables,
      host,
      services,
    };
  }

  async apply(plan: LinuxPlan): Promise<ApplyReport> {
    const before = this.#applied;
    this.#watch.pause();
    try {
      const timings = plan.desired === null ? await this.#takeDown(plan, before) : await this.#putUp(plan, before);
      this.#applied = plan.desired;
      return { timings };
    } catch (error) {
      // What an earlier process left is at work and must stay: the steps that were made for this plan are undone already.
      if (before !== undefined) await this.#goBack(plan.desired, before);
      throw error;
    } finally {
      this.#watch.resume();
    }
  }

  async observe(): Promise<readonly Drift[]> {
    await this.#sessions.retry();
    await this.#foreign.look();
    const drift: Drift[] = [];
    if (await this.#nftables.changedBySomebodyElse()) {
      drift.push({ text: 'the nftables tables of Bridgekeeper were changed by somebody else' });
    }
    for (const text of await this.#isolations.mend()) drift.push({ text });
    for (const text of await this.#host.drift()) drift.push({ text });
    for (const text of await this.#services.drift()) drift.push({ text });
    return drift;
  }

  snapshot(): DriverSnapshot {
    const more = [this.#uplinkGone, this.#sessions.notice].filter((notice) => notice !== undefined);
    const notices = [...this.#host.notices, ...more, ...this.#foreign.notices(this.#applied)];
    return { waiting: this.#host.waiting, services: this.#services.states(), notices };
  }

  async verify(desired: DesiredState | null): Promise<readonly VerifyCheck[]> {
    this.#watch.pause();
    try {
      return await verifyHost(desired, {
        nftables: this.#nftables,
        observe: () => this.observe(),
        snapshot: () => this.snapshot(),
      });
    } finally {
      this.#watch.resume();
    }
  }

  watch(onSuspicion: () => void): void {
    this.#watch.start(onSuspicion);
  }

  sightings(unlessChanged = false): Promise<readonly Sighting[]> {
    return this.#wire.sightings(unlessChanged);
  }

  ask(questions: readonly WireQuestion[]): Promise<readonly WireAnswer[]> {
    return this.#wire.ask(questions);
  }

  watchWire(onChange: () => void): () => void {
    return this.#wire.watch(onChange);
  }

  links(): Promise<ReadonlyMap<string, HostLink>> {
    return this.#wire.links();
  }

  dhcp(): Promise<DhcpView> {
    return this.#dhcp.look(this.#applied ?? null);
  }

  heard(): Promise<readonly HeardMac[]> {
    return this.#nftables.heard();
  }

  sessionTable(): SessionTable {
    return this.#sessions.table();
  }

  sessions(filter?: SessionFilter): Promise<SessionRecords> {
    return this.#sessions.list(filter);
  }

  endSessions(pick: (records: SessionRecords, index: number) => boolean, filter?: SessionFilter): Promise<number> {
    return this.#sessions.end(pick, filter);
  }

  refusals(): Promise<readonly Refusal[]> {
    return this.#nftables.refusals();
  }

  async announce(nics: readonly DesiredNic[]): Promise<void> {
    for (const text of announceNics(nics, this.#applied?.segments ?? new Map())) this.#options.log.warn({}, text);
  }

  async forget(macs: readonly MacAddress[]): Promise<void> {
    this.#watch.pause();
    try {
      await this.#services.forgetLeases(macs);
    } finally {
      this.#watch.resume();
    }
  }

  mirror(mirrors: readonly DesiredMirror[]): Promise<void> {
    return this.#mirrors.apply(mirrors);
  }

  mirrored(): Promise<ReadonlyMap<number, MirrorCount>> {
    return this.#mirrors.counts();
  }

  async capture(request: CaptureRequest): Promise<RunningCapture> {
    return startCapture(request);
  }

  trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult> {
    if (this.#applied) return this.#trace.trace(this.#applied, request, signal);
    return Promise.reject(
      new AppError('unsupported', 'nothing is applied, so there are no rules to follow packets through'),
    );
  }

  render(desired: DesiredState): ReadonlyMap<string, string> {
    const { bridgeMeta, ctTimeout, socketMatch, frameSamples } = this.#capabilities;
    const features = { bridgeMeta, ctTimeout, socketMatch, frameSamples, flowtableDevices: [] };
    return renderEverything(desired, features, this.#options.stateDirectory);
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#wire.close();
    this.#dhcp.close();
    this.#sessions.close();
    this.#violations.close();
    await this.#trace.end();
    await this.#nftables.close();
  }

  /** Guards first: a port that comes up finds its rules there. */
  async #putUp(plan: LinuxPlan, before: DesiredState | null | undefined): Promise<Record<string, number>> {
    const nftables = await this.#nftables.apply(plan.nftables);
    // Before a port comes up: the next guest never sees a packet of what its address had open.
    const sessions = await this.#clean(before, plan.desired, plan.nftables.rebuild);
    const links = await this.#host.apply(plan.host, plan.desired);
    // Only now are the bridges there that the flowtable may name.
    if (this.#capabilities.flowtable && plan.host) {
      await this.#nftables.apply(await this.#nftables.plan(plan.desired, this.#hostFeatures(plan.desired)));
    }
    return { nftables, ...sessions, links, services: await this.#services.apply(plan.services) };
  }

  /** Guards last: no port is ever on a bridge without them. */
  async #takeDown(plan: LinuxPlan, before: DesiredState | null | undefined): Promise<Record<string, number>> {
    await this.#trace.end();
    const services = await this.#services.apply(plan.services);
    const links = await this.#host.apply(plan.host, plan.desired);
    const nftables = await this.#nftables.apply(plan.nftables);
    return { nftables, ...(await this.#clean(before, null)), links, services };
  }

  /** Works out the way back from what the host shows now: parts of the failed plan may or may not be there. */
  async #goBack(failed: DesiredState | null, before: DesiredState | null): Promise<void> {
    this.#host.forget();
    const back = await this.plan(before);
    if (before === null) await this.#takeDown(back, failed);
    else await this.#putUp(back, failed);
  }

  /** Ends sessions to what is not there any more. Answers how long that took when there was something to look for. */
  async #clean(
    before: DesiredState | null | undefined,
    after: DesiredState | null,
    rebuilt = false,
  ): Promise<{ readonly sessions?: number }> {
    const remade = rebuilt && before === after;
    const cleaning = this.#capabilities.sessions ? planCleaning(before, after, remade) : undefined;
    if (cleaning === undefined) return {};
    const started = performance.now();
    await this.#sessions.clean(cleaning);
    if (before && after)
      await this.#nftables.closeOpenPorts(before, after, (inner, port) => isPortGone(cleaning.judged, inner, port));
    return { sessions: performance.now() - started };
  }

  #hostFeatures(desired: DesiredState | null): HostFeatures {
    const { bridgeMeta, ctTimeout, socketMatch, frameSamples, flowtable } = this.#capabilities;
    if (desired === null) return { bridgeMeta, ctTimeout, socketMatch, frameSamples, flowtableDevices: [] };
    const { interface: name } = desired.uplink;
    const devices = [name, ...[...desired.segments.values()].map(({ bridge }) => bridge)];
    const flowtableDevices = flowtable ? devices.filter((device) => readUplink(device) !== undefined) : [];
    const features = { bridgeMeta, ctTimeout, socketMatch, frameSamples, flowtableDevices };
    const seen = readUplink(name);
    // An uplink that goes for a while (a modem that dials) must not keep the rest of the site from being mended.
    this.#uplinkGone =
      seen === undefined ? `uplink interface "${name}" is not on this host; guests cannot reach the world` : undefined;
    if (seen) return { ...features, uplinkMac: seen.mac, uplinkIndex: seen.index };
    if (this.#applied === undefined || this.#applied?.uplink.interface === name) return features;
    throw new AppError('not-found', `uplink interface "${name}" is not on this host; name one that \`ip link\` shows`);
  }
}
