import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNoneDriver } from '../../../src/drivers/none/none-driver.ts';
import type { StartedStream } from '../../../src/events/event-stream.ts';
import { createEventStream } from '../../../src/events/event-stream.ts';
import { createEngine } from '../../../src/reconciler/engine.ts';
import type { Engine } from '../../../src/reconciler/engine-contract.ts';
import { createTenants } from '../../../src/reconciler/tenancy/tenants.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { systemClock } from '../../../src/system/clock.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** An engine without a gateway, what it noticed, and the tenants on it. */
export interface OpenTenants {
  readonly engine: Engine;
  readonly events: StartedStream;
  readonly tenantOf: ReturnType<typeof createTenants>;
  close(): Promise<void>;
}

export async function openTenants(site: string): Promise<OpenTenants> {
  const directory = mkdtempSync(join(tmpdir(), 'bk-tenants-'));
  const registry = await openSqliteRegistry({ directory, now: systemClock.now });
  const events = createEventStream({ registry, clock: systemClock, log: quiet });
  const engine = await createEngine({ registry, driver: createNoneDriver(), events, clock: systemClock, log: quiet });
  await engine.apply({ text: site, author: 'tester' });
  return {
    engine,
    events,
    tenantOf: createTenants(engine, await registry.siteKey()),
    close: async () => {
      await engine.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
