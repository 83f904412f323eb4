import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppError } from '../../../src/errors/app-error.ts';
import type { Commit } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';

// Fills the small file system that it is given, and reports in JSON what the registry did about it.
const root = process.argv[2] as string;
const directory = join(root, 'state');
const filler = join(root, 'filler');
const open = () => openSqliteRegistry({ directory, now: () => 0 });
const change = (name: string, size: number): Commit => ({
  author: 'test',
  comment: '',
  at: 0,
  put: [{ kind: 'forward', name, origin: 'file', body: 'x'.repeat(size) }],
  remove: [],
  assignments: { nics: new Map(), guests: new Map() },
});
const refused = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return 'done';
  } catch (error) {
    return `${(error as AppError).code}: ${(error as Error).message}`;
  }
};

writeFileSync(filler, Buffer.alloc(300_000));
const registry = await open();
let stored = 0;
let failure = 'done';
for (let n = 0; n < 200 && failure === 'done'; n++) {
  failure = await refused(() => registry.commit(change(`f${n}`, 20_000)));
  if (failure === 'done') stored++;
}
const note = await refused(() => registry.note('drift', 'y'.repeat(50_000), 0));
const afterFailure = { head: (await registry.head())?.number, objects: (await registry.objects()).length };
rmSync(filler);
const afterRoom = await refused(() => registry.commit(change('after', 20_000)));
await registry.close();
const again = await open();
const reopened = { head: (await again.head())?.number, objects: (await again.objects()).length };
await again.close();

writeFileSync(filler, '');
rmSync(directory, { recursive: true });
let size = 100_000_000;
for (; size > 0; size = Math.floor(size / 2)) {
  const piece = Buffer.alloc(size);
  // Fill what is left in ever smaller pieces.
  await refused(async () => writeFileSync(filler, piece, { flag: 'a' }));
}
const newOnFull = await refused(open);
rmSync(filler);
const newAfterRoom = await refused(async () => (await open()).close());
process.stdout.write(
  JSON.stringify({ stored, failure, note, afterFailure, afterRoom, reopened, newOnFull, newAfterRoom }),
);
