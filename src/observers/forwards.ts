import { connect } from 'node:net';
import type { HostLink } from '../drivers/driver.ts';
import type { Observer } from '../events/contract.ts';
import type { DesiredForward, DesiredNic } from '../model/desired-state.ts';
import { forwardId, nicId } from '../model/site.ts';
import { defaultWatch } from '../model/watch-schema.ts';
import { Lasting } from './lasting.ts';
import { portState } from './links.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';

const tick = 1_000;
/** Connections that are begun in a tick, and that may wait for an answer at the same time. */
const perTick = 50;
const timeout = 3_000;
const mostOpen = 200;
/** Milliseconds after which a forward that failed once is tried again: one lost answer is no failure. */
const againAfter = 5_000;
const patience = 2;

/** Failures that are ours, not the guest's. */
const ours = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EADDRINUSE', 'EPERM']);

interface Target {
  readonly forward: DesiredForward;
  readonly nic: DesiredNic;
}

const none: ReadonlyMap<string, Target> = new Map();

interface Known {
  /** When it is to be tried (by a clock that only goes on). */
  dueAt: number;
  target: Target;
  failed: number;
  answered: boolean;
  trying: boolean;
}

/** Undefined: it answers. Otherwise why not: the code of the failure. */
export function tryTarget(host: string, port: number, wait = timeout): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (failure: string | undefined): void => {
      clearTimeout(timer);
      // No FIN and no TIME_WAIT: thousands of closed connections would be left on the host.
      socket.resetAndDestroy();
      resolve(failure);
    };
    const timer = setTimeout(() => done('ETIMEDOUT'), wait);
    socket.unref();
    socket.once('connect', () => done(undefined));
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
  });
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the guest refuses the connection',
  ETIMEDOUT: 'no answer within 3 s',
  EHOSTUNREACH: 'nobody has the address',
  unplugged: 'the guest is not plugged in',
};

/**
 * Whether the guests behind published TCP ports answer: the host connects to the guest itself, and says nothing. A port
 * range, UDP, and guests with the shared address are not tried.
 */
export class ForwardObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  readonly #known = new Map<string, Known>();
  /** By forward. */
  readonly #down: Lasting;
  readonly #trying = new Set<Promise<void>>();
  #targets: { desired: object | null; site: object | undefined; targets: Map<string, Target> } | undefined;
  #followed: ReadonlyMap<string, Target> | undefined;
  #links: ReadonlyMap<string, HostLink> = new Map();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#down = new Lasting(parts);
    this.#rounds = new Rounds({
      every: tick,
      look: () => this.look(),
      failing: 'published ports cannot be tried',
      log: parts.log,
    });
  }

  start(): void {
    this.#down.adopt('forward-down', ({ subject }) => subject.forward);
    this.#rounds.start(tick);
  }

  async close(): Promise<void> {
    await this.#rounds.close();
    await Promise.all(this.#trying);
  }

  async look(): Promise<void> {
    const { forwards, interval } = this.#parts.site()?.watch ?? defaultWatch;
    const now = this.#parts.clock.monotonic();
    this.#follow(forwards ? this.#targetsNow() : none, now);
    const due: [string, Known][] = [];
    for (const [id, known] of this.#known) if (!known.trying && known.dueAt <= now) due.push([id, known]);
    if (due.length === 0) return;
    due.sort(([, a], [, b]) => a.dueAt - b.dueAt);
    this.#links = await this.#parts.driver.links();
    const isolated = await this.#parts.driver.isolated();
    for (const [id, known] of due.slice(0, Math.min(perTick, mostOpen - this.#trying.size))) {
      known.dueAt = now + interval * 1000;
      if (isolated.has(known.target.nic.port)) continue;
      const attempt = this.#try(id, known).finally(() => this.#trying.delete(attempt));
      this.#trying.add(attempt);
    }
  }

  /** What is tried from now on. */
  #follow(targets: ReadonlyMap<string, Target>, now: number): void {
    if (targets === this.#followed) return;
    this.#followed = targets;
    for (const id of [...this.#known.keys(), ...this.#down.keys()]) {
      if (targets.has(id)) continue;
      this.#down.over(id, `forward "${id}" is not watched any more`);
      this.#known.delete(id);
    }
    let fresh = 0;
    for (const [id, target] of targets) {
      const known = this.#known.get(id);
      if (known !== undefined) {
        known.target = target;
        continue;
      }
      // Spread from the first: not all at once when the daemon starts.
      const dueAt = now + Math.floor(fresh++ / perTick) * tick;
      this.#known.set(id, { dueAt, target, failed: 0, answered: this.#down.has(id), trying: false });
    }
  }

  #targetsNow(): Map<string, Target> {
    const desired = this.#parts.desired();
    const site = this.#parts.site();
    if (this.#targets?.desired === desired && this.#targets.site === site) return this.#targets.targets;
    const targets = new Map<string, Target>();
    for (const { protocol, ports, check, to } of site?.forwards ?? []) {
      const id = forwardId({ protocol, ports });
      const forward = desired?.forwards.get(id);
      const nic = desired?.nics.get(nicId(to.guest, to.nic));
      if (protocol !== 'tcp' || ports.first !== ports.last || check === 'off' || forward === undefined) continue;
      if (nic?.share === 'nat') targets.set(id, { forward, nic });
    }
    this.#targets = { desired, site, targets };
    return targets;
  }

  async #try(id: string, known: Known): Promise<void> {
    const { forward, nic } = known.target;
    const isPlugged = this.#links.size === 0 || portState(nic, this.#links) === 'up';
    // A guest that was never there is waited for.
    if (!isPlugged && !known.answered) return;
    known.trying = true;
    const failure = isPlugged ? await tryTarget(forward.to4, forward.toFirst) : 'unplugged';
    known.trying = false;
    if (this.#known.get(id) !== known || (failure !== undefined && ours.has(failure))) return;
    if (failure === undefined) {
      known.answered = true;
      known.failed = 0;
      this.#down.over(id, `guest "${nic.guest}" behind forward "${id}" answers again`);
      return;
    }
    known.failed++;
    if (known.failed < patience) known.dueAt = Math.min(known.dueAt, this.#parts.clock.monotonic() + againAfter);
    else if (!this.#down.has(id)) {
      this.#down.begin(id, {
        kind: 'forward-down',
        severity: 'warning',
        subject: { ...this.#parts.subjects.byPort(nic.port), forward: id },
        detail: 'tcp',
        text: `guest "${nic.guest}" behind forward "${id}" does not answer at ${forward.to4}:${forward.toFirst}`,
        seen: words[failure] ?? failure,
        expected: 'a TCP connection',
      });
    }
  }
}
