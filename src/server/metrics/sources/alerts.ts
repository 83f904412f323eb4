import type { Alerts } from '../../../reconciler/alerts/contract.ts';
import { Samples } from '../samples.ts';

/** Alerts by rule, and how it stands with who is told of them. */
export async function alertSamples(alerts: Pick<Alerts, 'list' | 'notifiers' | 'rules'>): Promise<Samples> {
  const samples = new Samples();
  const counts = new Map<string, { rule: string; severity: string; state: string; count: number }>();
  // A rule that has nothing to say is there as 0: what is absent alerts nobody.
  for (const { name: rule, severity } of await alerts.rules())
    counts.set(`${rule} ${severity} firing`, { rule, severity, state: 'firing', count: 0 });
  let acknowledged = 0;
  let silenced = 0;
  for (const alert of await alerts.list()) {
    const { rule, severity, state } = alert;
    if (state === 'resolved') continue;
    const key = `${rule} ${severity} ${state}`;
    const held = counts.get(key) ?? { rule, severity, state, count: 0 };
    held.count += 1;
    counts.set(key, held);
    if (state === 'firing' && alert.acknowledged !== undefined) acknowledged += 1;
    if (state === 'firing' && alert.silencedBy !== undefined) silenced += 1;
  }
  for (const { count, ...labels } of counts.values()) samples.add('bridgekeeper_alerts', count, labels);
  samples.add('bridgekeeper_alerts_acknowledged', acknowledged);
  samples.add('bridgekeeper_alerts_silenced', silenced);
  for (const { name: notifier, kind, ...state } of await alerts.notifiers()) {
    const labels = { notifier, kind };
    samples.add('bridgekeeper_notifier_sent_total', state.sent, labels);
    samples.add('bridgekeeper_notifier_messages_waiting', state.waiting, labels);
    samples.add('bridgekeeper_notifier_lost_total', state.lost, labels);
    samples.add('bridgekeeper_notifier_up', state.trouble === undefined ? 1 : 0, labels);
    if (state.lastSent !== undefined)
      samples.add('bridgekeeper_notifier_last_sent_timestamp_seconds', state.lastSent / 1000, labels);
  }
  return samples;
}
