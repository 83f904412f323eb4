import { AppError } from '../../errors/app-error.ts';
import { macFromInteger, macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import type { Asker } from '../../registry/journal/journal.ts';
import type { Lease, LeaseOrder } from '../../registry/leases/leases.ts';
import type { Conflict, SeenEntry } from '../../registry/seen/seen.ts';
import type { Rotations } from '../rotations/contract.ts';
import { describeBoth } from './conflict-watch.ts';
import type {
  ConflictView,
  ResolveAnswer,
  ResolveRequest,
  SeenFilter,
  SeenList,
  SeenReport,
  SeenView,
  Wire,
} from './contract.ts';
import { planResolution, type ResolutionFacts, type ResolutionPlan } from './plan-resolution.ts';
import { type OrderLookout, prepareOrder } from './prepare-order.ts';
import { readReport } from './read-report.ts';
import { WireAddresses } from './wire-addresses.ts';
import { type WireParts, WireWatch } from './wire-watch.ts';

const mostWarnings = 20;
const lookUpAtOnce = 500;

export interface DeskParts extends WireParts {
  readonly rotations: () => Pick<Rotations, 'rotate'>;
  /** Whether the driver sees the wire. */
  readonly canAsk: boolean;
  /** Secret of the registry, key of stable IPv6 addresses. */
  readonly siteKey: () => Promise<string>;
}

/** Answers for what shows up on the wire, and resolves what should not. */
export class WireDesk implements Wire {
  readonly #parts: DeskParts;
  readonly watch: WireWatch;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.watch = new WireWatch(parts);
  }

  async seen(filter: SeenFilter): Promise<SeenList> {
    await this.watch.look();
    const mac = filter.mac === undefined ? undefined : macToInteger(parseMacAddress(filter.mac));
    const entries = [...(mac === undefined ? this.#parts.seen.entries() : this.#parts.seen.of(mac))].filter(
      ({ host, device, segment }) =>
        (filter.host === undefined || host === filter.host) &&
        (filter.device === undefined || device === filter.device) &&
        (filter.segment === undefined || segment === filter.segment),
    );
    entries.sort((a, b) => b.lastAt - a.lastAt || a.mac - b.mac);
    const omitted = this.#parts.seen.omitted();
    if (filter.leased === undefined) {
      return { seen: await this.#view(entries.slice(0, filter.limit)), total: entries.length, omitted };
    }
    const fitting = (await this.#view(entries)).filter(({ lease }) => (lease !== undefined) === filter.leased);
    return { seen: fitting.slice(0, filter.limit), total: fitting.length, omitted };
  }

  async conflicts(filter: { readonly all?: boolean; readonly mac?: string }): Promise<ConflictView[]> {
    await this.watch.look();
    const mac = filter.mac === undefined ? undefined : macToInteger(parseMacAddress(filter.mac));
    return this.#parts.seen
      .conflicts()
      .filter(
        (conflict) => (filter.all || conflict.state !== 'resolved') && (mac === undefined || conflict.mac === mac),
      )
      .map((conflict) => this.#viewConflict(conflict));
  }

  async report(report: SeenReport, onlyPlan = false): Promise<{ noted: number; conflicts: ConflictView[] }> {
    const inputs = readReport(report, this.#parts.clock.now());
    if (onlyPlan) return { noted: inputs.length, conflicts: [] };
    const raised = await this.watch.report(inputs);
    return { noted: inputs.length, conflicts: raised.map((conflict) => this.#viewConflict(conflict)) };
  }

  async resolve(request: ResolveRequest, actor: Asker): Promise<ResolveAnswer> {
    const facts = await this.#factsOf(request.target);
    const how = request.how ?? (facts.conflict === undefined ? undefined : 'rotate');
    if (how === undefined && facts.lease !== undefined) {
      throw new AppError(
        'not-found',
        `MAC address "${macFromInteger(facts.mac)}" is leased and in no conflict, so there is nothing to resolve; see \`mac conflicts\``,
      );
    }
    if (how === undefined) {
      throw new AppError(
        'value-invalid',
        `MAC address "${macFromInteger(facts.mac)}" is nobody's, so say what it is: --adopt GUEST/NIC or --forget`,
      );
    }
    const plan = planResolution(how, facts, request.nic);
    const done = !(request.dryRun || actor.onlyPlan);
    if (done) await this.#carryOut(plan, actor);
    return { how, mac: plan.mac, lines: plan.lines, done };
  }

  /** An order of leases, looked for on the wire; `probe`: with questions in its segments, whatever the site says. */
  async prepare(
    order: LeaseOrder,
    options: { readonly probe?: boolean; readonly adopt?: boolean },
  ): Promise<LeaseOrder> {
    const { leases, siteKey, canAsk } = this.#parts;
    if (options.probe && !canAsk) {
      throw new AppError(
        'unsupported',
        'This daemon keeps addresses without a gateway, so it sees no segment to ask in; lease without "probe"',
      );
    }
    const addresses = new WireAddresses(leases, this.watch, this.#parts.site(), options.probe);
    const lookout: OrderLookout = {
      leases,
      addresses,
      siteKey,
      strangers: (mac) => this.watch.strangers(mac),
      look: () => this.watch.look(true),
    };
    return prepareOrder(order, lookout, options);
  }

  warnings(): string[] {
    const open = this.#parts.seen.conflicts().filter(({ state }) => state === 'open');
    const lines = open
      .slice(0, mostWarnings)
      .map((conflict) => `${this.#describe(conflict)} (conflict ${conflict.id})`);
    return open.length > mostWarnings ? [...lines, `and ${open.length - mostWarnings} more conflicts`] : lines;
  }

  async #carryOut(plan: ResolutionPlan, actor: Asker): Promise<void> {
    const { leases, clock, seen } = this.#parts;
    const now = clock.now();
    const mac = macToInteger(plan.mac);
    if (plan.how === 'rotate') await this.#parts.rotations().rotate({ nics: [plan.nic] }, actor);
    if (plan.how === 'adopt') {
      const wishes = [{ ...plan.nic, mac: plan.mac, comment: plan.comment }];
      await leases.lease({ wishes, state: 'active', kind: 'import', actor, now });
    }
    if (plan.how === 'adopt' || plan.how === 'forget') await this.watch.forget(mac);
    const entry = {
      kind: 'resolve',
      text: plan.lines.join(' '),
      at: now,
      actor,
      after: { mac: plan.mac, how: plan.how },
    };
    const conflict = 'conflict' in plan ? plan.conflict : undefined;
    // Until the old address is silent the conflict is still to be seen; the rotation is on its way.
    if (conflict === undefined) return seen.update([], [entry]);
    await seen.update([{ ...conflict, state: 'acknowledged', lastAt: now }], [entry]);
    this.watch.conflicts.end(conflict, `conflict ${conflict.id} was acknowledged by ${actor.who}`, now);
  }

  async #factsOf(target: string): Promise<ResolutionFacts> {
    const present = await this.watch.sightings();
    const all = this.#parts.seen.conflicts();
    const byId = /^\d{1,15}$/.test(target) ? all.find(({ id }) => id === Number(target)) : undefined;
    if (byId === undefined && /^\d{1,15}$/.test(target)) {
      throw new AppError('not-found', `There is no conflict ${target}; see \`mac conflicts\``);
    }
    if (byId?.state === 'resolved') {
      throw new AppError(
        'conflict',
        `Conflict ${byId.id} is over already: it was last seen ${new Date(byId.lastAt).toISOString()}`,
      );
    }
    const mac = byId?.mac ?? macToInteger(parseMacAddress(target));
    const text = macFromInteger(mac);
    const entries = this.watch.places(mac);
    const now = this.#parts.clock.now();
    const lease = await this.watch.holderOf(mac);
    const host = this.#parts.host;
    return {
      mac,
      site: this.#parts.site(),
      lease,
      conflict: byId ?? all.find((conflict) => conflict.mac === mac && conflict.state !== 'resolved'),
      entries,
      present: [
        ...present.filter((sighting) => sighting.mac === text).map(({ device, at }) => ({ host, device, at })),
        ...entries.filter((entry) => entry.host !== host).map((entry) => ({ ...entry, at: entry.lastAt })),
      ],
      now,
    };
  }

  async #view(entries: readonly SeenEntry[]): Promise<SeenView[]> {
    const views: SeenView[] = [];
    for (let at = 0; at < entries.length; at += lookUpAtOnce) {
      const some = entries.slice(at, at + lookUpAtOnce);
      const keys = [...new Set(some.map(({ mac }) => macFromInteger(mac)))];
      const leases = await this.#parts.leases.barring(keys, this.#parts.clock.now());
      for (const entry of some) {
        const mac = macFromInteger(entry.mac);
        const lease = leases.get(mac);
        views.push({ ...entry, mac, ...(lease === undefined ? {} : { lease: briefly(lease) }) });
      }
    }
    return views;
  }

  #viewConflict(conflict: Conflict): ConflictView {
    const { id, holder, lease, host, device, otherHost, otherDevice, otherKind, firstAt, lastAt, state } = conflict;
    const nic = this.watch.nicAt(otherHost, otherDevice)?.nic;
    return {
      id,
      mac: macFromInteger(conflict.mac),
      holder,
      lease,
      place: { ...(host === undefined ? {} : { host }), ...(device === undefined ? {} : { device }) },
      other: { host: otherHost, device: otherDevice, kind: otherKind, ...(nic === undefined ? {} : { nic }) },
      firstAt,
      lastAt,
      state,
      text: this.#describe(conflict),
    };
  }

  #describe(conflict: Conflict): string {
    return describeBoth(conflict, (host, device) => this.watch.nicAt(host, device));
  }
}

function briefly({ id, state, guest, nic, owner, source }: Lease): NonNullable<SeenView['lease']> {
  return {
    id,
    state,
    ...(guest === undefined ? {} : { guest }),
    ...(nic === undefined ? {} : { nic }),
    ...(owner === undefined ? {} : { owner }),
    source,
  };
}
