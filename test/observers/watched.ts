import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver } from '../../src/drivers/driver.ts';
import { createNoneDriver } from '../../src/drivers/none/none-driver.ts';
import type { DesiredState } from '../../src/model/desired-state.ts';
import type { BridgekeeperEvent, Observation } from '../../src/model/event.ts';
import type { Reading } from '../../src/model/reading.ts';
import type { Site } from '../../src/model/site.ts';
import type { ObserverParts } from '../../src/observers/observer.ts';
import { createSubjectFinder } from '../../src/reconciler/subject-finder.ts';

/** An observer's surroundings, with what it published and read in lists, and times that a test sets. */
export interface Watched {
  readonly parts: ObserverParts;
  readonly observations: Observation[];
  readonly readings: Reading[];
  readonly log: string[];
  /** Both may be changed. */
  time: { now: number; monotonic: number };
  desired: DesiredState | null;
  site: Site | undefined;
  /** What lasted when an earlier process ended. */
  lasting: BridgekeeperEvent[];
  /** Lets time go by, for the clocks. */
  pass(milliseconds: number): void;
  /** Texts of the observations so far, which are then forgotten. */
  take(): string[];
}

export function watched(driver: Driver = createNoneDriver()): Watched {
  const log: string[] = [];
  const write = (_: object, text: string): void => void log.push(text);
  const self: Watched = {
    observations: [],
    readings: [],
    log,
    time: { now: Date.parse('2026-11-22T12:00:00Z'), monotonic: 5_000 },
    desired: null,
    site: undefined,
    lasting: [],
    pass(milliseconds) {
      self.time.now += milliseconds;
      self.time.monotonic += milliseconds;
    },
    take: () => self.observations.splice(0).map(({ text, lasts }) => (lasts === 'over' ? `over: ${text}` : text)),
    parts: {
      driver,
      clock: { now: () => self.time.now, monotonic: () => self.time.monotonic },
      log: { info: write, warn: write, error: write },
      site: () => self.site,
      desired: () => self.desired,
      events: {
        publish: (observation) => void self.observations.push(observation),
        lasting: () => self.lasting,
      },
      readings: { read: (reading) => void self.readings.push(reading) },
      subjects: createSubjectFinder(
        () => self.site,
        () => self.desired,
      ),
    },
  };
  return self;
}

/** Waits until something is so, 20 s at most: the machine may be busy. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await sleep(100);
  }
  throw new Error(`${what} did not come`);
}
