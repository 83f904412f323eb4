import type { DesiredMirror, Driver, MirrorCount } from '../../drivers/driver.ts';
import { AppError } from '../../errors/app-error.ts';
import type { DesiredState } from '../../model/desired-state.ts';
import type { FrameMatch } from '../../model/frame-match.ts';
import { type MirrorTarget, parseMirrorTarget, renderMirrorTarget } from '../../model/mirror-target.ts';
import { nicId } from '../../model/site.ts';
import { type Actor, type Asker, itself } from '../../registry/journal/journal.ts';
import type { Clock } from '../../system/clock.ts';
import type { Log } from '../engine-parts.ts';
import type { Capture, CaptureEnd, CaptureOrder, MirrorRequest, Mirrors, MirrorView } from './contract.ts';
import { limitPcap } from './limit-pcap.ts';
import { nicOf, readMatch, refuseHarmfulTarget } from './read-choice.ts';

const defaultRate = 12_500_000;
const defaultSeconds = 3_600;
/** Mirrors of one host: each is looked for at each of its port's frames, and in each look at the host. */
const mostMirrors = 32;
/** How often it is looked whether ports and MAC addresses are still the same. */
const lookEvery = 1_000;

interface MirrorParts {
  readonly driver: Pick<Driver, 'mirror' | 'mirrored' | 'capture'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly desired: () => DesiredState | null;
  readonly note: (kind: string, text: string, actor?: Actor) => Promise<void>;
}

interface Running {
  readonly view: Omit<MirrorView, 'packets' | 'bytes' | 'skipped'>;
  readonly match: FrameMatch;
  readonly target: MirrorTarget;
}

const nothing: MirrorCount = { packets: 0, bytes: 0, skipped: 0 };

/** Mirrors that run and captures. A mirror follows its NIC to another port or MAC address, and ends with it. */
export class MirrorKeeper implements Mirrors {
  readonly #parts: MirrorParts;
  readonly #running = new Map<number, Running>();
  readonly #captures = new Set<{ stop(): void }>();
  #looking: NodeJS.Timeout | undefined;
  /** One change at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: MirrorParts) {
    this.#parts = parts;
  }

  /** Ends what an earlier process left running. */
  async clear(): Promise<void> {
    await this.#parts.driver.mirror([]);
  }

  start(request: MirrorRequest, { who, from, onlyPlan }: Asker): Promise<MirrorView> {
    return this.#alone(async () => {
      const { to, rate = defaultRate, seconds = defaultSeconds, ...choice } = request;
      const nic = nicOf(this.#parts.desired(), choice);
      const match = readMatch(choice);
      const target = parseMirrorTarget(to);
      refuseHarmfulTarget(this.#parts.desired(), target);
      if (this.#running.size >= mostMirrors) {
        throw new AppError('conflict', `${mostMirrors} mirrors run already; stop one that is not needed any more`);
      }
      const since = this.#parts.clock.now();
      const id = this.#freeId();
      const view = { ...choice, id, to: renderMirrorTarget(target), rate, since, until: since + seconds * 1000, who };
      if (onlyPlan) return { ...view, ...nothing };
      this.#running.set(id, { view, match, target });
      try {
        await this.#apply();
      } catch (error) {
        this.#running.delete(id);
        await this.#apply();
        throw error;
      }
      this.#looking ??= setInterval(() => this.#look(), lookEvery);
      const until = new Date(view.until).toISOString();
      await this.#parts.note('mirror', `NIC ${nic.id} is mirrored to ${view.to} until ${until}`, { who, from });
      return { ...view, ...nothing };
    });
  }

  async list(): Promise<MirrorView[]> {
    const counts = await this.#parts.driver.mirrored();
    return [...this.#running.values()].map(({ view }) => ({ ...view, ...(counts.get(view.id) ?? nothing) }));
  }

  async stop(id: number, actor: Asker): Promise<MirrorView> {
    const view = (await this.list()).find((one) => one.id === id);
    if (!view)
      throw new AppError('not-found', `there is no mirror ${id}; \`bridgekeeper mirror --list\` shows those that run`);
    if (!actor.onlyPlan) await this.#alone(() => this.#end([id], `was stopped by ${actor.who}`, actor));
    return view;
  }

  async capture(order: CaptureOrder, actor: Actor): Promise<Capture> {
    const { snap = 0, packets = Number.POSITIVE_INFINITY, seconds = defaultSeconds, rate = defaultRate } = order;
    const nic = nicOf(this.#parts.desired(), order);
    const macs = nic.also ? [nic.mac, nic.also] : [nic.mac];
    const running = await this.#parts.driver.capture({ port: nic.port, macs, match: readMatch(order), snap });
    this.#captures.add(running);
    const timer = setTimeout(() => running.stop(), seconds * 1000);
    const count = { packets: 0, skipped: 0 };
    const ended = Promise.withResolvers<CaptureEnd>();
    await this.#parts.note('capture', `frames of NIC ${nic.id} are captured for ${actor.who}`, actor);
    const forget = (): void => {
      clearTimeout(timer);
      this.#captures.delete(running);
      running.stop();
      ended.resolve({ ...count });
    };
    const limited = limitPcap(running.pcap, { rate, packets, now: () => performance.now() }, count);
    const pcap = (async function* () {
      try {
        yield* limited;
      } finally {
        forget();
      }
    })();
    return { pcap, end: ended.promise, stop: () => running.stop() };
  }

  /** Ends all of them: the gateway is taken away, or the daemon ends. */
  async close(): Promise<void> {
    for (const capture of this.#captures) capture.stop();
    await this.#alone(() => this.#end([...this.#running.keys()], 'ended with the gateway'));
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #freeId(): number {
    for (let id = 1; ; id++) if (!this.#running.has(id)) return id;
  }

  #mirrors(): DesiredMirror[] {
    const desired = this.#parts.desired();
    return [...this.#running.values()].flatMap(({ view, match, target }) => {
      const nic = desired?.nics.get(nicId(view.guest, view.nic));
      if (!nic) return [];
      const macs = nic.also ? [nic.mac, nic.also] : [nic.mac];
      return [{ id: view.id, port: nic.port, macs, match, target, rate: view.rate, until: view.until }];
    });
  }

  #apply(): Promise<void> {
    return this.#parts.driver.mirror(this.#mirrors());
  }

  #look(): void {
    this.#alone(async () => {
      const now = this.#parts.clock.now();
      const over = [...this.#running.values()].filter(({ view }) => view.until <= now).map(({ view }) => view.id);
      if (over.length > 0) await this.#end(over, 'ended: its time is over');
      const there = new Set(this.#mirrors().map(({ id }) => id));
      const gone = [...this.#running.keys()].filter((id) => !there.has(id));
      if (gone.length > 0) await this.#end(gone, 'ended: its NIC is gone');
      await this.#apply();
    }).catch((error: unknown) => this.#parts.log.warn({ error }, 'mirrors could not be looked after'));
  }

  async #end(ids: readonly number[], how: string, actor: Actor = itself): Promise<void> {
    const ended = ids.flatMap((id) => this.#running.get(id) ?? []);
    for (const id of ids) this.#running.delete(id);
    if (this.#running.size === 0) {
      clearInterval(this.#looking);
      this.#looking = undefined;
    }
    if (ended.length === 0) return;
    await this.#apply();
    for (const { view } of ended) {
      const nic = nicId(view.guest, view.nic);
      await this.#parts.note('mirror', `the mirror of NIC ${nic} to ${view.to} ${how}`, actor);
    }
  }
}
