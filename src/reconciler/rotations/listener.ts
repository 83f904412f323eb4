import type { Driver } from '../../drivers/driver.ts';
import type { Clock } from '../../system/clock.ts';
import type { Silence } from './next-step.ts';

/** Remembers when the addresses of rotating NICs were last heard, longer than the kernel's tables may live. */
export class Listener {
  readonly #driver: Pick<Driver, 'heard'>;
  readonly #clock: Clock;
  /** By port and MAC address; on the clock that is never set. */
  readonly #heard = new Map<string, number>();

  constructor(driver: Pick<Driver, 'heard'>, clock: Clock) {
    this.#driver = driver;
    this.#clock = clock;
  }

  /** Asks the driver. */
  async listen(): Promise<void> {
    const heard = await this.#driver.heard();
    const now = this.#clock.monotonic();
    for (const { port, mac, ago } of heard) {
      const key = `${port} ${mac}`;
      this.#heard.set(key, Math.max(now - ago, this.#heard.get(key) ?? Number.NEGATIVE_INFINITY));
    }
  }

  /** Milliseconds since each address was heard. */
  silenceOf(port: string | undefined, old: string, fresh: string | undefined): Silence {
    const now = this.#clock.monotonic();
    const at = (mac: string | undefined): number | undefined => this.#heard.get(`${port} ${mac}`);
    const [oldAt, freshAt] = [at(old), at(fresh)];
    return {
      ...(oldAt === undefined ? {} : { old: now - oldAt }),
      ...(freshAt === undefined ? {} : { fresh: now - freshAt }),
    };
  }

  /** Addresses that rotate no more are forgotten. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#heard.keys()) if (!keys.has(key)) this.#heard.delete(key);
  }
}
