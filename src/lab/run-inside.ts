import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors/app-error.ts';
import type { LabHandle } from './holder.ts';
import type { InsideMessage, InsideOrder } from './inside-messages.ts';
import { renderEnterCommand } from './isolation.ts';

const insidePath = fileURLToPath(new URL('./inside.ts', import.meta.url));

/** Environment for what runs in the lab: a user's PATH on Debian lacks the directories of ip, nft and dnsmasq. */
export function labEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin` };
}

/** Start of a command line by which this very user runs something inside. */
export function enterCommand(lab: LabHandle): string[] {
  return renderEnterCommand(lab, process.getuid?.() === 0 ? 'root' : 'user');
}

/**
 * Carries out an order inside the lab; `hear` gets each message. Resolves when it is done. Rejects with
 * `command-failed` when it could not be done.
 */
export async function runInside(
  lab: LabHandle,
  order: InsideOrder,
  hear: (message: InsideMessage) => void,
): Promise<void> {
  const [command = '', ...rest] = [...enterCommand(lab), process.execPath, insidePath, JSON.stringify(order)];
  const child = spawn(command, rest, {
    env: labEnvironment(),
    stdio: ['ignore', 'pipe', order.stay ? 'ignore' : 'inherit'],
    detached: order.stay,
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string, cause?: unknown) => reject(new AppError('command-failed', reason, { cause }));
    child.on('error', (error) => fail(`the lab could not be entered: ${error.message}`, error));
    child.on('close', (code) => fail(`what runs inside the lab ended with status ${code} before it was done`));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const message = JSON.parse(line) as InsideMessage;
      hear(message);
      if (message.failure !== undefined) fail(message.failure);
      if (message.done) resolve();
    });
  });
  if (!order.stay) return;
  child.stdout.destroy();
  child.unref();
}
