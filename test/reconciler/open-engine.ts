import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver } from '../../src/drivers/driver.ts';
import { createLinuxDriver, type LinuxDriverOptions } from '../../src/drivers/linux/linux-driver.ts';
import type { Recorder } from '../../src/observers/recorder/recorder.ts';
import { createEngine } from '../../src/reconciler/engine.ts';
import type { Engine } from '../../src/reconciler/engine-contract.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { systemClock } from '../../src/system/clock.ts';

/** What ends sooner or later and then cleans up, such as a test. */
export interface Scope {
  after(clean: () => unknown): void;
}

export function temporaryDirectory(scope: Scope): string {
  const directory = mkdtempSync(join(tmpdir(), 'bk-engine-'));
  scope.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

/** An engine on this network namespace, in this process, with what it logged. */
export interface OpenEngine {
  readonly engine: Engine;
  readonly registry: Registry;
  readonly driver: Driver;
  readonly directory: string;
  readonly log: string[];
  /** Applies a site file's text. */
  apply(text: string, confirmSeconds?: number): ReturnType<Engine['apply']>;
  close(): Promise<void>;
}

/** Opens registry, Linux driver and engine in a state directory. It is closed with the scope unless that was done before. */
export async function openEngine(
  scope: Scope,
  options: { directory?: string; onStep?: LinuxDriverOptions['onStep']; recorder?: Recorder } = {},
): Promise<OpenEngine> {
  const directory = options.directory ?? temporaryDirectory(scope);
  const log: string[] = [];
  const write = (details: object, text: string): void => {
    const { error } = details as { error?: unknown };
    log.push(error === undefined ? text : `${text}: ${error}`);
  };
  const registry = await openSqliteRegistry({ directory, now: systemClock.now });
  const driver = createLinuxDriver({
    stateDirectory: directory,
    log: { warn: write },
    ...(options.onStep ? { onStep: options.onStep } : {}),
  });
  const engine = await createEngine({
    registry,
    driver,
    ...(options.recorder ? { recorder: options.recorder } : {}),
    clock: systemClock,
    log: { info: write, warn: write, error: write },
  });
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await engine.close();
  };
  scope.after(close);
  return {
    engine,
    registry,
    driver,
    directory,
    log,
    apply: (text, confirmSeconds) =>
      engine.apply({ text, author: 'tester', ...(confirmSeconds === undefined ? {} : { confirmSeconds }) }),
    close,
  };
}
