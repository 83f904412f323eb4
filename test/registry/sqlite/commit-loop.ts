import { writeSync } from 'node:fs';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { crashCommit } from './crash-plan.ts';

// Commits until it is killed, and says each revision after it was acknowledged. Bounded, should nobody kill it.
const directory = process.argv[2] as string;
const registry = await openSqliteRegistry({ directory, now: () => 0 });
const end = Date.now() + 20_000;
for (let number = ((await registry.head())?.number ?? 0) + 1; Date.now() < end; number++) {
  const revision = await registry.commit(crashCommit(number));
  writeSync(1, `${revision.number}\n`);
}
