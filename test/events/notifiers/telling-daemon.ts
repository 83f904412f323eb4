import type { Notifier } from '../../../src/model/alert-rule.ts';
import { alertMessage, openNotifiers } from './open-notifiers.ts';

// Hands over messages with ids from `first` on, says when they are kept, and goes on telling until it is killed.
const [directory, settings, first, count] = process.argv.slice(2) as [string, string, string, string];
const scope = { after: () => {} };
const { notifiers } = await openNotifiers(scope, directory, JSON.parse(settings) as Notifier[]);
const ids = Array.from({ length: Number(count) }, (_, n) => Number(first) + n);
await Promise.all(ids.map((id) => notifiers.deliver(alertMessage(id))));
process.stdout.write('kept\n');
setInterval(() => {}, 1_000);
