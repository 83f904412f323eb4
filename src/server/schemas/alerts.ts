import { z } from 'zod';
import { severities } from '../../model/event.ts';
import { type Condition, conditions } from '../../model/reading.ts';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);
const name = z.string().min(1).max(63);
const reason = z
  .string()
  .regex(/^[^\p{C}]{1,500}$/u, 'expected 1 to 500 printable characters')
  .describe('Why; it stands in the journal');
const when = z.enum(Object.keys(conditions) as [Condition, ...Condition[]]).describe('What the rule watches');
const severity = z.enum(severities);

export const alertsQuerySchema = z.strictObject({
  state: z.enum(['pending', 'firing', 'resolved']).describe('Only alerts in this state').exactOptional(),
  rule: name.describe('Only of this rule').exactOptional(),
  guest: name.describe('Only about this guest').exactOptional(),
  all: z.stringbool().describe('Also those that are over: the newest 1,000, for 30 days').exactOptional(),
});

const text = z.string().exactOptional();

export const alertSchema = z
  .object({
    id: z.number().describe('Never used twice'),
    rule: z.string(),
    when,
    severity,
    subject: z
      .object({
        guest: text,
        nic: text,
        port: text,
        owner: text,
        segment: text,
        pool: text,
        forward: text,
        service: text,
        object: text,
      })
      .describe('What it is about, as far as that is known'),
    state: z
      .enum(['pending', 'firing', 'resolved'])
      .describe('`pending`: true, but not for long enough; `firing`: an alert; `resolved`: it was one'),
    text: z.string(),
    seen: text,
    expected: text,
    done: z.string().describe('What was done by itself').exactOptional(),
    owner: z.string().describe('Who looks after it, as the rule says').exactOptional(),
    since: milliseconds('Since when it is true'),
    firedAt: milliseconds('Since when it is an alert').exactOptional(),
    resolvedAt: milliseconds('When it was over').exactOptional(),
    count: z.number().describe('How often it was seen'),
    acknowledged: z.object({ who: z.string(), at: milliseconds('When'), reason: z.string() }).exactOptional(),
    silencedBy: z.number().describe('Id of the silence that keeps it from being told').exactOptional(),
  })
  .meta({ id: 'Alert' });

export const alertIdSchema = z.strictObject({ id: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
export const acknowledgeSchema = z.strictObject({ reason });

const silenced = {
  rule: name.describe('Only of this rule').exactOptional(),
  guest: name.describe('Only about this guest').exactOptional(),
  segment: name.describe('Only in this segment').exactOptional(),
  ofOwner: name.describe('Only about guests of this owner').exactOptional(),
};

export const silenceOrderSchema = z.strictObject({
  ...silenced,
  seconds: z.number().int().min(60).max(7_776_000).describe('Ends after so many seconds: a minute to 90 days'),
  reason,
});

export const silenceSchema = z
  .object({
    id: z.number(),
    ...silenced,
    since: milliseconds('When it was made'),
    until: milliseconds('When it ends by itself'),
    who: z.string(),
    reason: z.string(),
  })
  .meta({ id: 'Silence' });

export const alertRuleSchema = z
  .object({
    name: z.string(),
    when,
    above: z.number().describe('True above this share of 1').exactOptional(),
    below: z.number().describe('True below so many seconds').exactOptional(),
    within: z.number().describe('Seconds that changes count').exactOptional(),
    for: z.number().describe('Seconds that it must be true before it is an alert'),
    clear: z.number().describe('Seconds that it must be false before the alert is over'),
    severity,
    only: z.array(z.string()).readonly().describe('Only events with these details; empty: all'),
    segment: text,
    ofOwner: text,
    guest: text,
    owner: text,
    notify: z
      .array(z.string())
      .readonly()
      .describe('Names of notifiers; absent: all without `onlyNamed`')
      .exactOptional(),
    action: z
      .union([
        z.object({ kind: z.literal('isolate'), seconds: z.number() }),
        z.object({
          kind: z.literal('limit'),
          rate: z.object({ count: z.number(), per: z.enum(['second', 'minute', 'hour', 'day']) }),
          seconds: z.number(),
        }),
      ])
      .exactOptional(),
  })
  .meta({ id: 'AlertRule' });

export const notifierSchema = z
  .object({
    name: z.string(),
    kind: z.string(),
    sent: z.number(),
    waiting: z.number().describe('Messages that wait to be sent, or to be sent again'),
    lost: z.number().describe('Given up'),
    lastSent: milliseconds('When the last message went through').exactOptional(),
    trouble: z.string().describe('Absent when the last message went through').exactOptional(),
  })
  .meta({ id: 'Notifier' });

export const notifierNameSchema = z.strictObject({ name });
export const notifierTestSchema = z.object({ ok: z.boolean(), text: z.string() });

export const alertSummarySchema = z
  .object({ firing: z.number(), critical: z.number(), acknowledged: z.number() })
  .describe('Alerts that fire, and those of them that are critical or acknowledged');
