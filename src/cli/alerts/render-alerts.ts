import type { AlertRule, AlertView, NotifierView, SilenceView } from '../../client/alerts.ts';
import { renderDuration, renderRate } from '../../model/quantity.ts';
import { renderTable, renderTime } from '../output.ts';
import { renderCsvRecord } from '../render-leases.ts';

/** The most telling name of what an alert is about. */
function subjectOf({ subject }: AlertView): string {
  const { nic, guest, port, pool, forward, service, segment, object } = subject;
  return nic ?? guest ?? port ?? pool ?? forward ?? service ?? object ?? segment ?? 'host';
}

/** In a word; somebody who looks after it counts for more than that nobody is told. */
function stateOf({ state, acknowledged, silencedBy }: AlertView): string {
  if (state !== 'firing') return state;
  if (acknowledged) return 'acknowledged';
  return silencedBy === undefined ? 'firing' : 'silenced';
}

export function renderAlerts(alerts: readonly AlertView[]): string[] {
  const rows = alerts.map((alert) => [
    String(alert.id),
    alert.severity,
    stateOf(alert),
    alert.rule,
    subjectOf(alert),
    alert.subject.owner ?? '-',
    renderTime(alert.firedAt ?? alert.since),
    alert.done === undefined ? alert.text : `${alert.text} [${alert.done}]`,
  ]);
  return renderTable(['id', 'severity', 'state', 'rule', 'about', 'owner', 'since', 'what'], rows);
}

const time = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString());

export const alertsCsv = (alerts: readonly AlertView[]): string[] => [
  renderCsvRecord([
    ...['id', 'severity', 'state', 'rule', 'when', 'guest', 'nic', 'port', 'owner', 'segment', 'about'],
    ...['since', 'firedAt', 'resolvedAt', 'count', 'text', 'seen', 'expected', 'done', 'acknowledgedBy', 'silencedBy'],
  ]),
  ...alerts.map((alert) => {
    const { id, severity, state, rule, when, subject, count, text, seen, expected, done, silencedBy } = alert;
    const { guest, nic, port, owner, segment } = subject;
    const times = [time(alert.since), time(alert.firedAt), time(alert.resolvedAt)];
    const words = [text, seen, expected, done, alert.acknowledged?.who, silencedBy];
    const about = [guest, nic, port, owner, segment, subjectOf(alert)];
    return renderCsvRecord([id, severity, state, rule, when, ...about, ...times, count, ...words]);
  }),
];

const choiceOf = ({ rule, guest, segment, ofOwner }: SilenceView): string =>
  Object.entries({ rule, guest, segment, owner: ofOwner })
    .flatMap(([kind, name]) => (name === undefined ? [] : [`${kind} ${name}`]))
    .join(', ') || 'all alerts';

export function renderSilences(silences: readonly SilenceView[]): string[] {
  const rows = silences.map((one) => [String(one.id), choiceOf(one), renderTime(one.until), one.who, one.reason]);
  return renderTable(['id', 'silenced', 'until', 'by', 'reason'], rows);
}

/** Where a rule begins to be true; empty for conditions that are true or not. */
export function thresholdOf({ above, below, within }: AlertRule): string {
  const bound =
    above === undefined
      ? below === undefined
        ? ''
        : `below ${renderDuration(below)}`
      : `above ${+(above * 100).toFixed(2)}%`;
  return within === undefined ? bound : `${bound} within ${renderDuration(within)}`;
}

function restrictionOf({ segment, guest, ofOwner, only }: AlertRule): string {
  const named = Object.entries({ segment, guest, owner: ofOwner }).flatMap(([kind, name]) =>
    name === undefined ? [] : [`${kind} ${name}`],
  );
  return [...named, ...only].join(', ') || 'all';
}

function actionOf({ notify, action }: AlertRule): string {
  const told = notify === undefined ? 'tell' : notify.length === 0 ? '' : `tell ${notify.join(', ')}`;
  const done =
    action &&
    (action.kind === 'isolate'
      ? `isolate for ${renderDuration(action.seconds)}`
      : `limit to ${renderRate(action.rate)} for ${renderDuration(action.seconds)}`);
  return [told, done].filter((part) => part !== '' && part !== undefined).join('; ') || 'show only';
}

export const waitOf = (seconds: number): string => (seconds === 0 ? 'at once' : renderDuration(seconds));

export function renderRules(rules: readonly AlertRule[]): string[] {
  const rows = rules.map((rule) => [
    rule.name,
    rule.when,
    thresholdOf(rule) || '-',
    restrictionOf(rule),
    waitOf(rule.for),
    waitOf(rule.clear),
    rule.severity,
    actionOf(rule),
    rule.owner ?? '-',
  ]);
  return renderTable(['rule', 'when', 'true', 'of', 'for', 'clear', 'severity', 'does', 'owner'], rows);
}

export function renderNotifiers(notifiers: readonly NotifierView[]): string[] {
  const rows = notifiers.map((one) => [
    one.name,
    one.kind,
    String(one.sent),
    String(one.waiting),
    String(one.lost),
    one.lastSent === undefined ? '-' : renderTime(one.lastSent),
    one.trouble ?? '',
  ]);
  return renderTable(['notifier', 'kind', '>sent', '>waiting', '>lost', 'last', 'trouble'], rows);
}
