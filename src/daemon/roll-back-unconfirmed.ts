import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../errors/app-error.ts';
import { assemble, createLog, type PartOptions } from './assemble.ts';

/** Milliseconds that the engine gets to roll back. */
const patience = 60_000;

/**
 * Does what the daemon would have done: an engine that finds a revision whose time to be confirmed is over rolls it
 * back by itself. A daemon that holds the state directory does so too, and then there is nothing to do here.
 */
async function rollBackUnconfirmed(options: PartOptions): Promise<void> {
  const log = createLog(options.logLevel);
  try {
    const { engine } = await assemble(options, log);
    const end = performance.now() + patience;
    while ((await engine.status()).confirmBy !== undefined && performance.now() < end) await sleep(100);
    await engine.close();
  } catch (error) {
    if (isAppError(error) && error.code === 'daemon-running') return;
    log.error({ err: error }, 'the unconfirmed revision could not be rolled back');
    process.exitCode = 1;
  }
}

await rollBackUnconfirmed(JSON.parse(process.argv[2] ?? '{}') as PartOptions);
