import { join } from 'node:path';
import { destination, type Logger, pino, stdSerializers } from 'pino';
import type { Driver } from '../drivers/driver.ts';
import { createNoneDriver } from '../drivers/none/none-driver.ts';
import type { ObservationSink } from '../events/contract.ts';
import { createEventStream } from '../events/event-stream.ts';
import type { Observation } from '../model/event.ts';
import { createRecorder } from '../observers/recorder/create-recorder.ts';
import type { Recorder } from '../observers/recorder/recorder.ts';
import { openSessionReader } from '../observers/session-log/open-session-reader.ts';
import { createEngine } from '../reconciler/engine.ts';
import type { Engine } from '../reconciler/engine-contract.ts';
import type { EngineParts } from '../reconciler/engine-parts.ts';
import type { Registry } from '../registry/registry.ts';
import { openSqliteRegistry } from '../registry/sqlite/open.ts';
import { systemClock } from '../system/clock.ts';
import { MemoryRelease } from '../system/release-memory.ts';
import { guardConfirmation } from './guard-confirmation.ts';
import { requireCapabilities } from './privileges.ts';

/** Which parts are put together. */
export interface PartOptions {
  readonly stateDirectory: string;
  readonly driver: 'linux' | 'none';
  /** Least level of pino's that is logged. */
  readonly logLevel: string;
}

export interface Assembly {
  readonly registry: Registry;
  /** Closing it closes registry and driver too. */
  readonly engine: Engine;
}

/** JSON lines on stderr. */
export function createLog(level: string): Logger {
  const serializers = { err: stdSerializers.err, error: stdSerializers.err };
  return pino({ level, base: null, serializers }, destination({ dest: 2, sync: true }));
}

async function createDriver(options: PartOptions, log: Logger): Promise<Driver> {
  if (options.driver === 'none') return createNoneDriver();
  requireCapabilities();
  const { createLinuxDriver } = await import('../drivers/linux/linux-driver.ts');
  return createLinuxDriver({ stateDirectory: options.stateDirectory, log: log.child({ part: 'linux' }) });
}

/** What somebody should look at; the rest is for those who want to know. */
const troubles: ReadonlySet<string> = new Set(['lost', 'write', 'full', 'damaged', 'thread', 'table']);

function sessionLogEvent(about: string, text: string): Observation {
  const severity = troubles.has(about) ? 'warning' : 'info';
  const subject = { service: 'recorder' };
  return { kind: 'session-log', severity, subject, detail: about, text, at: systemClock.now() };
}

/** What it has to tell is an event, and goes to the log. */
function openRecorder({ stateDirectory }: PartOptions, events: ObservationSink, log: Logger): Recorder {
  return createRecorder({
    directory: join(stateDirectory, 'sessions'),
    onEvent: (about, text) => {
      log.info({ part: 'recorder', about }, text);
      events.publish(sessionLogEvent(about, text));
    },
  });
}

/**
 * Registry, driver and engine, put together; the engine has mended the host already. Throws `privileges-missing`,
 * `daemon-running` and `registry-failed`, and has let go of everything then.
 */
export async function assemble(
  options: PartOptions,
  log: Logger,
  onApplied?: EngineParts['onApplied'],
): Promise<Assembly> {
  // The registry holds secrets, and others may pass through its directory.
  process.umask(0o077);
  const driver = await createDriver(options, log);
  const memory = new MemoryRelease();
  let registry: Registry | undefined;
  let recorder: Recorder | undefined;
  try {
    registry = await openSqliteRegistry({ directory: options.stateDirectory, now: systemClock.now });
    const events = createEventStream({ registry, clock: systemClock, log: log.child({ part: 'events' }) });
    recorder = openRecorder(options, events, log);
    const engine = await createEngine({
      registry,
      driver,
      recorder,
      events,
      sessionReader: openSessionReader({
        directory: join(options.stateDirectory, 'sessions'),
        onDamaged: (text) => {
          log.warn({ part: 'session-log' }, text);
          events.publish(sessionLogEvent('damaged', text));
        },
      }),
      clock: systemClock,
      log: log.child({ part: 'engine' }),
      onChange: (objects) => memory.changed(objects),
      ...(onApplied === undefined ? {} : { onApplied }),
      guardConfirmation: (deadline) => guardConfirmation(options, deadline, log),
    });
    return { registry, engine };
  } catch (error) {
    await driver.close();
    await recorder?.close();
    await registry?.close();
    throw error;
  }
}
