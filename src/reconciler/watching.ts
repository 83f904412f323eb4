import type { Capabilities, Driver } from '../drivers/driver.ts';
import type { Observer } from '../events/contract.ts';
import type { Assignments } from '../model/assignments.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { Site } from '../model/site.ts';
import type { Registry } from '../registry/registry.ts';
import type { Clock } from '../system/clock.ts';
import type { Log } from './engine-parts.ts';

/** What watching needs of the engine around it. */
export interface WatchParts {
  readonly driver: Driver;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly capabilities: Capabilities;
  readonly site: () => Site | undefined;
  readonly desired: () => DesiredState | null;
  readonly assignments: () => Assignments;
}

/** Ends observers, the last that was started first. */
export async function closeObservers(observers: readonly Observer[]): Promise<void> {
  for (const observer of [...observers].reverse()) await observer.close();
}
