import { z } from 'zod';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);

export const limitsQuerySchema = z.strictObject({
  all: z.stringbool().describe('Guests that were refused nothing, too').exactOptional(),
  guest: z.string().min(1).max(63).describe('Only this guest').exactOptional(),
});

const refusalSchema = z.object({
  limit: z
    .enum(['new-sessions', 'sessions', 'all-sessions', 'host'])
    .describe(
      '`new-sessions` of the guest in a unit of time; open `sessions` of the guest; `all-sessions` of the site; what one NIC asks of the `host`',
    ),
  count: z.number().describe('Refused since `since`, as packets: who tries again counts again'),
  since: milliseconds('The first'),
  last: milliseconds('The last'),
  lasting: z.boolean().describe('The last was less than five minutes ago'),
});

export const limitsAbout = {
  sessions: z.number().describe('Sessions that all guests together may have open'),
  table: z
    .object({ count: z.number(), max: z.number() })
    .describe("The kernel's table of sessions, those of the host and of others included"),
};

export const guestLimitsSchema = z
  .object({
    guest: z.string(),
    owner: z.string().exactOptional(),
    sessions: z.number().describe('Sessions that may be open at once, for each address of the guest'),
    newSessions: z.string().describe('New sessions that it may begin, `200/second`'),
    refused: z.array(refusalSchema).readonly().describe('The latest first; one of each kind at most'),
  })
  .meta({ id: 'GuestLimits' });
