import { z } from 'zod';
import { sightingKinds } from '../../model/sighting.ts';
import { leaseStateSchema } from '../schemas.ts';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);
const text = (what: string) => z.string().min(1).max(64).describe(what);
const yesOrNo = (what: string) => z.stringbool().describe(what);

const kindSchema = z
  .enum(sightingKinds)
  .describe(
    '`interface` of the host; `fdb`: behind a port of a bridge; `neighbour` on an interface; `offender`: its frames were dropped by the guard; `probe`: it answered; `trunk`: behind a link to other hosts',
  );

export const seenFilters = {
  mac: text('Only this MAC address').exactOptional(),
  host: text('Only what this host showed').exactOptional(),
  device: text('Only at this port or interface').exactOptional(),
  segment: text('Only in this segment').exactOptional(),
  leased: yesOrNo('Only addresses that somebody leases (`true`), or only those that nobody does').exactOptional(),
};

export const seenSchema = z
  .object({
    mac: z.string(),
    host: z.string(),
    device: z.string().describe('Port or interface'),
    segment: z.string().exactOptional(),
    bridge: z.string().exactOptional(),
    kind: kindSchema,
    ip: z.string().describe('IP address that it was last seen with').exactOptional(),
    firstAt: milliseconds('First seen there'),
    lastAt: milliseconds('Last seen there'),
    count: z.number().describe('How often it was noted, at most once a minute'),
    lease: z
      .object({
        id: z.number(),
        state: leaseStateSchema,
        guest: z.string().exactOptional(),
        nic: z.number().exactOptional(),
        owner: z.string().exactOptional(),
        source: z.enum(['site', 'request']),
      })
      .describe('Who holds the address')
      .exactOptional(),
  })
  .meta({ id: 'Seen' });

export const seenAbout = {
  total: z.number().describe('How many match'),
  omitted: z
    .array(z.object({ host: z.string(), device: z.string(), count: z.number() }))
    .readonly()
    .describe('Ports that showed more addresses than are kept of one port, and how many more'),
};

export const conflictSchema = z
  .object({
    id: z.number(),
    mac: z.string(),
    holder: z.string().describe('NIC (`web1/0`) or, failing that, owner or lease'),
    lease: z.number().describe('Id of the lease'),
    place: z
      .object({ host: z.string().exactOptional(), device: z.string().exactOptional() })
      .describe('Where the holder is; empty when it is plugged in nowhere'),
    other: z
      .object({
        host: z.string(),
        device: z.string(),
        kind: kindSchema,
        nic: z.string().describe('NIC whose port that is').exactOptional(),
      })
      .describe('Where the address was seen, too'),
    firstAt: milliseconds('First seen there'),
    lastAt: milliseconds('Last seen there'),
    state: z.enum(['open', 'acknowledged', 'resolved']),
    text: z.string(),
  })
  .meta({ id: 'AddressConflict' });

export const conflictQuerySchema = z.strictObject({
  all: yesOrNo('Those that are over, too').exactOptional(),
  mac: text('Only of this MAC address').exactOptional(),
});

export const seenReportSchema = z.strictObject({
  host: text('Name of the host that saw it'),
  sightings: z
    .array(
      z.strictObject({
        mac: text('MAC address'),
        device: text('Port or interface'),
        kind: kindSchema.exactOptional(),
        bridge: text('Bridge that the port belongs to').exactOptional(),
        segment: text('Segment').exactOptional(),
        ip: text('IP address that it was seen with').exactOptional(),
        age: z.number().min(0).describe('Seconds since it was last there; 0 unless given').exactOptional(),
      }),
    )
    .max(10_000),
});

export const reportAnswerSchema = z.object({
  noted: z.number(),
  conflicts: z.array(conflictSchema).describe('Conflicts that are new'),
});

export const resolveRequestSchema = z.strictObject({
  target: text('Id of a conflict, or a MAC address'),
  how: z
    .enum(['rotate', 'keep', 'adopt', 'forget'])
    .describe(
      '`rotate` the holder to a new address; `keep`: both are the same machine; `adopt`: lease it to a NIC; `forget`: it is gone from the wire',
    )
    .exactOptional(),
  nic: text('NIC that adopts it, `web1/0`').exactOptional(),
});

export const resolveAnswerSchema = z.object({
  how: z.enum(['rotate', 'keep', 'adopt', 'forget']),
  mac: z.string(),
  lines: z.array(z.string()).readonly().describe('What is done; with `plan=true`, what would be'),
  done: z.boolean(),
});
