import type { Observer } from '../events/contract.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';

/** A look asks the kernel whether each process is still there: some microseconds. */
const lookEvery = 1_000;

/** Parts such as dnsmasq: that they stopped, and that they are back. */
export class ServiceObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  /** Those that do not run, and how they are. */
  readonly #down = new Set<string>();

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#rounds = new Rounds({
      every: lookEvery,
      look: () => this.look(),
      failing: 'whether services run cannot be seen',
      log: parts.log,
    });
  }

  start(): void {
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  look(): void {
    const services = new Map(this.#parts.driver.snapshot().services.map(({ name, state }) => [name, state]));
    for (const [name, state] of services) {
      if (state === 'running' || this.#down.has(name)) continue;
      this.#down.add(name);
      const segment = name.split(' ')[1];
      this.#tell(
        name,
        'begins',
        `service "${name}" does not run: segment "${segment}" has no DHCP and no names`,
        state,
      );
    }
    for (const name of this.#down) {
      const state = services.get(name);
      if (state !== undefined && state !== 'running') continue;
      this.#down.delete(name);
      this.#tell(
        name,
        'over',
        `service "${name}" ${state === undefined ? 'is not needed any more' : 'runs again'}`,
        state,
      );
    }
  }

  #tell(service: string, lasts: 'begins' | 'over', text: string, state = 'gone'): void {
    const segment = service.split(' ')[1];
    this.#parts.events.publish({
      kind: 'service',
      severity: lasts === 'begins' ? 'critical' : 'info',
      subject: { service, ...(segment === undefined ? {} : { segment }) },
      detail: 'stopped',
      text,
      seen: state,
      expected: 'running',
      at: this.#parts.clock.now(),
      lasts,
    });
  }
}
