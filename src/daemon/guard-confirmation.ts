import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { PartOptions } from './assemble.ts';

const rollBackPath = fileURLToPath(new URL('./roll-back-unconfirmed.ts', import.meta.url));

/** Milliseconds after the deadline in which a daemon that lives rolls back by itself. */
const grace = 2000;

/**
 * Waits $1 seconds, or until the state directory $0 is gone, then becomes the rest. Counts by /proc/uptime: setting the
 * machine's time must neither prolong nor cut the wait.
 */
const script =
  'now() { cut -d. -f1 /proc/uptime; }; end=$(($(now) + $1)); ' +
  'while [ -d "$0" ] && [ "$(now)" -lt "$end" ]; do sleep 1; done; [ -d "$0" ] || exit 0; shift; exec "$@"';

/**
 * Starts a process of its own that outlives the daemon: it rolls the unconfirmed revision back soon after `deadline`
 * (ms since the epoch) if no daemon is there to do it. It waits as a shell, which takes next to no memory.
 */
export function guardConfirmation(options: PartOptions, deadline: number, log: Logger): void {
  const { stateDirectory, driver, logLevel } = options;
  const output = openSync(join(stateDirectory, 'roll-back.log'), 'a', 0o600);
  const seconds = Math.max(0, Math.ceil((deadline + grace - Date.now()) / 1000));
  const rollBack = [
    process.execPath,
    ...process.execArgv,
    rollBackPath,
    JSON.stringify({ stateDirectory, driver, logLevel }),
  ];
  const guard = spawn('sh', ['-c', script, stateDirectory, String(seconds), ...rollBack], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  guard.on('error', (error) => log.error({ err: error }, 'nobody would roll back if the daemon were killed now'));
  guard.unref();
}
