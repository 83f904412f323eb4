import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.ts';
import { renderSchedule } from '../../model/rotation.ts';
import { nicId } from '../../model/site.ts';
import { type Actor, type Asker, itself } from '../../registry/journal/journal.ts';
import type { RotationPhase, StoredRotation } from '../../registry/rotations.ts';
import type { EngineParts } from '../engine-parts.ts';
import type { Serial } from '../serial.ts';
import type { SiteKeeper } from '../site-keeper.ts';
import { chooseNics } from './choose-nics.ts';
import type { RotateAnswer, RotateRequest, Rotations, RotationView } from './contract.ts';
import { dueSchedules } from './due-nics.ts';
import { dueRotations } from './due-rotations.ts';
import { nextStep } from './next-step.ts';
import { findRequested, namedNics } from './requested-nics.ts';
import { doesNotRotate, RotationDesk, type Standing, withoutMacs } from './rotation-desk.ts';
import { runHook } from './run-hook.ts';
import { addressesOf } from './turns.ts';

/** Milliseconds between two looks: while a hook runs, while a guest is to move, while an old address falls silent, else. */
const looks = { hook: 100, prepared: 250, moved: 1_000, idle: 15_000 } as const;
/** After something failed that is not about one NIC. */
const retryAfter = 5_000;
/** How long a guest that was moved back may take to be heard, and for how long being heard counts as being there. */
const settling = 1_000;
const present = 3_000;
const defaultAtMost = 5;

/** Begins rotations, watches the guests move, runs hooks, ends what is over; schedules begin them, too. */
export class RotationKeeper implements Rotations {
  readonly #parts: EngineParts;
  readonly #serial: Serial;
  readonly #keeper: SiteKeeper;
  readonly #desk: RotationDesk;
  /** NICs whose hook runs. */
  readonly #hooks = new Map<string, Promise<unknown>>();
  /** NICs whose hook failed before this daemon started. */
  readonly #failedBefore = new Set<string>();
  #listening = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: EngineParts, serial: Serial, keeper: SiteKeeper) {
    this.#parts = parts;
    this.#serial = serial;
    this.#keeper = keeper;
    this.#desk = new RotationDesk(parts, keeper);
  }

  /** Goes on with what an earlier daemon left. */
  async start(): Promise<void> {
    await this.#serial.run(() => this.#desk.load());
    this.#listening = this.#parts.clock.now();
    for (const [id, { hook }] of this.#desk.rotations) if (hook === 'failed') this.#failedBefore.add(id);
    this.#lookIn(0);
  }

  /** Reads anew what the registry holds; in turn with other changes, which the caller sees to. */
  reload(): Promise<void> {
    return this.#desk.load();
  }

  /** Whether a NIC that a request made has two addresses just now. */
  rotatesByRequest(id: string): boolean {
    return this.#desk.isRequested(id) && this.#desk.standing(id)?.nic.also !== undefined;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Sentences for the status: what failed or does not get on. */
  get warnings(): string[] {
    return [...this.#desk.rotations].flatMap(([id, { error }]) =>
      error === undefined ? [] : [`rotation of NIC "${id}": ${error}`],
    );
  }

  async rotate(request: RotateRequest, { onlyPlan, tenant, ...actor }: Asker): Promise<RotateAnswer> {
    const answer = await this.#serial.run(async () => {
      const desk = this.#desk;
      await desk.refresh();
      await desk.dropLost();
      const [{ site }, { leases }] = [this.#keeper.stored, this.#parts.registry];
      const requested = await (request.nics ? namedNics(leases, request.nics) : findRequested(leases, site, request));
      const { chosen, skipped } = chooseNics(request, site, requested, desk.rotations);
      const now = this.#parts.clock.now();
      const origin = tenant === undefined ? 'request' : `request of ${tenant}`;
      const atMost = request.atMost ?? defaultAtMost;
      const { overlap = desk.settings.overlap, grace = Math.min(desk.settings.grace, overlap) } = request;
      if (grace > overlap) {
        throw new AppError('value-invalid', `a grace of ${grace} s is longer than the overlap of ${overlap} s`);
      }
      const rotations = chosen.map(({ guest, nic }): StoredRotation => {
        const what = { guest, nic, phase: 'waiting', origin, hook: 'none' } as const;
        return { ...what, atMost, askedAt: now, phaseSince: now, overlap, grace, actor };
      });
      const free = Math.max(0, atMost - (this.#counts().get(origin) ?? 0));
      const [first, later] = [rotations.slice(0, free), rotations.slice(free)];
      if (onlyPlan) return { rotations: await desk.planned(first, later), skipped };
      if (first.length > 0) await desk.prepare(first, later);
      else if (later.length > 0) await desk.write(...later);
      const ids = rotations.map(({ guest, nic }) => nicId(guest, nic));
      await desk.refresh(later);
      return { rotations: this.#views(ids), skipped };
    });
    if (!onlyPlan) this.#lookIn(0);
    return answer;
  }

  async list(): Promise<RotationView[]> {
    await this.#desk.refresh();
    return this.#views([...this.#desk.rotations.keys()]);
  }

  async back(guest: string, nic: number, actor: Asker): Promise<RotationView> {
    const id = nicId(guest, nic);
    if (this.#hooks.has(id))
      throw new AppError('conflict', `the hook of NIC "${id}" runs just now; wait until it has ended`);
    if (actor.onlyPlan) return this.#desk.viewOf(id);
    // Its hook must not begin to move the guest while this moves it back.
    const going = this.#back(id, actor).finally(() => this.#hooks.delete(id));
    this.#hooks.set(id, going);
    return going;
  }

  async #back(id: string, actor: Actor): Promise<RotationView> {
    const desk = this.#desk;
    await desk.listener.listen();
    const view = await this.#serial.run(async () => {
      const found = await desk.viewOf(id);
      if (!isUnderWay(found)) await desk.forget((desk.standing(id) as Standing).rotation);
      return found;
    });
    if (isUnderWay(view) && !(await this.#goBack(id, undefined, actor))) {
      throw new AppError(
        'conflict',
        `NIC "${id}" cannot go back: its guest uses "${view.to}" now, and no hook moved it; change its MAC address to "${view.from}" first`,
      );
    }
    return view;
  }

  async moved(guest: string, nic: number, asker: Asker): Promise<RotationView> {
    const id = nicId(guest, nic);
    return this.#serial.run(async () => {
      await this.#desk.refresh();
      const standing = this.#desk.standing(id);
      if (!standing || !isUnderWay(standing.rotation)) throw doesNotRotate(id);
      if (asker.onlyPlan) return this.#desk.viewMoved(standing);
      if (standing.rotation.phase === 'prepared') await this.#desk.turn([standing], 'moved');
      this.#lookIn(0);
      return this.#desk.viewOf(id);
    });
  }

  #views(ids: readonly string[]): RotationView[] {
    return ids.flatMap((id) => {
      const standing = this.#desk.standing(id);
      return standing ? [this.#desk.view(standing)] : [];
    });
  }

  /** By origin: rotations that wait for their guest to move. */
  #counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { origin, phase } of this.#desk.rotations.values()) {
      if (phase === 'prepared') counts.set(origin, (counts.get(origin) ?? 0) + 1);
    }
    return counts;
  }

  #lookIn(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#look(), delay);
  }

  #pause(): number {
    if (this.#hooks.size > 0) return looks.hook;
    const phases = new Set([...this.#desk.rotations.values()].map(({ phase }) => phase));
    if (phases.has('prepared')) return looks.prepared;
    return phases.has('moved') || phases.has('waiting') ? looks.moved : looks.idle;
  }

  /** Never rejects: what fails is tried again. */
  async #look(): Promise<void> {
    let pause = retryAfter;
    try {
      await this.#desk.listener.listen();
      await this.#desk.refresh([...this.#desk.rotations.values()].filter(isUnderWay));
      if (this.#somethingDue()) await this.#serial.run(() => this.#goOn());
      this.#runHooks();
      pause = this.#pause();
    } catch (error) {
      if (!this.#closed) this.#parts.log.error({ error }, 'rotations do not get on; they are tried again');
    }
    this.#lookIn(pause);
  }

  /** Whether there is anything to wait for others for. */
  #somethingDue(): boolean {
    const { rotations } = this.#desk;
    const { due, fresh } = dueSchedules(this.#desk.settings.schedules, this.#runs, this.#parts.clock.now());
    if (due.length > 0 || fresh.length > 0) return true;
    const counts = this.#counts();
    return [...rotations].some(([id, { phase, origin, atMost }]) => {
      if (!this.#desk.nic(id)) return true;
      if (phase === 'waiting') return (counts.get(origin) ?? 0) < atMost;
      const standing = this.#desk.standing(id);
      const lost = phase !== 'failed' && !standing?.nic.also;
      return lost || (standing !== undefined && this.#stepOf(standing) !== undefined);
    });
  }

  #runs: ReadonlyMap<string, number> = new Map();

  #stepOf({ id, rotation, silence }: Standing): ReturnType<typeof nextStep> {
    // Of whom nothing is heard the grace time counts alone, whatever daemon lived meanwhile.
    const listening = this.#desk.isRequested(id) ? 0 : this.#listening;
    const due = nextStep(rotation, silence, this.#parts.clock.now(), listening);
    const named = rotation.phase === 'prepared' && this.#desk.isNamed(rotation);
    const step = due === undefined && named ? 'take back' : due;
    // Nothing is taken from a guest that its hook moves just now, there or back.
    return (step === 'finish' || step === 'take back') && this.#hooks.has(id) ? undefined : step;
  }

  /** Every step that is due. */
  async #goOn(): Promise<void> {
    if (this.#closed) return;
    const desk = this.#desk;
    // Whoever waits here for a long change would decide by what was heard before it.
    await desk.listener.listen();
    await desk.refresh();
    await desk.dropLost();
    const all = [...desk.rotations.keys()].flatMap((id) => desk.standing(id) ?? []);
    const steps = Map.groupBy(all, (standing) => this.#stepOf(standing));
    const taking = (step: ReturnType<typeof nextStep>): Standing[] => steps.get(step) ?? [];
    if (taking('move').length > 0) await desk.turn(taking('move'), 'moved');
    if (taking('return').length > 0) await desk.turn(taking('return'), 'prepared');
    if (taking('finish').length > 0) {
      await desk.finish(
        taking('finish').map((one) => ({ ...one, late: (one.silence.old ?? Infinity) < one.rotation.grace * 1000 })),
      );
    }
    for (const [named, some] of Map.groupBy(taking('take back'), ({ rotation }) => desk.isNamed(rotation))) {
      const reason = named
        ? 'the site file names its MAC address by now'
        : 'the guest did not move before the overlap ended';
      await desk.takeBack(some, reason, itself);
    }
    await this.#askSchedules();
    await this.#beginWaiting();
    desk.listener.keepOnly(
      new Set(
        [...desk.rotations.keys()].flatMap((id) => {
          const { nic, rotation } = desk.standing(id) ?? {};
          const port = rotation && desk.portOf(desk.guest(rotation.guest), rotation.nic);
          return nic?.also ? [`${port} ${nic.mac}`, `${port} ${nic.also.mac}`] : [];
        }),
      ),
    );
  }

  async #askSchedules(): Promise<void> {
    const { site } = this.#keeper.stored;
    const schedules = this.#desk.settings.schedules;
    if (!site || schedules.length === 0) return;
    const now = this.#parts.clock.now();
    this.#runs = await this.#parts.registry.rotationRuns();
    const { due, fresh } = dueSchedules(schedules, this.#runs, now);
    if (due.length === 0 && fresh.length === 0) return;
    const rotations = await dueRotations(due, {
      site,
      settings: this.#desk.settings,
      source: this.#keeper.addresses(),
      leases: this.#parts.registry.leases,
      rotations: this.#desk.rotations,
      now,
    });
    const runs = new Map([...due, ...fresh].map((schedule) => [renderSchedule(schedule), now]));
    await this.#desk.enqueue(rotations, runs);
    this.#runs = await this.#parts.registry.rotationRuns();
  }

  /** As many as may be under way at once, for each origin; who cannot begin has failed. */
  async #beginWaiting(): Promise<void> {
    const waiting = [...this.#desk.rotations.values()].filter(({ phase }) => phase === 'waiting');
    const counts = this.#counts();
    for (const [origin, group] of Map.groupBy(waiting, (one) => one.origin)) {
      const most = Math.min(...group.map(({ atMost }) => atMost));
      const next = group.slice(0, Math.max(0, most - (counts.get(origin) ?? 0)));
      if (next.length === 0) continue;
      try {
        await this.#desk.prepare(next);
      } catch (error) {
        const reason = (error as Error).message;
        const now = this.#parts.clock.now();
        await this.#desk.write(
          ...next.map((one) => ({ ...one, phase: 'failed', phaseSince: now, error: reason }) as const),
        );
        this.#parts.log.warn({ error }, 'rotations could not begin');
      }
    }
  }

  /** Starts the hooks that are due, and goes on with those that were to bring a guest back. */
  #runHooks(): void {
    if (this.#closed) return;
    for (const [id, rotation] of this.#desk.rotations) {
      const { hook, error } = rotation;
      // One that failed while an earlier daemon lived is still to be brought back.
      const left = hook === 'failed' && this.#failedBefore.delete(id);
      if (!isUnderWay(rotation) || (hook !== 'due' && !left) || this.#hooks.has(id)) continue;
      const running: Promise<unknown> = (
        left ? this.#goBack(id, error ?? 'its hook failed', itself) : this.#runHook(id)
      )
        .catch((cause: unknown) => {
          if (!this.#closed) this.#parts.log.error({ error: cause }, `the hook of NIC "${id}" could not be followed`);
        })
        .finally(() => this.#hooks.delete(id));
      this.#hooks.set(id, running);
    }
  }

  async #runHook(id: string): Promise<void> {
    const failure = await this.#callHook(id, false);
    if (this.#closed) return;
    if (failure !== undefined) {
      await this.#goBack(id, failure, itself);
      return;
    }
    await this.#serial.run(async () => {
      const standing = this.#desk.standing(id);
      if (this.#closed || standing?.rotation.hook !== 'due' || !standing.nic.also) return;
      if (standing.rotation.phase === 'prepared') await this.#desk.turn([standing], 'moved', 'done');
      else await this.#desk.write({ ...standing.rotation, hook: 'done' });
    });
  }

  /** Runs the hook of a NIC, with `back` to give the guest its old address again. Answers why it failed. */
  async #callHook(id: string, back: boolean): Promise<string | undefined> {
    const standing = this.#desk.standing(id);
    const program = standing && this.#desk.hookOf(standing.rotation);
    if (!standing?.nic.also || program === undefined) return `there is no hook any more for the guest of NIC "${id}"`;
    const { guest, nic, phase } = standing.rotation;
    const { old, fresh } = addressesOf(standing.nic, phase);
    const [from, to] = back ? [fresh ?? '', old] : [old, fresh ?? ''];
    const port = this.#desk.portOf(this.#desk.guest(guest), nic) ?? '';
    const words = { guest, nic: String(nic), port, old: from, new: to };
    try {
      await runHook(program, words, this.#desk.settings.hookTimeout);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /**
   * Moves the guest back where a hook can, and takes the new address back. Answers false when the guest uses the new
   * one all the same: then it keeps both, and what it does until the end of the overlap decides.
   */
  async #goBack(id: string, reason: string | undefined, actor: Actor): Promise<boolean> {
    const standing = this.#desk.standing(id);
    if (!standing?.nic.also) return true;
    const tried = standing.rotation.hook !== 'none';
    let told = reason;
    let failure: string | undefined;
    if (tried) {
      if (reason !== undefined) await this.#serial.run(() => this.#noteFailure(id, reason));
      failure = await this.#callHook(id, true);
      if (failure !== undefined) told = [reason, `on the way back: ${failure}`].filter(Boolean).join('; ');
      await sleep(settling);
      await this.#desk.listener.listen();
    }
    return this.#serial.run(async () => {
      const now = this.#desk.standing(id);
      if (this.#closed || !now?.nic.also) return true;
      const { old = Infinity, fresh = Infinity } = now.silence;
      // A guest that no hook brought back is where it was last heard, however long it has said nothing.
      if (fresh < old && (fresh < present || !tried || failure !== undefined)) {
        const error = `${withoutMacs(told ?? 'it was to go back', now.nic)}; the guest uses its new address, so it keeps both until one is silent`;
        if (tried) await this.#desk.write({ ...now.rotation, hook: 'failed', error });
        return false;
      }
      await this.#desk.takeBack([now], told, actor);
      return true;
    });
  }

  async #noteFailure(id: string, reason: string): Promise<void> {
    const standing = this.#desk.standing(id);
    if (this.#closed || !standing?.nic.also) return;
    await this.#desk.write({ ...standing.rotation, hook: 'failed', error: withoutMacs(reason, standing.nic) });
  }
}

/** Whether the NIC may use two addresses. */
const isUnderWay = ({ phase }: { readonly phase: RotationPhase }): boolean => phase === 'prepared' || phase === 'moved';
