/**
 * Asks the API at a rate, whether or not it keeps up, and prints as JSON how long each answer took:
 * `node ask.ts SOCKET RATE SECONDS PATH…`. A request counts from when it was due, so that one that had to wait for
 * another is not shown too well.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Asked {
  readonly sent: number;
  /** Milliseconds by path, in no order. */
  readonly times: Readonly<Record<string, number[]>>;
  /** Answers that were not 200, or none at all. */
  readonly failures: number;
  readonly bytes: number;
}

const [socketPath = '', rate = '500', seconds = '10', ...paths] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const times: Record<string, number[]> = Object.fromEntries(paths.map((path) => [path, []]));
let failures = 0;
let bytes = 0;

function ask(path: string, due: number): Promise<void> {
  return new Promise((resolve) => {
    const call = get({ socketPath, path, agent, headers: { accept: 'application/json' } }, (response) => {
      response.on('data', (part: Buffer) => {
        bytes += part.length;
      });
      response.on('end', () => {
        if (response.statusCode === 200) times[path]?.push(performance.now() - due);
        else failures++;
        resolve();
      });
    });
    call.on('error', () => {
      failures++;
      resolve();
    });
  });
}

const total = Number(rate) * Number(seconds);
const pending: Promise<void>[] = [];
const began = performance.now();
for (let number = 0; number < total; ) {
  const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * Number(rate)) + 1);
  for (; number < due; number++)
    pending.push(ask(paths[number % paths.length] as string, began + (number / Number(rate)) * 1000));
  await sleep(1);
}
await Promise.all(pending);
process.stdout.write(JSON.stringify({ sent: total, times, failures, bytes } satisfies Asked), () => process.exit());
