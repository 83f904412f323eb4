import { isBusy } from '../../../src/registry/sqlite/explain.ts';
import { openJournal } from './open-journal.ts';

/** Appends to the journal of a directory for ever, as one of several processes; says which entries are on the disk. */
const [directory = '', name = ''] = process.argv.slice(2);
const journal = await openJournal(directory);

/** SQLite lets others wait for two seconds and is not fair. */
async function appendWhenFree(entries: Parameters<typeof journal.append>): Promise<void> {
  for (;;) {
    try {
      await journal.append(...entries);
      return;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
  }
}

for (let number = 1; ; number++) {
  const entries = Array.from({ length: 1 + (number % 3) }, (_, index) => ({
    text: `${name} ${number}.${index} 02:1a:3f:00:10:0${number % 10}`,
    actor: { who: name, from: 'this host' },
  }));
  await appendWhenFree(entries);
  process.stdout.write(`${number}\n`);
}
