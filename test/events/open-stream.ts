import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEventStream, type EventStreamParts, type StartedStream } from '../../src/events/event-stream.ts';
import type { Observation } from '../../src/model/event.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import type { Clock } from '../../src/system/clock.ts';

/** What ends sooner or later and then cleans up, such as a test. */
export interface Scope {
  after(clean: () => unknown): void;
}

export const noon = Date.parse('2026-11-22T12:00:00Z');

/** A clock that stands still until it is told to go on. */
export class StillClock implements Clock {
  #passed = 0;
  now = (): number => noon + this.#passed;
  monotonic = (): number => 1_000 + this.#passed;
  pass(milliseconds: number): void {
    this.#passed += milliseconds;
  }
}

export function scratch(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-events-'));
  scope.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

export interface OpenStream {
  readonly directory: string;
  readonly registry: Registry;
  readonly stream: StartedStream;
  readonly clock: StillClock;
  /** What it logged. */
  readonly log: string[];
  close(): Promise<void>;
}

/** A stream in front of a registry of its own, or of the one in `directory`. */
export async function openStream(
  scope: Scope,
  options: Partial<EventStreamParts> & { directory?: string; clock?: StillClock } = {},
): Promise<OpenStream> {
  const directory = options.directory ?? scratch(scope);
  const clock = options.clock ?? new StillClock();
  const registry = await openSqliteRegistry({ directory, now: clock.now });
  const log: string[] = [];
  const stream = createEventStream({
    registry,
    log: { error: (_details, text) => log.push(text) },
    ...options,
    clock,
  });
  await stream.start();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await stream.close();
    await registry.close();
  };
  scope.after(close);
  return { directory, registry, stream, clock, log, close };
}

/** Something that was noticed, as much of it as is given. */
export function observation(more: Partial<Observation> = {}): Observation {
  return {
    kind: 'violation',
    severity: 'warning',
    subject: { guest: 'web1', nic: 'web1/0', port: 'tap0', segment: 'dev', owner: 'team-a' },
    detail: 'spoofed_mac',
    text: 'port "tap0" sends from another MAC address',
    at: noon,
    ...more,
  };
}

/** Waits for a condition on a busy machine. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = performance.now() + 20_000; performance.now() < end; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return assert.fail(`${what} did not happen`);
}
