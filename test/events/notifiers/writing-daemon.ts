import { setTimeout as sleep } from 'node:timers/promises';
import type { Notifier } from '../../../src/model/alert-rule.ts';
import { openNotifiers } from './open-notifiers.ts';

// Writes into its journal and tells notifiers of it until it is killed.
const [directory, settings] = process.argv.slice(2) as [string, string];
const scope = { after: () => {} };
const { registry } = await openNotifiers(scope, directory, JSON.parse(settings) as Notifier[]);
for (let n = 0; ; n++) {
  await registry.note('lease', `entry ${n} of process ${process.pid}`, Date.now());
  await sleep(2);
}
