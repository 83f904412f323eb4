import type { Driver } from '../drivers/driver.ts';
import type { EventStream, ReadingSink, SubjectFinder } from '../events/contract.ts';
import type { DesiredState } from '../model/desired-state.ts';
import type { Site } from '../model/site.ts';
import type { Clock } from '../system/clock.ts';

/** What every observer is given. */
export interface ObserverParts {
  readonly driver: Driver;
  readonly clock: Clock;
  readonly log: ObserverLog;
  readonly site: () => Site | undefined;
  readonly desired: () => DesiredState | null;
  readonly events: Pick<EventStream, 'publish' | 'lasting'>;
  readonly readings: ReadingSink;
  readonly subjects: SubjectFinder;
}

export interface ObserverLog {
  info(details: object, text: string): void;
  warn(details: object, text: string): void;
  error(details: object, text: string): void;
}
