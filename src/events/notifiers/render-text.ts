import { type EventSubject, type Severity, severities } from '../../model/event.ts';
import { oneLine } from './not-told.ts';
import type { Outgoing } from './outgoing.ts';

/** Lines of single alerts that a digest has. */
const mostLines = 20;

/** Of an alert that goes on, of several, the worst first. */
function byWeight(a: Outgoing, b: Outgoing): number {
  const over = (message: Outgoing) => (message.stage === 'over' ? 0 : 1);
  const weight = ({ alert }: Outgoing) => severities.indexOf(alert.severity);
  return over(b) - over(a) || weight(b) - weight(a) || a.at - b.at;
}

function stageWords({ stage, alert: { severity } }: Outgoing): string {
  if (stage === 'test') return 'Test';
  if (stage === 'over') return 'Over';
  return stage === 'fires' ? severity.toUpperCase() : `Still ${severity.toUpperCase()}`;
}

/** One line that says what happened: `CRITICAL: NIC "web1/0" sends …`. */
export function renderLine(message: Outgoing): string {
  return oneLine(`${stageWords(message)}: ${message.alert.text}`, 500);
}

/** `devlab on gateway-1`. */
const from = ({ site, host }: Outgoing): string => (site === undefined || site === host ? host : `${site} on ${host}`);

/** `[devlab on gateway-1] CRITICAL: …`, or what several messages are about; one line of 200 characters at most. */
export function renderSubject(messages: readonly Outgoing[]): string {
  const [first] = messages;
  if (first === undefined) return '';
  if (messages.length === 1) return oneLine(`[${from(first)}] ${renderLine(first)}`, 200);
  return oneLine(`[${from(first)}] ${renderCounts(messages)}`, 200);
}

/** `41 alerts: 3 critical, 30 warning, 8 over`. */
function renderCounts(messages: readonly Outgoing[]): string {
  const count = (kind: Severity) => messages.filter((m) => m.stage !== 'over' && m.alert.severity === kind).length;
  const over = messages.filter(({ stage }) => stage === 'over').length;
  const parts = [...severities].reverse().map((kind) => [count(kind), kind] as const);
  const said = [...parts, [over, 'over'] as const].filter(([number]) => number > 0).map((part) => part.join(' '));
  return `${messages.length} alerts: ${said.join(', ')}`;
}

const time = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

function renderSubjectOf(subject: EventSubject): string[] {
  const named = Object.entries(subject).filter(([, value]) => value !== undefined);
  return named.length === 0 ? [] : [`About:    ${named.map(([name, value]) => `${name} ${value}`).join(', ')}`];
}

/** All that is known, a line each. */
function renderOne(message: Outgoing): string[] {
  const { alert, at } = message;
  const maybe = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? [] : [`${name}:`.padEnd(10) + value];
  return [
    renderLine(message),
    '',
    ...renderSubjectOf(alert.subject),
    ...maybe('Seen', alert.seen),
    ...maybe('Expected', alert.expected),
    ...maybe('Done', alert.done),
    ...maybe('Since', time(alert.since)),
    ...maybe('Over', alert.resolvedAt === undefined ? undefined : time(alert.resolvedAt)),
    ...maybe('Times', alert.count > 1 ? String(alert.count) : undefined),
    ...maybe('Rule', alert.owner === undefined ? alert.rule : `${alert.rule} (looked after by ${alert.owner})`),
    ...maybe('Alert', message.stage === 'test' ? undefined : `${alert.id} of ${from(message)}, told ${time(at)}`),
  ];
}

/** What people read: one alert with all that is known of it, or a list of many, the worst first. */
export function renderText(messages: readonly Outgoing[]): string {
  const [first] = messages;
  if (first === undefined) return '';
  if (messages.length === 1) return renderOne(first).join('\n');
  const sorted = messages.toSorted(byWeight);
  const rules = new Map<string, number>();
  for (const { alert } of messages) rules.set(alert.rule, (rules.get(alert.rule) ?? 0) + 1);
  const most = [...rules].sort(([, a], [, b]) => b - a).slice(0, mostLines);
  return [
    `${renderCounts(messages)} from ${from(first)}, ${time(Math.min(...messages.map(({ at }) => at)))} to ${time(Math.max(...messages.map(({ at }) => at)))}.`,
    `By rule: ${most.map(([rule, count]) => `${rule} ${count}`).join(', ')}${rules.size > most.length ? ', …' : ''}`,
    '',
    ...sorted.slice(0, mostLines).map((message) => `- ${oneLine(renderLine(message), 300)}`),
    ...(sorted.length > mostLines ? [`- and ${sorted.length - mostLines} more: bridgekeeper alerts`] : []),
  ].join('\n');
}
