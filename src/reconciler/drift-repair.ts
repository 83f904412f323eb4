import type { Driver } from '../drivers/driver.ts';
import type { ObservationSink } from '../events/contract.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { Severity } from '../model/event.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Serial } from './serial.ts';

/** A look at everything, in case a change escaped the driver's watch. */
const lookEvery = 15_000;
const retryDelays = [1_000, 2_000, 5_000, 10_000, 30_000];

interface RepairParts extends Pick<EngineParts, 'driver' | 'registry' | 'clock' | 'log'> {
  readonly events: ObservationSink;
}

/** Notices that somebody changed what is ours, puts it back, and journals both. */
export class DriftRepair {
  readonly #parts: RepairParts;
  readonly #serial: Serial;
  readonly #desired: () => DesiredState | null;
  #timer: NodeJS.Timeout | undefined;
  #queued = false;
  #failures = 0;
  #told = 0;
  /** Told to last; an earlier daemon may have told it, and the end of what nobody told is no news. */
  #broken = true;
  #closed = false;
  /** Sentences: what differs now and could not be mended yet. */
  drift: string[] = [];
  last: { at: number; text: string } | undefined;

  constructor(parts: RepairParts, serial: Serial, desired: () => DesiredState | null) {
    this.#parts = parts;
    this.#serial = serial;
    this.#desired = desired;
  }

  start(): void {
    this.#parts.driver.watch(() => this.lookSoon());
    this.#later(lookEvery);
  }

  /** Puts the desired state in place when a daemon starts. The data path of the last one goes on meanwhile. */
  async restore(): Promise<void> {
    await this.#serial.run(() => this.#lookAndMend('start'));
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Looks at the host and mends it as soon as nothing else is under way. */
  lookSoon(): void {
    if (this.#queued || this.#closed) return;
    this.#queued = true;
    void this.#serial.run(async () => {
      this.#queued = false;
      await this.#lookAndMend('drift');
    });
  }

  #later(delay: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.lookSoon(), delay);
  }

  /** Never throws: what cannot be mended is shown in the status and tried again. */
  async #lookAndMend(kind: 'start' | 'drift'): Promise<void> {
    if (this.#closed) return;
    const { driver, log } = this.#parts;
    try {
      const seen = await driver.observe();
      if (seen.length > 0) this.#publish('drift', 'warning', seen.map(({ text }) => text).join('; '));
      const mended = await mend(driver, this.#desired());
      this.drift = [];
      this.#failures = 0;
      if (this.#broken) this.#publishBroken('over', 'info', 'the host is as it should be again');
      if (mended.length > 0) {
        const text = `${kind === 'start' ? 'at start' : 'put back'}: ${mended.slice(0, 20).join('; ')}`;
        const now = this.#parts.clock.now();
        // What a start puts in place was not necessarily broken by anybody.
        if (kind === 'start') await this.#parts.registry.note(kind, text.slice(0, 4000), now);
        else {
          this.#publish('repair', 'info', text);
          this.last = { at: now, text };
        }
        log.warn({ mended: mended.length }, text);
      }
      this.#later(lookEvery);
    } catch (error) {
      this.drift = [error instanceof Error ? error.message : String(error)];
      log.error({ error }, 'the host is not as it should be and could not be mended');
      const why = `the host is not as it should be and could not be mended: ${this.drift.join('; ')}`;
      this.#publishBroken('begins', 'critical', why);
      this.#later(retryDelays[Math.min(this.#failures++, retryDelays.length - 1)] as number);
    }
  }

  /** Lasts until the host was mended: the condition of alert rules for drift. */
  #publishBroken(lasts: 'begins' | 'over', severity: Severity, text: string): void {
    this.#broken = lasts === 'begins';
    const at = this.#parts.clock.now();
    this.#parts.events.publish({ kind: 'drift', severity, subject: {}, detail: 'not-mended', text, at, lasts });
  }

  /** Each is an event of its own: what was changed on the host is told one by one, also when it is the same again. */
  #publish(kind: 'drift' | 'repair', severity: Severity, text: string): void {
    const detail = String(++this.#told);
    this.#parts.events.publish({ kind, severity, subject: {}, detail, text, at: this.#parts.clock.now() });
  }
}

async function mend(driver: Driver, desired: DesiredState | null): Promise<string[]> {
  const plan = await driver.plan(desired);
  if (plan.empty) return [];
  await driver.apply(plan);
  return plan.lines.map((line) => line.text);
}
