import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alertMessage, notifier, openNotifiers, until } from './open-notifiers.ts';
import { startReceiver } from './receiver.ts';

// Tells a webhook while the small file system that it is given is full, and reports in JSON how that went.
const root = process.argv[2] as string;
const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => void cleaning.push(clean) };
const receiver = await startReceiver(scope);
const hook = notifier('hook', { kind: 'webhook', url: `http://127.0.0.1:${receiver.port}/` });
const { notifiers, registry, log } = await openNotifiers(scope, root, [hook]);

const filler = join(root, 'filler');
let full = 0;
for (let size = 1_048_576; size >= 1; size = Math.floor(size / 2)) {
  try {
    for (;;) {
      writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      full += size;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
// Whatever room the database itself still has is used up as well.
let delivered = 0;
while (delivered < 3_000 && !log.some((line) => line.includes('could not be kept')))
  await notifiers.deliver(alertMessage(++delivered, { text: 'x'.repeat(2_000) }));
await until('everything is told', () => notifiers.views()[0]?.waiting === 0, 40);
rmSync(filler);
await notifiers.deliver(alertMessage(++delivered));
await until('an empty outbox', async () => (await registry.kept.load('message')).length === 0);
const left = (await registry.kept.load('message')).length;
process.stdout.write(JSON.stringify({ full, delivered, told: receiver.received.length, left, log }));
for (const clean of cleaning.reverse()) await clean();
