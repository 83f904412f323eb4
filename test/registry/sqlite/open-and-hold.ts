import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../../../src/errors/app-error.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';

// Opens the registry, says how that went in one line of JSON, and holds it until it is killed (or 20 s are over).
const directory = process.argv[2] as string;
try {
  const registry = await openSqliteRegistry({ directory, now: Date.now });
  writeSync(1, `${JSON.stringify({ pid: process.pid, opened: true })}\n`);
  await sleep(20_000);
  await registry.close();
} catch (error) {
  if (!isAppError(error)) throw error;
  const { code, message, details } = error;
  writeSync(1, `${JSON.stringify({ pid: process.pid, opened: false, code, message, details })}\n`);
}
