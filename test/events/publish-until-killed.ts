/** Publishes events until it is killed; says on stdout how many are in the journal for sure. Directory as argument. */
import { createEventStream } from '../../src/events/event-stream.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { systemClock } from '../../src/system/clock.ts';

const directory = process.argv[2] as string;
const registry = await openSqliteRegistry({ directory, now: Date.now });
const stream = createEventStream({ registry, clock: systemClock, log: console });
await stream.start();
for (let number = 0; ; ) {
  for (const end = number + 200; number < end; number++) {
    const subject = { port: `tap${number}`, guest: `web${number % 10}` };
    const lasts = number % 2 === 0 ? 'begins' : 'once';
    stream.publish({ kind: 'link', severity: 'info', subject, text: `port ${number}`, at: Date.now(), lasts });
  }
  await stream.flush();
  process.stdout.write(`${number}\n`);
}
