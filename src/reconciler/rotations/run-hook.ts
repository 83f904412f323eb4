import { refuseForeignProgram } from '../../system/foreign-program.ts';
import { runCommand } from '../../system/run-command.ts';

/** What a hook is told: as arguments in this order, and in the environment as BRIDGEKEEPER_GUEST and so on. */
export interface HookWords {
  readonly guest: string;
  readonly nic: string;
  /** Host-side device of the NIC. */
  readonly port: string;
  /** MAC address that the guest has, and the one that it shall have. On the way back it is the other way round. */
  readonly old: string;
  readonly new: string;
}

/** Bytes that a hook may print. */
const mostOutput = 4_000_000;

/** Runs a hook. Rejects with `command-failed` when it cannot be run, fails, takes longer than `timeout` seconds or prints without end. */
export async function runHook(program: string, words: HookWords, timeout: number): Promise<void> {
  await refuseForeignProgram(program, 'hook');
  const named = Object.entries(words).map(([name, value]) => [`BRIDGEKEEPER_${name.toUpperCase()}`, value]);
  await runCommand([program, words.guest, words.nic, words.port, words.old, words.new], {
    timeoutMs: timeout * 1000,
    mostOutput,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LC_ALL: 'C', ...Object.fromEntries(named) },
  });
}
