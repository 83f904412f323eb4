import { z } from 'zod';
import { type EventKind, eventKinds, severities } from '../../model/event.ts';

const at = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);
const kinds = Object.keys(eventKinds) as [EventKind, ...EventKind[]];
const name = (what: string) => z.string().min(1).max(200).describe(what).exactOptional();
const time = (what: string) =>
  z.coerce.number().int().min(0).describe(`${what}; milliseconds since the epoch`).exactOptional();

const subjectSchema = z
  .object({
    guest: z.string().exactOptional(),
    nic: z.string().describe('NIC id, `web1/0`').exactOptional(),
    port: z.string().describe('Host-side device').exactOptional(),
    owner: z.string().exactOptional(),
    segment: z.string().exactOptional(),
    pool: z.string().exactOptional(),
    forward: z.string().describe('Forward id, `tcp/8080`').exactOptional(),
    service: z.string().exactOptional(),
    object: z.string().describe('Whatever else has a name of its own').exactOptional(),
  })
  .describe('What it is about, as far as that is known');

export const eventSchema = z
  .object({
    id: z.number().describe('Ascending; never used twice. The entry of the journal that begins the event'),
    at: at('When it happened first'),
    last: at('When it happened last'),
    kind: z.enum(kinds),
    severity: z.enum(severities),
    subject: subjectSchema,
    detail: z
      .string()
      .describe('Tells apart what may go on side by side at one subject, `spoofed_arp`')
      .exactOptional(),
    text: z.string().describe('One sentence'),
    seen: z.string().exactOptional(),
    expected: z.string().exactOptional(),
    done: z.string().exactOptional(),
    count: z.number().describe('How many times'),
    state: z.enum(['once', 'lasting', 'over']).describe('`once`: a moment; `over`: it lasted until `last`'),
    who: z.string().exactOptional(),
    from: z.string().exactOptional(),
  })
  .meta({ id: 'Event' });

export const eventFilters = {
  kind: z
    .union([z.enum(kinds), z.array(z.enum(kinds)).max(kinds.length)], { error: `expected ${kinds.join(', ')}` })
    .describe('Of this kind; may stand several times')
    .exactOptional(),
  severity: z.enum(severities).describe('At least so severe').exactOptional(),
  guest: name('About this guest'),
  owner: name('About this owner'),
  segment: name('About this segment'),
  port: name('About this host-side device'),
  lasting: z.stringbool().describe('Only what goes on').exactOptional(),
  since: time('That began then or later'),
  until: time('That began before'),
};

export const eventStreamQuerySchema = z.strictObject({
  ...eventFilters,
  after: z.coerce
    .number()
    .int()
    .min(0)
    .describe(
      'What came after this `id:` of the stream comes first; 0 is everything. The same as the header Last-Event-ID',
    )
    .exactOptional(),
});
