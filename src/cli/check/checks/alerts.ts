import { assertGuest } from '../../known-names.ts';
import { type Answer, judge, worst } from '../answer.ts';
import { type Check, type CheckContext, thresholdsOf } from './check.ts';

async function runAlerts({ client, given }: CheckContext): Promise<Answer> {
  const firing = (await client.alerts.list()).filter(({ state }) => state === 'firing');
  // Somebody looks after those, or has said that nobody need.
  const open = firing.filter(({ acknowledged, silencedBy }) => acknowledged === undefined && silencedBy === undefined);
  const of = (severity: string): number => open.filter((alert) => alert.severity === severity).length;
  const counts = { critical: of('critical'), warning: of('warning'), info: of('info') };
  const { figure, state } = judge({ label: 'alerts', value: open.length, min: 0 }, given);
  const own = counts.critical > 0 ? 'CRITICAL' : counts.warning > 0 ? 'WARNING' : 'OK';
  const byThresholds = given.warning !== undefined || given.critical !== undefined;
  const order = ['critical', 'warning', 'info'];
  const texts = [...open]
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity) || b.since - a.since)
    .map(({ id, severity, text }) => `${severity}: ${text} (alert ${id})`);
  const others = firing.length - open.length;
  const more = texts.length > 1 ? `, and ${texts.length - 1} more` : '';
  return {
    state: worst([byThresholds ? state : own]),
    title: 'ALERTS',
    text: `${texts[0] ?? 'nothing that somebody must know'}${more}${others > 0 ? `; ${others} acknowledged or silenced` : ''}`,
    figures: [
      figure,
      ...Object.entries(counts).map(([label, value]) => ({ label, value, min: 0 })),
      { label: 'acknowledged', value: others, min: 0 },
    ],
    more: texts.slice(1),
  };
}

/** As severe as the worst of them; with thresholds by their number alone. */
export const alerts: Check = {
  about: 'alerts that fire and that nobody acknowledged or silenced: as severe as the worst, or by number',
  run: runAlerts,
};

const none = { warning: '0' };
/** Events that are asked for at most. */
const mostEvents = 1_000;

async function runViolations({ client, name, given }: CheckContext): Promise<Answer> {
  const { events } = await client.events.list(
    { kinds: ['violation'], lasting: true, ...(name === undefined ? {} : { guest: name }) },
    { limit: mostEvents },
  );
  if (events.length === 0 && name !== undefined) await assertGuest(client, name);
  const ports = new Set(events.map(({ subject, id }) => subject.port ?? `event ${id}`));
  const frames = events.reduce((sum, { count }) => sum + count, 0);
  const { figure, state } = judge({ label: 'ports', value: ports.size, min: 0 }, thresholdsOf(none, given));
  const texts = [...events].sort((a, b) => b.count - a.count).map(({ text }) => text);
  return {
    state,
    title: 'VIOLATIONS',
    text:
      texts[0] === undefined
        ? 'no port sends what the guard drops'
        : `${ports.size} ${ports.size === 1 ? 'port sends' : 'ports send'} what the guard drops: ${texts[0]}`,
    figures: [figure, { label: 'frames', value: frames, min: 0 }],
    more: texts.slice(1),
  };
}

export const violations: Check = {
  about: 'ports whose frames the guard drops just now, of all guests or of one',
  name: 'guest',
  ...none,
  run: runViolations,
};
