import { z } from 'zod';
import { AppError } from '../errors/app-error.ts';
import { severities } from './event.ts';
import { notifierSchema } from './notifiers-schema.ts';
import { parseDuration } from './quantity.ts';
import { quoteValue } from './quote-value.ts';
import { type Condition, conditions } from './reading.ts';
import { choiceKey, durationKey, nameKey, objectKey, rateKey } from './schema-keys.ts';
import { described, listKey, textKey } from './schema-leaf.ts';

/** Reads `80%`, `0.5%`. Answers a fraction of 1. Throws `value-invalid`. */
export function parseShare(text: string): number {
  const percent = Number(/^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text)?.[1]);
  if (!(percent > 0 && percent <= 100)) {
    throw new AppError(
      'value-invalid',
      `share ${quoteValue(text)} is not a number of percent above 0 and up to 100, such as "80%"`,
    );
  }
  // Division last, so that 80% is the very number 0.8.
  return Math.round(percent * 100) / 10_000;
}

/** A duration, or `0s` for at once. Answers whole seconds. Throws `value-invalid`. */
function parseWait(text: string): number {
  return text === '0s' ? 0 : parseDuration(text);
}

function parsePrintable(text: string): string {
  if (!/^[^\p{C}]{1,100}$/u.test(text))
    throw new AppError('value-invalid', `${quoteValue(text)} is not 1 to 100 printable characters`);
  return text;
}

function parseDetail(text: string): string {
  if (!/^[A-Za-z0-9_:.-]{1,64}$/.test(text))
    throw new AppError('value-invalid', `detail ${quoteValue(text)} is not one word such as "spoofed_arp"`);
  return text;
}

const shareKey = (description: string, example: string) =>
  textKey(parseShare, { description, expected: 'a share such as "80%"', examples: [example] });
const waitKey = (description: string, example: string) =>
  textKey(parseWait, {
    description,
    expected: 'a number and a unit, such as "30s" or "5m"; "0s": at once',
    examples: [example],
  });

const conditionNames = Object.keys(conditions) as [Condition, ...Condition[]];

/** Longest and shortest time that an isolation may last (seconds). */
export const isolationTimes = { least: 10, most: 30 * 86_400 } as const;

const actionSchema = objectKey(
  {
    isolate: durationKey('Cut the NIC off for so long: 10 s to 30 days.', '10m').optional(),
    limit: rateKey('Let only so many frames of the NIC pass instead; together with `time`.', '100/second').optional(),
    time: durationKey('How long `limit` holds: 10 s to 30 days.', '10m').optional(),
  },
  'What is done besides telling: `isolate`, or `limit` with `time`. Only for conditions that are about one port or guest.',
  'a mapping such as {isolate: 10m} or {limit: 100/second, time: 10m}',
);

export const alertRuleSchema = objectKey(
  {
    name: nameKey(
      'Name of the rule. With the name of a default rule it changes that one: keys that are left out stay as they are.',
      'cpu',
    ),
    when: choiceKey(conditionNames, 'What it watches. Needed unless it changes a default rule.').optional(),
    above: shareKey('It is true above this share; for conditions that are a share.', '80%').optional(),
    below: durationKey('It is true below this time; for `certificate`.', '14d').optional(),
    within: durationKey('How far back changes count; for `mac-changes`. Default: `10m`.', '10m').optional(),
    for: waitKey('How long it must be true before it is an alert. Default: `1m`.', '1m').optional(),
    clear: waitKey('How long it must be false before the alert is over. Default: `5m`.', '5m').optional(),
    severity: choiceKey(severities, 'How much somebody has to care. Default: `warning`.').optional(),
    only: listKey(
      textKey(parseDetail, {
        description: 'Detail of an event, such as `spoofed_arp`.',
        expected: 'a word such as "spoofed_arp"',
        examples: ['spoofed_arp'],
      }),
      {
        description: 'Only events with one of these details, for conditions that follow events. Default: all.',
        expected: 'a list of words such as [spoofed_arp]',
        examples: [['spoofed_arp', 'spoofed_ipv4']],
      },
      { max: 50 },
    ).optional(),
    segment: nameKey('Only in this segment.', 'dev').optional(),
    guest: nameKey('Only this guest.', 'web1').optional(),
    ofOwner: nameKey('Only guests of this owner.', 'team-a').optional(),
    owner: textKey(parsePrintable, {
      description: 'Who looks after it; said in every notification.',
      expected: '1 to 100 printable characters',
      examples: ['ops@example.org'],
    }).optional(),
    notify: listKey(
      nameKey('Name of a notifier.', 'ops-mail'),
      {
        description: 'Notifiers that are told. Default: all without `onlyNamed`.',
        expected: 'a list of names of notifiers',
        examples: [['ops-mail']],
      },
      { max: 50 },
    ).optional(),
    action: actionSchema.optional(),
    off: described(z.boolean(), {
      description: 'Switches the rule off.',
      expected: 'true or false',
      examples: [true],
    }).optional(),
  },
  'When somebody must know. Default rules hold without being written down: see [alerts](../explanation/alerts.md).',
);

export const alertsSchema = objectKey(
  {
    rules: listKey(
      alertRuleSchema,
      {
        description: 'Rules besides the default ones, and changes to those.',
        expected: 'a list such as [{name: cpu, above: 90%}]',
      },
      { max: 500 },
    ).prefault([]),
    notifiers: listKey(
      notifierSchema,
      { description: 'Where alerts go.', expected: 'a list of notifiers' },
      { max: 50 },
    ).prefault([]),
    repeat: durationKey('How often an alert that nobody acknowledged is told again.', '4h').prefault('4h'),
    isolateAtMost: shareKey(
      'Share of all NICs that rules may have isolated or limited at once; always at least one NIC.',
      '10%',
    ).prefault('10%'),
  },
  'What somebody must know, and who is told.',
);
