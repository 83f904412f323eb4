import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observer } from '../events/contract.ts';
import type { EventSubject } from '../model/event.ts';
import { renderBandwidth } from '../model/quantity.ts';
import type { Condition } from '../model/reading.ts';
import { type LinkCounters, readLinkCounters, readLinkSpeed } from '../system/link-counters.ts';
import { Lasting } from './lasting.ts';
import type { ObserverParts } from './observer.ts';
import { type ProcessorTimes, parseMemory, parseProcessors } from './proc-files.ts';
import { Rounds } from './rounds.ts';
import { renderMemory, renderPercent, renderShare } from './words.ts';

const readEvery = 5_000;
/** Drivers may ask their hardware, and it rarely changes. */
const askSpeedEvery = 60_000;
/** Shares from which on, and below which no more, there is nothing left: the kernel then kills or drops. */
const exhausted = 0.97;
const relieved = 0.92;

interface Traffic extends LinkCounters {
  readonly device: string;
  readonly at: number;
}

/** What the host has left: processors, memory, the uplink, the kernel's table of sessions. */
export class ResourceObserver implements Observer {
  readonly #parts: ObserverParts;
  readonly #proc: string;
  readonly #rounds: Rounds;
  #processors: ProcessorTimes | undefined;
  #traffic: Traffic | undefined;
  #speed: { readonly device: string; readonly at: number; readonly bits: number | undefined } | undefined;
  readonly #exhausted: Lasting;

  /** `proc`: where the files of proc(5) are. */
  constructor(parts: ObserverParts, proc = '/proc') {
    this.#parts = parts;
    this.#proc = proc;
    this.#exhausted = new Lasting(parts);
    this.#rounds = new Rounds({
      every: readEvery,
      look: () => this.look(),
      failing: 'what the host has left cannot be read',
      log: parts.log,
    });
  }

  start(): void {
    this.#exhausted.adopt('resource', ({ detail }) => detail);
    this.#rounds.start();
  }

  close(): Promise<void> {
    return this.#rounds.close();
  }

  /** Gives what can be read; rejects afterwards with the first thing that could not. */
  async look(): Promise<void> {
    const failures: unknown[] = [];
    for (const read of [this.#readProcessors, this.#readMemory, this.#readSessions, this.#readUplink]) {
      try {
        await read.call(this);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  async #readProcessors(): Promise<void> {
    const times = parseProcessors(await readFile(join(this.#proc, 'stat'), 'utf8'));
    const before = this.#processors;
    this.#processors = times;
    if (times === undefined || before === undefined || times.all <= before.all) return;
    const busy = Math.max(0, Math.min(1, (times.busy - before.busy) / (times.all - before.all)));
    this.#give('cpu', {}, busy, `${renderPercent(busy)} of ${times.count} processors`);
  }

  async #readMemory(): Promise<void> {
    const memory = parseMemory(await readFile(join(this.#proc, 'meminfo'), 'utf8'));
    if (memory === undefined) return;
    const { total, available } = memory;
    const used = Math.max(0, total - available);
    this.#give('memory', {}, used / total, `${renderMemory(used)} of ${renderMemory(total)}`);
    this.#tell('memory', used / total, `${renderMemory(available)} of memory are left of ${renderMemory(total)}`);
  }

  #readSessions(): void {
    const { count, max } = this.#parts.driver.sessionTable();
    if (max <= 0) return;
    const seen = renderShare(count, max, 'entries');
    this.#give('session-table', {}, count / max, seen);
    this.#tell(
      'session-table',
      count / max,
      `the kernel's table of sessions is full, ${seen}: new sessions, also of the host, are dropped`,
    );
  }

  #readUplink(): void {
    const uplink = this.#parts.desired()?.uplink;
    const now = this.#parts.clock.monotonic();
    const counters = uplink && readLinkCounters(uplink.interface);
    const before = this.#traffic;
    this.#traffic = counters && { ...counters, device: uplink.interface, at: now };
    if (uplink === undefined || counters === undefined || before === undefined) return;
    const capacity = uplink.bandwidth ?? this.#speedOf(uplink.interface, now);
    const seconds = (now - before.at) / 1000;
    if (capacity === undefined || seconds <= 0 || before.device !== uplink.interface) return;
    // Another device by the same name, or one whose driver began to count anew.
    if (before.index !== counters.index || counters.received < before.received || counters.sent < before.sent) return;
    const received = ((counters.received - before.received) * 8) / seconds;
    const sent = ((counters.sent - before.sent) * 8) / seconds;
    const seen = `${renderBandwidth(received)} in, ${renderBandwidth(sent)} out of ${renderBandwidth(capacity)}`;
    this.#give('uplink-bandwidth', { port: uplink.interface }, Math.max(received, sent) / capacity, seen);
  }

  #speedOf(device: string, now: number): number | undefined {
    if (this.#speed?.device !== device || now - this.#speed.at > askSpeedEvery) {
      this.#speed = { device, at: now, bits: readLinkSpeed(device) };
    }
    return this.#speed.bits;
  }

  #give(condition: Condition, subject: EventSubject, value: number, seen: string): void {
    this.#parts.readings.read({ condition, subject, value, at: this.#parts.clock.now(), seen });
  }

  /** Whatever the rules say: what is used up is in the journal. */
  #tell(condition: Condition, share: number, text: string): void {
    if (share < relieved) this.#exhausted.over(condition);
    if (share < exhausted || this.#exhausted.has(condition)) return;
    this.#exhausted.begin(condition, {
      kind: 'resource',
      severity: 'critical',
      subject: { object: condition },
      detail: condition,
      text,
      seen: renderPercent(share),
      expected: `below ${renderPercent(exhausted)}`,
    });
  }
}
