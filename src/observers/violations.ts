import type { DroppedFrame } from '../drivers/driver.ts';
import type { Observer } from '../events/contract.ts';
import type { ObserverParts } from './observer.ts';
import { Rounds } from './rounds.ts';
import { readFrame } from './seen-frame.ts';
import { expectedOf, type Offence, seenOf, severityOf, textOf } from './violation-words.ts';

/** Milliseconds between two looks at what the guard counted; an example of something new is looked at at once. */
const lookEvery = 250;
/** How many times as long as a look took nobody looks again: with 10,000 ports that offend in every way it takes a second. */
const restTimes = 5;
/** Milliseconds between two observations of what goes on. */
const tellEvery = 1_000;
/** Milliseconds without a frame after which it is over. */
const quietAfter = 60_000;
/** Looks at which a count may be missing before it is taken for gone: rules that are changed can hide it from one. */
const mostAbsent = 8;
/** Source addresses among examples from which on they are called many. */
const manySources = 3;

/** Frames of one port and offence since it was last quiet. */
interface Spell {
  /** In it. */
  total: number;
  /** Not told yet, and when the first of them came. */
  untold: number;
  from: number;
  last: number;
  /** By the monotonic clock. */
  toldAt: number | undefined;
  frame: DroppedFrame | undefined;
  readonly sources: Set<string>;
}

/** What the kernel counted so far, and how often the count was missing. */
interface Counted {
  count: number;
  absent: number;
}

/**
 * Frames that the guard dropped become events: one for each port and offence for as long as it goes on, however many
 * frames it is. What the driver counts came since the daemon started.
 */
export class ViolationsObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #rounds: Rounds;
  readonly #counted = new Map<string, Counted>();
  readonly #spells = new Map<string, Spell>();
  #looking = false;
  /** Milliseconds that the last look took. */
  #took = 0;
  #closed = false;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#rounds = new Rounds({
      every: () => Math.max(lookEvery, this.#took * restTimes),
      least: () => this.#took * restTimes,
      look: () => this.look(),
      failing: 'what the guard dropped cannot be counted',
      log: parts.log,
    });
  }

  start(): void {
    this.#rounds.start();
    this.#parts.driver.watchViolations((dropped) => this.#take(dropped));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#rounds.close();
  }

  /** Compares counts with those of the last look and tells what is new. */
  async look(): Promise<void> {
    this.#looking = true;
    const started = performance.now();
    try {
      const { driver, clock } = this.#parts;
      const violations = await driver.violations();
      const now = clock.now();
      for (const counted of this.#counted.values()) counted.absent++;
      for (const { offence, port, count } of violations) {
        const key = keyOf(offence, port);
        const counted = this.#counted.get(key);
        if (counted === undefined) this.#counted.set(key, { count, absent: 0 });
        // Less than before: the kernel began to count anew.
        const more = counted === undefined ? count : count < counted.count ? count : count - counted.count;
        if (counted) Object.assign(counted, { count, absent: 0 });
        if (more > 0) this.#add(key, more, now);
      }
      for (const [key, { absent }] of this.#counted) if (absent > mostAbsent) this.#counted.delete(key);
      this.#tell(now);
    } finally {
      this.#looking = false;
      this.#took = performance.now() - started;
    }
  }

  #take(dropped: DroppedFrame): void {
    if (this.#closed) return;
    const key = keyOf(dropped.offence, dropped.port);
    const spell = this.#spellOf(key, dropped.at);
    spell.frame = dropped;
    if (spell.sources.size < manySources) spell.sources.add(Buffer.from(dropped.frame.subarray(6, 12)).toString('hex'));
    // What was told already is told again when its second is over.
    if (!this.#looking && spell.toldAt === undefined) this.#rounds.soon();
  }

  #spellOf(key: string, at: number): Spell {
    let spell = this.#spells.get(key);
    if (spell === undefined) {
      spell = { total: 0, untold: 0, from: at, last: at, toldAt: undefined, frame: undefined, sources: new Set() };
      this.#spells.set(key, spell);
    }
    return spell;
  }

  #add(key: string, more: number, now: number): void {
    const spell = this.#spellOf(key, now);
    // The clock of the kernel's stamp and ours are the same; a look comes after what it counts.
    if (spell.untold === 0) spell.from = Math.min(now, Math.max(spell.frame?.at ?? now, now - tellEvery));
    spell.untold += more;
    spell.total += more;
    spell.last = now;
  }

  #tell(now: number): void {
    const monotonic = this.#parts.clock.monotonic();
    for (const [key, spell] of this.#spells) {
      if (spell.untold === 0) {
        if (monotonic - (spell.toldAt ?? monotonic) > quietAfter || now - spell.last > quietAfter)
          this.#spells.delete(key);
      } else if (spell.toldAt === undefined || monotonic - spell.toldAt >= tellEvery) {
        this.#publish(key, spell);
        spell.toldAt = monotonic;
        spell.untold = 0;
      }
    }
  }

  #publish(key: string, { total, untold, from, last, frame, sources }: Spell): void {
    const { subjects, desired, events } = this.#parts;
    const [offence, port] = partsOf(key);
    const subject = subjects.byPort(port);
    const now = desired();
    const nic = subject.nic === undefined ? undefined : now?.nics.get(subject.nic);
    const about: Offence = {
      offence,
      port,
      count: total,
      subject,
      nic,
      segment: nic && now?.segments.get(nic.segment),
      seen: frame && readFrame(frame.frame),
      many: sources.size >= manySources,
    };
    const seen = seenOf(about);
    const storm = offence === 'storm';
    events.publish({
      kind: storm ? 'storm' : 'violation',
      severity: severityOf(offence),
      subject,
      ...(storm ? {} : { detail: offence }),
      text: textOf(about),
      ...(seen === undefined ? {} : { seen }),
      expected: expectedOf(about),
      done: 'dropped',
      at: from,
      last,
      count: untold,
      lasts: { quietAfter },
    });
  }
}

const keyOf = (offence: string, port: string): string => `${offence} ${port}`;

function partsOf(key: string): [offence: string, port: string] {
  const at = key.indexOf(' ');
  return [key.slice(0, at), key.slice(at + 1)];
}
