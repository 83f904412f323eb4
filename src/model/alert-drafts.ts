import type { z } from 'zod';
import type { AlertAction, AlertRule, AlertSettings } from './alert-rule.ts';
import { type alertRuleSchema, type alertsSchema, isolationTimes } from './alerts-schema.ts';
import { defaultAlertRules } from './default-alert-rules.ts';
import { nearestName } from './nearest-name.ts';
import { draftNotifier } from './notifier-drafts.ts';
import { quoteValue } from './quote-value.ts';
import { type Condition, conditions } from './reading.ts';
import type { Refuse } from './site-drafts.ts';

type RuleInput = z.output<typeof alertRuleSchema>;

/**
 * Conditions that are about the port that really sent it: the guard stands before everything that they count. A guest
 * that forges another's address must not have that one isolated.
 */
const portTrue: ReadonlySet<Condition> = new Set(['violation', 'storm', 'refused', 'guest-sessions', 'ids']);

const byName = new Map<string, AlertRule>(defaultAlertRules.map((rule) => [rule.name, rule]));

/** Refuses with the path of a key of one rule. */
type RefuseKey = (key: string, message: string, seen: string, expected: string) => void;

/** Details of events of kind `violation`: what the guard tells apart. A rule for another one would never be true. */
const violationDetails = [
  ...['spoofed_ipv4', 'spoofed_ipv6', 'spoofed_arp', 'spoofed_dhcp', 'rogue_dhcp', 'rogue_dhcp6', 'rogue_router'],
  ...['rogue_router4', 'foreign_frame', 'foreign_port', 'folded'],
];

function checkOnly({ when, only }: Pick<AlertRule, 'when' | 'only'>, refuse: RefuseKey): void {
  if (when !== 'violation') return;
  only.forEach((detail, index) => {
    if (violationDetails.includes(detail)) return;
    const near = nearestName(detail, violationDetails);
    const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
    const message = `no violation has the detail ${quoteValue(detail)}${hint}`;
    refuse(`only[${index}]`, message, quoteValue(detail), `one of ${violationDetails.join(', ')}`);
  });
}

function draftAction(input: RuleInput['action'], when: Condition, refuse: RefuseKey): AlertAction | undefined {
  if (!input) return undefined;
  const { isolate, limit, time } = input;
  const seconds = isolate ?? time;
  const form = [isolate === undefined ? '' : 'isolate', limit ? 'limit' : '', time === undefined ? '' : 'time']
    .filter((key) => key !== '')
    .join(' and ');
  if ((form !== 'isolate' && form !== 'limit and time') || seconds === undefined) {
    const expected = '{isolate: 10m} or {limit: 100/second, time: 10m}';
    refuse('action', `an action is one thing for a time: expected ${expected}`, form || 'nothing', expected);
    return undefined;
  }
  if (seconds < isolationTimes.least || seconds > isolationTimes.most) {
    const key = isolate === undefined ? 'action.time' : 'action.isolate';
    refuse(key, `a NIC is isolated for 10 s to 30 days, not for ${seconds} s`, `${seconds} s`, '10 s to 30 days');
  }
  if (!portTrue.has(when)) {
    const expected = `one of ${[...portTrue].join(', ')}`;
    refuse(
      'action',
      `condition "${when}" does not prove whose port it is: who forges it could have others isolated`,
      `when: ${when}`,
      expected,
    );
  }
  return limit ? { kind: 'limit', rate: limit, seconds } : { kind: 'isolate', seconds };
}

/** Keys that have no meaning with the condition, and those that it needs. */
function checkKeys(input: RuleInput, rule: Pick<AlertRule, 'when' | 'above' | 'below'>, refuse: RefuseKey): void {
  const { when } = rule;
  const { unit } = conditions[when];
  const has = {
    above: unit === 'share',
    below: unit === 'seconds',
    within: when === 'mac-changes',
    only: unit === 'state',
  };
  for (const key of ['above', 'below', 'within', 'only'] as const) {
    if (input[key] === undefined || has[key]) continue;
    refuse(key, `condition "${when}" takes no "${key}": ${conditions[when].says}`, key, `no "${key}"`);
  }
  const needed = unit === 'share' ? 'above' : 'below';
  if (unit !== 'state' && rule[needed] === undefined) {
    const example = unit === 'share' ? 'above: 80%' : 'below: 14d';
    refuse('', `a rule for "${when}" says from where on it is true: expected "${example}"`, `no "${needed}"`, example);
  }
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only the keys that are there. */
function present<T extends object>(input: T): Present<T> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as Present<T>;
}

/** Undefined when nobody can know what the rule watches. */
function draftRule(input: RuleInput, place: number, refuse: RefuseKey): AlertRule | undefined {
  const base = byName.get(input.name);
  const when = input.when ?? base?.when;
  if (when === undefined) {
    const near = nearestName(input.name, byName.keys());
    const hint = near === undefined ? 'a rule of your own says "when"' : `did you mean ${quoteValue(near)}?`;
    refuse(
      'name',
      `there is no default rule ${quoteValue(input.name)}; ${hint}`,
      quoteValue(input.name),
      'the name of a default rule, or "when"',
    );
    return undefined;
  }
  const { off: _, action: asked, ...own } = input;
  const usual = base?.when === when ? base : undefined;
  const action = draftAction(asked, when, refuse);
  const rule: AlertRule = {
    ...(when === 'mac-changes' ? { within: 600 } : {}),
    ...usual,
    ...present(own),
    name: input.name,
    when,
    place,
    for: own.for ?? usual?.for ?? 60,
    clear: own.clear ?? usual?.clear ?? 300,
    severity: own.severity ?? usual?.severity ?? 'warning',
    only: own.only ?? usual?.only ?? [],
    ...(action ? { action } : {}),
  };
  checkKeys(input, rule, refuse);
  checkOnly(rule, refuse);
  return rule;
}

function checkNotify(rules: readonly AlertRule[], names: readonly string[], refuse: Refuse): void {
  for (const { notify = [], place } of rules) {
    notify.forEach((name, i) => {
      if (names.includes(name)) return;
      const near = nearestName(name, names);
      const hint = near === undefined ? '' : `; did you mean ${quoteValue(near)}?`;
      const message = `there is no notifier ${quoteValue(name)}${hint}`;
      refuse(`alerts.rules[${place}].notify[${i}]`, message, quoteValue(name), 'the name of a notifier');
    });
  }
}

function refuseTwice(list: string, kind: string, names: readonly string[], refuse: Refuse): void {
  names.forEach((name, i) => {
    if (names.indexOf(name) === i) return;
    const message = `there are two ${kind} named ${quoteValue(name)}`;
    refuse(`alerts.${list}[${i}].name`, message, quoteValue(name), 'a name of its own');
  });
}

/** The default rules as the site changes them, and then its own. */
export function draftAlerts(input: z.output<typeof alertsSchema>, refuse: Refuse): AlertSettings {
  const names = input.notifiers.map(({ name }) => name);
  refuseTwice('notifiers', 'notifiers', names, refuse);
  refuseTwice(
    'rules',
    'rules',
    input.rules.map(({ name }) => name),
    refuse,
  );
  const rules = new Map<string, AlertRule>(byName);
  input.rules.forEach((each, i) => {
    const prefix = `alerts.rules[${i}]`;
    const drafted = draftRule(each, i, (key, ...rest) => refuse(key === '' ? prefix : `${prefix}.${key}`, ...rest));
    if (each.off) rules.delete(each.name);
    else if (drafted) rules.set(each.name, drafted);
  });
  checkNotify([...rules.values()], names, refuse);
  const notifiers = input.notifiers.flatMap((each, i) => {
    const prefix = `alerts.notifiers[${i}]`;
    const notifier = draftNotifier(each, (key, ...rest) => refuse(key === '' ? prefix : `${prefix}.${key}`, ...rest));
    return notifier ? [notifier] : [];
  });
  return { rules: [...rules.values()], notifiers, repeat: input.repeat, isolateAtMost: input.isolateAtMost };
}
