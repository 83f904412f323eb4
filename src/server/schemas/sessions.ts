import { z } from 'zod';
import { guestOrders, sessionDirections, sessionOrders } from '../../model/session-words.ts';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);
const text = (what: string) => z.string().min(1).max(64).describe(what);
const seconds = (what: string) => z.number().int().min(0).max(2_147_483_647).describe(what);
const port = z
  .number()
  .int()
  .min(1)
  .max(65_535)
  .describe('Only with this port at any end, before or after translation');

const filter = {
  guest: text('Only sessions of this guest').exactOptional(),
  owner: text('Only of guests of this owner').exactOptional(),
  segment: text('Only of NICs in this segment').exactOptional(),
  forward: text('Only those that came by this forward, `tcp/8080`').exactOptional(),
  protocol: text('`tcp`, `udp`, `icmp`, … or a number').exactOptional(),
  state: text('Only in this state; `half-open` is `syn-sent` and `syn-recv`').exactOptional(),
  direction: z.enum(sessionDirections).exactOptional(),
  peer: text('Only with this address or network at the other end').exactOptional(),
  port: port.exactOptional(),
  older: seconds('Only those that began longer ago than this (seconds)').exactOptional(),
  younger: seconds('Only those that began since then (seconds)').exactOptional(),
};

/** Numbers come as text in a query. */
const queried = {
  ...filter,
  port: z.coerce.number().pipe(port).exactOptional(),
  older: z.coerce.number().pipe(filter.older.unwrap()).exactOptional(),
  younger: z.coerce.number().pipe(filter.younger.unwrap()).exactOptional(),
};

export const sessionFilters = {
  ...queried,
  sort: z.enum(sessionOrders).default('bytes').describe('The largest first; by age the oldest'),
};

export const summaryFilters = {
  ...queried,
  sort: z.enum(guestOrders).default('bytes').describe('The largest first'),
};

export const killRequestSchema = z.strictObject({
  ...filter,
});

const nic = {
  guest: z.string(),
  nic: z.number().describe('Index of its NIC'),
  segment: z.string(),
  owner: z.string().exactOptional(),
};

const place = z.object({
  address: z.string(),
  port: z.number().describe('Of an ICMP echo the identifier').exactOptional(),
});

const amounts = {
  bytesSent: z.number().describe('As the guest sees it'),
  bytesReceived: z.number(),
  packetsSent: z.number(),
  packetsReceived: z.number(),
};

export const sessionSchema = z
  .object({
    id: z.number().describe("The kernel's number; may be given again when the session has ended"),
    ...nic,
    direction: z
      .enum(sessionDirections)
      .describe(
        'Who began it: `out`, a guest to the world; `in`, the world to a guest; `between` two guests; `to-host` and `from-host`',
      ),
    other: z.object(nic).describe('The other guest of a session between two; the first began it').exactOptional(),
    forward: z.string().describe('Forward that it came by').exactOptional(),
    protocol: z.string(),
    state: z.string().describe('Of TCP as conntrack knows it; of others `unreplied`, `replied` or `assured`'),
    inner: place.describe('Where the guest is, as itself knows it'),
    public: place.describe('Where the world sees it').exactOptional(),
    peer: place,
    ...amounts,
    startedAt: milliseconds('When it began; absent when the kernel did not note it').exactOptional(),
    expiresAt: milliseconds('When the kernel forgets it unless more packets come').exactOptional(),
  })
  .meta({ id: 'Session' });

const table = z
  .object({ count: z.number(), max: z.number() })
  .describe("The kernel's table, in which sessions of the host and of others stand as well");

export const sessionsAbout = {
  at: milliseconds('When the kernel was asked'),
  table,
  total: z.number().describe('How many match'),
};

const counts = z.record(z.string(), z.number());
const sums = {
  sessions: z.number(),
  protocols: counts.describe('Sessions by protocol').readonly(),
  states: counts.describe('Sessions by state').readonly(),
  ...amounts,
};

export const summaryAbout = {
  at: milliseconds('When the kernel was asked'),
  table,
  all: z.object(sums).describe('Each session once'),
  total: z.number().describe('Guests that have sessions'),
};

export const guestSessionsSchema = z
  .object({
    guest: z.string(),
    owner: z.string().exactOptional(),
    ...sums,
    limit: z.number().describe('Sessions that each of its addresses may have open'),
    ports: z
      .object({ size: z.number(), used: z.number() })
      .describe('Ports of its block, and how many the protocol that uses most of them uses'),
  })
  .meta({ id: 'GuestSessions' });

export const killAnswerSchema = z.object({
  total: z.number().describe('Sessions that match'),
  guests: z
    .array(z.object({ guest: z.string(), sessions: z.number() }))
    .readonly()
    .describe('How many each guest has a part in; 20 guests at most'),
  guestCount: z.number(),
  first: z.array(sessionSchema).readonly().describe('Ten of them at most, by bytes'),
  spared: z
    .number()
    .describe('Sessions that match and are left: the host itself began them, or they are bridged inside of a segment'),
  ended: z.number().describe('Sessions that were ended; 0 with `plan=true`'),
});
