import type { Observer } from '../events/contract.ts';
import { Lasting } from './lasting.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';

/** A look asks the kernel whether each process is still there: some microseconds. */
const lookEvery = 1_000;

/** Parts such as dnsmasq: that they stopped, and that they are back. */
export class ServiceObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  /** Those that do not run. */
  readonly #down: Lasting;
  /** Those that had no process yet at the last look: so is one, for a moment, while a new segment gets it. */
  #absent: ReadonlySet<string> = new Set();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#down = new Lasting(parts);
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'whether services run cannot be seen',
      log: parts.log,
    });
  }

  start(): void {
    this.#down.adopt('service', ({ subject }) => subject.service);
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  look(): void {
    const services = new Map(this.#parts.driver.snapshot().services.map(({ name, state }) => [name, state]));
    const before = this.#absent;
    this.#absent = new Set([...services].filter(([, state]) => state === 'absent').map(([name]) => name));
    for (const [service, state] of services) {
      if (state === 'running' || (state === 'absent' && !before.has(service))) continue;
      const segment = service.split(' ')[1];
      this.#down.begin(service, {
        kind: 'service',
        severity: 'critical',
        subject: { service, ...(segment === undefined ? {} : { segment }) },
        detail: 'stopped',
        text: `service "${service}" does not run: segment "${segment}" has no DHCP and no names`,
        seen: state,
        expected: 'running',
      });
    }
    for (const service of this.#down.keys()) {
      const state = services.get(service);
      if (state === undefined) this.#down.over(service, `service "${service}" is not needed any more`);
      else if (state === 'running') this.#down.over(service, `service "${service}" runs again`);
    }
  }
}
