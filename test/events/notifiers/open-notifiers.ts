import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObservationSink } from '../../../src/events/contract.ts';
import type { Pace } from '../../../src/events/notifiers/back-off.ts';
import type { AlertMessage, Notifiers } from '../../../src/events/notifiers/contract.ts';
import { createNotifiers } from '../../../src/events/notifiers/notifiers.ts';
import type { Notifier } from '../../../src/model/alert-rule.ts';
import type { Observation } from '../../../src/model/event.ts';
import type { Label } from '../../../src/model/names.ts';
import type { AlertView } from '../../../src/reconciler/alerts/contract.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { type Clock, systemClock } from '../../../src/system/clock.ts';

/** What ends sooner or later and then cleans up, such as a test. */
export interface Scope {
  after(clean: () => unknown): void;
}

export function temporaryDirectory(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-notifiers-'));
  scope.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

/** Tries follow each other quickly, so that a test need not wait for seconds. */
const quickPace: Partial<Pace> = { first: 50, longest: 400 };

export interface OpenNotifiers {
  readonly notifiers: Notifiers;
  readonly registry: Registry;
  readonly log: string[];
  readonly observations: Observation[];
  /** Ends notifiers and registry; the directory stays. */
  close(): Promise<void>;
}

type Draft = Notifier extends infer One
  ? One extends Notifier
    ? Omit<One, 'name' | 'atLeast' | 'onlyNamed'>
    : never
  : never;

/** A notifier that gets everything, unless something else is given. */
export function notifier(name: string, draft: Draft, common: Partial<Notifier> = {}): Notifier {
  return { name: name as Label, atLeast: 'info', onlyNamed: false, ...draft, ...common } as Notifier;
}

/** Notifiers with a registry in a directory. Closed with the scope unless that was done before. */
export async function openNotifiers(
  scope: Scope,
  directory: string,
  notifiers: readonly Notifier[],
  pace: Partial<Pace> = quickPace,
  clock: Clock = systemClock,
): Promise<OpenNotifiers> {
  const state = join(directory, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const registry = await openSqliteRegistry({ directory: state, now: systemClock.now });
  const log: string[] = [];
  const write = (_: object, text: string): void => {
    log.push(text);
  };
  const observations: Observation[] = [];
  const events: ObservationSink = { publish: (observation) => void observations.push(observation) };
  const made = createNotifiers({
    kept: registry.kept,
    audit: registry.audit,
    clock,
    log: { info: write, warn: write, error: write },
    settings: { rules: [], notifiers, repeat: 0, isolateAtMost: 0 },
    site: () => 'devlab',
    events,
    pace,
  });
  await made.start();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await made.close();
    await registry.close();
  };
  scope.after(close);
  return { notifiers: made, registry, log, observations, close };
}

/** An alert about a guest that sends with addresses of others. */
export function alertMessage(
  id: number,
  changes: Partial<AlertView> = {},
  stage: AlertMessage['stage'] = 'fires',
): AlertMessage {
  const at = 1_795_000_000_000 + id;
  const alert: AlertView = {
    id,
    rule: 'violation',
    when: 'violation',
    severity: 'critical',
    subject: { guest: `web${id}`, nic: `web${id}/0`, port: `vnet${id}`, owner: 'team-a', segment: 'dev' },
    state: stage === 'over' ? 'resolved' : 'firing',
    text: `port "vnet${id}" sends with MAC addresses that are not its own`,
    seen: '02:00:00:00:00:99',
    expected: '02:00:00:00:00:05',
    since: at - 10_000,
    firedAt: at,
    ...(stage === 'over' ? { resolvedAt: at + 60_000 } : {}),
    count: 17,
    ...changes,
  };
  return { alert, stage, at: Date.now() };
}

/** Waits until something is so; fails after `seconds` and says what it was waiting for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 20,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await sleep(20);
  }
}

/** A file with a secret in a directory. */
export function secretFile(directory: string, name: string, text: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode });
  return path;
}
