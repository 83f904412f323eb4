import { z } from 'zod';
import { traceSources, traceVerdicts } from '../../reconciler/trace/contract.ts';

const at = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);
const text = (what: string, most = 64) => z.string().min(1).max(most).describe(what);

const questionKeys = {
  address: text('A shared address of the site, or an inner one of a NIC'),
  at: text('ISO 8601 with a zone, or seconds since the epoch; to the second means any moment in it'),
  within: text('How far the time may be off, `5s`').exactOptional(),
  protocol: text('`tcp`, `udp`, `icmp`, … or a number').exactOptional(),
  peer: text('The other side, `198.51.100.7` or `198.51.100.7:443`').exactOptional(),
};
const port = 'May be absent of an inner address, and where a peer is given';

export const traceQuerySchema = z.strictObject({
  ...questionKeys,
  port: z.coerce.number().int().min(1).max(65_535).describe(port).exactOptional(),
});

const questionSchema = z.strictObject({
  ...questionKeys,
  port: z.number().describe(`${port}; 1 to 65535`).exactOptional(),
});

export const traceManySchema = z.strictObject({ questions: z.array(questionSchema).max(10_000) });

const placeSchema = z.object({ address: z.string(), port: z.number().exactOptional() });

const nicSchema = z.object({
  nic: z.string().describe('`web1/0`'),
  segment: z.string(),
  macs: z
    .array(z.object({ mac: z.string(), state: z.enum(['reserved', 'active', 'retiring']) }))
    .readonly()
    .describe('Two while the NIC rotates; a pseudonym when that is all that is kept'),
  ipv4: z.string().exactOptional(),
  ipv6: z.string().exactOptional(),
});

const guestSchema = z.object({
  guest: z.string(),
  owner: z.string().describe('At that time').exactOptional(),
  nics: z.array(nicSchema).readonly().describe('The NIC, or all of the guest where only the guest is known'),
  sources: z.array(z.enum(traceSources)).readonly().describe('From what it is known'),
  by: z.string().describe('Port block, or name of the forward').exactOptional(),
  since: at('Begin of what says so').exactOptional(),
  until: at('End of what says so; absent while it lasts').exactOptional(),
});

const partySchema = z.object({
  kind: z.enum(['guest', 'host', 'world', 'erased']),
  guests: z.array(z.string()).readonly(),
  inner: placeSchema.describe('As it knows itself'),
  public: placeSchema.describe('As the other side sees it').exactOptional(),
});

const sessionSchema = z.object({
  source: z.enum(['log', 'live']),
  protocol: z.string(),
  from: partySchema.describe('Who began it'),
  to: partySchema,
  asked: z.enum(['from', 'to']).describe('Which of the two was asked for'),
  begin: at('Begin, by the clock of the kernel').exactOptional(),
  end: at('End; absent while it is open').exactOptional(),
  endUnknown: z.boolean().describe('The end was not seen: the session was found to be gone at `end`').exactOptional(),
  bytesSent: z.number().exactOptional(),
  bytesReceived: z.number().exactOptional(),
  packetsSent: z.number().exactOptional(),
  packetsReceived: z.number().exactOptional(),
});

export const traceAnswerSchema = z
  .object({
    sentence: z.string().describe('The answer in one sentence'),
    verdict: z.enum(traceVerdicts),
    address: z.string(),
    port: z.number().exactOptional(),
    protocol: z.string().exactOptional(),
    peer: z.string().exactOptional(),
    from: at('First moment that was meant'),
    to: at('Last moment that was meant'),
    guests: z.array(guestSchema).readonly().describe('The best known first'),
    sessions: z.array(sessionSchema).readonly().describe('In the order of their begin'),
    truncated: z.boolean().describe('There were more sessions'),
    log: z.object({
      state: z.enum(['kept', 'gap', 'none']).describe('What the log knows of that time: everything, not all, nothing'),
      why: z.string().exactOptional(),
    }),
    notes: z.array(z.string()).readonly(),
  })
  .meta({ id: 'TraceAnswer' });

export const traceResultsSchema = z.object({
  results: z.array(
    z.union([
      z.object({ answer: traceAnswerSchema }),
      z.object({ failure: z.object({ code: z.string(), detail: z.string() }) }),
    ]),
  ),
});
