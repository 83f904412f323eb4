import type { AlertView } from '../../client/alerts.ts';
import { type ClientOptions, connect } from '../command-options.ts';
import { assertGuest, assertRule } from '../known-names.ts';
import { print, printJson } from '../output.ts';
import { alertsCsv, renderAlerts } from './render-alerts.ts';

export interface AlertsOptions extends ClientOptions {
  all?: boolean;
  csv?: boolean;
  state?: AlertView['state'];
  rule?: string;
  guest?: string;
}

/** Firing alerts; with --all also those that may become one, and those that are over. */
export async function listAlerts(options: AlertsOptions): Promise<void> {
  const client = await connect(options);
  const { all, state, rule, guest } = options;
  const found = await client.alerts.list({
    ...(all ? { all } : { state: state ?? ('firing' as const) }),
    ...(state === undefined ? {} : { state }),
    ...(rule === undefined ? {} : { rule }),
    ...(guest === undefined ? {} : { guest }),
  });
  if (found.length === 0) {
    if (rule !== undefined) await assertRule(client, rule);
    if (guest !== undefined) await assertGuest(client, guest);
  }
  if (options.json) return printJson(found);
  if (options.csv) return print(...alertsCsv(found));
  if (found.length > 0) return print(...renderAlerts(found));
  print(all ? 'There was no alert in the last 30 days.' : `No alert${state === undefined ? '' : ` is ${state}`}.`);
}
