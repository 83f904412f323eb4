import type { Capabilities, Driver } from '../drivers/driver.ts';
import { AlertKeeper } from '../events/alerts/alert-keeper.ts';
import type { Observer } from '../events/contract.ts';
import type { StartedStream } from '../events/event-stream.ts';
import type { Notifiers } from '../events/notifiers/contract.ts';
import { createNotifiers } from '../events/notifiers/notifiers.ts';
import type { Assignments } from '../model/assignments.ts';
import { defaultAlertSettings } from '../model/default-alert-rules.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { Site } from '../model/site.ts';
import { createObservers } from '../observers/create-observers.ts';
import type { Recorder } from '../observers/recorder/recorder.ts';
import { RecordingObserver } from '../observers/recording.ts';
import type { Registry } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from './engine-parts.ts';
import { IsolationKeeper } from './isolation/isolation-keeper.ts';
import type { MacDesk } from './macs/mac-desk.ts';
import { createSubjectFinder } from './subject-finder.ts';
import { createSuricata } from './suricata.ts';
import type { Traces } from './trace/contract.ts';

/** What watching needs of the engine around it. */
export interface WatchParts {
  readonly events: StartedStream;
  readonly driver: Driver;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly capabilities: Capabilities;
  readonly site: () => Site | undefined;
  readonly desired: () => DesiredState | null;
  readonly assignments: () => Assignments;
  /** How full MAC pools are. */
  readonly fills: MacDesk['fills'];
  /** Who was behind an address and port: what others tell of the uplink is joined by it. */
  readonly trace: Traces['ask'];
  /** Absent where sessions are never recorded. */
  readonly recorder?: Pick<Recorder, 'status'>;
}

/** Ends observers, the last that was started first. */
async function closeObservers(observers: readonly Observer[]): Promise<void> {
  for (const observer of [...observers].reverse()) await observer.close();
}

/**
 * Everything that looks on: the stream of events, the alerts made of it, the ports that were isolated, and the observers
 * that feed them. Started after the site is in place, closed before the driver.
 */
export class Watching {
  readonly isolation: IsolationKeeper;
  readonly alerts: AlertKeeper;
  readonly #notifiers: Notifiers;
  readonly #observers: Observer[] = [];

  constructor(parts: WatchParts) {
    this.isolation = new IsolationKeeper({
      driver: parts.driver,
      kept: parts.registry.kept,
      clock: parts.clock,
      log: parts.log,
      site: parts.site,
      desired: parts.desired,
      enforced: parts.capabilities.gateway,
      publish: (observation) => parts.events.publish(observation),
    });
    const { registry, clock, log, site, events } = parts;
    const settings = site()?.alerts ?? defaultAlertSettings;
    const { kept, audit } = registry;
    this.#notifiers = createNotifiers({ kept, audit, clock, log, events, settings, site: () => site()?.name });
    const { isolation } = this;
    this.alerts = new AlertKeeper({ kept, clock, log, site, events, notifiers: this.#notifiers, isolation });
    this.#observers.push(createSuricata(parts));
    const fills = async () =>
      (await parts.fills()).map(({ pool, fill: { held, quarantined, drawable } }) => ({
        pool: pool.name,
        used: held + quarantined,
        drawable,
      }));
    const subjects = createSubjectFinder(site, parts.desired);
    const { gateway } = parts.capabilities;
    const observerParts = { ...parts, readings: this.alerts, subjects };
    this.#observers.push(...createObservers(observerParts, fills, gateway));
    if (parts.recorder) this.#observers.push(new RecordingObserver(observerParts, parts.recorder));
  }

  async start(): Promise<void> {
    await this.isolation.start();
    await this.#notifiers.start();
    await this.alerts.start();
    for (const observer of this.#observers) await observer.start();
  }

  async close(): Promise<void> {
    await closeObservers(this.#observers);
    await this.alerts.close();
    await this.#notifiers.close();
    await this.isolation.close();
  }
}
