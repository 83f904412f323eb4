import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../errors/app-error.ts';

/** Milliseconds in which a roll-back has long ended. */
const patience = 60_000;
const lookEvery = 100;

/** The process that rolls an unconfirmed revision back in place of a daemon that is gone. */
function isRollBack(pid: unknown): boolean {
  try {
    return typeof pid === 'number' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('roll-back-unconfirmed.ts');
  } catch {
    // It ended meanwhile: whoever held the state directory is gone.
    return true;
  }
}

/**
 * Does `work`, which takes the state directory; again, while a roll-back holds it: that ends by itself in a moment, and
 * nobody should have to start the daemon twice. Throws what `work` throws otherwise.
 */
export async function afterRollBack<T>(work: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + patience; ; await sleep(lookEvery)) {
    try {
      return await work();
    } catch (error) {
      const held = isAppError(error) && error.code === 'daemon-running' && isRollBack(error.details?.pid);
      if (!held || performance.now() > end) throw error;
    }
  }
}
