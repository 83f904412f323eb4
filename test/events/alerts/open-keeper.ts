import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNoneDriver } from '../../../src/drivers/none/none-driver.ts';
import { AlertKeeper } from '../../../src/events/alerts/alert-keeper.ts';
import { createEventStream, type StartedStream } from '../../../src/events/event-stream.ts';
import { createNotifiers } from '../../../src/events/notifiers/notifiers.ts';
import { defaultAlertSettings } from '../../../src/model/default-alert-rules.ts';
import type { Observation } from '../../../src/model/event.ts';
import { parseSite } from '../../../src/model/parse-site.ts';
import type { Site } from '../../../src/model/site.ts';
import type { AlertView } from '../../../src/reconciler/alerts/contract.ts';
import { IsolationKeeper } from '../../../src/reconciler/isolation/isolation-keeper.ts';
import type { Kept } from '../../../src/registry/kept/kept.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { startReceiver } from '../notifiers/receiver.ts';

export interface Scope {
  after(clean: () => unknown): void;
}

/** A clock that a test sets. `wall` may jump both ways, `elapsed` only goes on. */
export class TestClock {
  wall = Date.UTC(2026, 10, 22);
  elapsed = 1_000_000;

  now = (): number => this.wall;
  monotonic = (): number => this.elapsed;

  pass(milliseconds: number): void {
    this.wall += milliseconds;
    this.elapsed += milliseconds;
  }
}

/** What a notifier was told: `alert.fires` and so on, and the alert. */
export interface Told {
  readonly stage: string;
  readonly alert: AlertView;
}

export interface OpenKeeper {
  readonly keeper: AlertKeeper;
  readonly stream: StartedStream;
  readonly isolation: IsolationKeeper;
  readonly registry: Registry;
  readonly clock: TestClock;
  readonly log: string[];
  /** Publishes, and waits until the alerts know. */
  publish(...observations: Observation[]): Promise<void>;
  /** Lets time pass and everybody look. */
  pass(milliseconds: number): Promise<void>;
  apply(site: Site): Promise<void>;
  firing(): Promise<AlertView[]>;
  /** Ends as kill -9 does: nothing is said, nothing more is written. */
  kill(): Promise<void>;
}

export function temporaryDirectory(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-alerts-'));
  scope.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

const guests = (count: number): string =>
  Array.from({ length: count }, (_, i) => `  - {name: g${i}, owner: team-a, nics: [{segment: dev}]}`).join('\n');

/** A site with guests g0, g1, … in the segment dev; `alerts` is YAML behind the key. */
export function siteOf(alerts = '{}', count = 20): Site {
  return parseSite(`site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: p, range: "02:00:00:00:00:00/24"}]
limits: {sessionsPerGuest: 50}
segments: [{name: dev, subnet: 10.0.0.0/16}]
guests:
${guests(count)}
alerts: ${alerts}
`).site;
}

/** What the guard drops of a guest, as its observer tells it. */
export function violation(
  guest: string,
  detail: string,
  clock: TestClock,
  rest: Partial<Observation> = {},
): Observation {
  return {
    kind: 'violation',
    severity: 'warning',
    subject: { guest, nic: `${guest}/0`, port: `bkp-${guest}.0`, owner: 'team-a', segment: 'dev' },
    detail,
    text: `guest ${guest} sends what it must not: ${detail}`,
    at: clock.now(),
    lasts: { quietAfter: 60_000 },
    ...rest,
  };
}

/** An alert keeper with a registry, a stream, notifiers and isolations of its own, all of them real. */
export async function openKeeper(
  scope: Scope,
  options: {
    directory?: string;
    site?: Site;
    clock?: TestClock;
    most?: number;
    /** What alerts and messages are kept in, made of the registry's. */
    keptIn?: (kept: Kept) => Kept;
  } = {},
): Promise<OpenKeeper> {
  const directory = options.directory ?? temporaryDirectory(scope);
  const clock = options.clock ?? new TestClock();
  let site = options.site ?? siteOf();
  const state = join(directory, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const registry = await openSqliteRegistry({ directory: state, now: clock.now });
  const lines: string[] = [];
  const write = (details: object, text: string): void => {
    lines.push(`${text} ${(details as { error?: unknown }).error ?? ''}`);
  };
  const log = { info: write, warn: write, error: write };
  const stream = createEventStream({ registry, clock, log });
  await stream.start();
  const { audit } = registry;
  const kept = options.keptIn?.(registry.kept) ?? registry.kept;
  const isolation = new IsolationKeeper({
    driver: createNoneDriver(),
    kept,
    clock,
    log,
    site: () => site,
    desired: () => null,
    publish: (observation) => stream.publish(observation),
    enforced: true,
  });
  await isolation.start();
  const settings = site.alerts ?? defaultAlertSettings;
  const pace = { first: 20, longest: 100 };
  const notifiers = createNotifiers({ kept, audit, clock: systemClock, log, settings, pace });
  await notifiers.start();
  const keeper = new AlertKeeper({
    kept,
    clock,
    log,
    site: () => site,
    events: stream,
    notifiers,
    isolation,
    ...(options.most === undefined ? {} : { most: options.most }),
  });
  await keeper.start();
  let open = true;
  const kill = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await stream.flush().catch(() => {});
    await registry.close().catch(() => {});
    // Only now, so that what they would still like to write is not written.
    await keeper.close();
    await notifiers.close();
    await isolation.close();
    await stream.close().catch(() => {});
  };
  scope.after(kill);
  return {
    keeper,
    stream,
    isolation,
    registry,
    clock,
    log: lines,
    publish: async (...observations) => {
      for (const one of observations) stream.publish(one);
      await stream.flush();
    },
    pass: async (milliseconds) => {
      // In steps, as time does.
      for (let left = milliseconds; left > 0; left -= 1_000) {
        clock.pass(Math.min(1_000, left));
        stream.tick();
        if (left % 5_000 === 0 || left <= 1_000) await stream.flush();
        await keeper.look();
      }
      await stream.flush();
      await keeper.look();
    },
    apply: async (next) => {
      site = next;
      await keeper.look();
    },
    firing: () => keeper.list({ state: 'firing' }),
    kill,
  };
}

/** A webhook that notes what it is told. `site(alerts)` is a site whose notifier `hook` it is. */
export async function openHook(scope: Scope): Promise<{ told: Told[]; notifier: string; port: number }> {
  const told: Told[] = [];
  const receiver = await startReceiver(scope, {
    answer: ({ body }, response) => {
      const { type, data } = JSON.parse(body) as { type: string; data: { alert: AlertView } };
      told.push({ stage: type, alert: data.alert });
      response.writeHead(204).end();
    },
  });
  const notifier = `{name: hook, kind: webhook, atLeast: info, url: "http://127.0.0.1:${receiver.port}/"}`;
  return { told, notifier, port: receiver.port };
}

/** Waits until it is so, for 20 s at most. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return;
    await sleep(50);
  }
  throw new Error(`waited for too long: ${what}`);
}
