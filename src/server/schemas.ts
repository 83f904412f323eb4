import { z } from 'zod';
import { alertSummarySchema } from './schemas/alerts.ts';
import { recorderSchema } from './schemas/recorder.ts';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);

export const leaseStateSchema = z.enum(['reserved', 'active', 'retiring', 'quarantined', 'free']);

export const mistakeSchema = z
  .object({
    path: z.string().describe('Where in the document, such as `guests[2].nics[0].mac`'),
    line: z.number().exactOptional(),
    column: z.number().exactOptional(),
    message: z.string(),
    seen: z.string().exactOptional(),
    expected: z.string().exactOptional(),
    severity: z.enum(['error', 'warning']),
  })
  .meta({ id: 'Mistake' });

export const planLineSchema = z
  .object({
    change: z.enum(['add', 'remove', 'change']),
    object: z.string().describe('`guest`, `NIC`, `forward`, `segment`, `policy`, `service`, …'),
    text: z.string(),
  })
  .meta({ id: 'PlanLine' });

export const revisionSchema = z
  .object({
    number: z.number(),
    at: milliseconds('When it was applied'),
    author: z.string(),
    comment: z.string(),
    summary: z.object({ added: z.number(), removed: z.number(), changed: z.number() }),
    confirmBy: milliseconds('When it rolls back by itself unless it is confirmed').exactOptional(),
    fallback: z.number().describe('The revision that it goes back to').exactOptional(),
  })
  .meta({ id: 'Revision' });

export const applyResultSchema = z
  .object({
    revision: revisionSchema,
    lines: z.array(planLineSchema),
    warnings: z.array(mistakeSchema),
    timings: z.record(z.string(), z.number()).describe('Milliseconds by stage'),
    confirmBy: milliseconds('When it rolls back by itself unless it is confirmed').exactOptional(),
  })
  .meta({ id: 'ApplyResult' });

export const planResultSchema = z
  .object({
    lines: z.array(planLineSchema),
    raw: z.string().describe('The same as commands that can be read'),
    empty: z.boolean(),
    warnings: z.array(mistakeSchema),
    baseRevision: z.number().describe('Revision that it was compared with; 0 in a new registry'),
  })
  .meta({ id: 'PlanResult' });

/** What a change of the site answers. */
export const siteChangeSchema = z.union([
  applyResultSchema.describe('What was done'),
  planResultSchema.describe('With `plan=true`: what would be done'),
]);

export const statusSchema = z
  .object({
    site: z.string().exactOptional(),
    revision: z.number().exactOptional(),
    driver: z.string(),
    uplink: z
      .object({
        interface: z.string(),
        ipv4: z.string().describe('Shared address'),
        ipv6: z.string().exactOptional(),
        bandwidth: z.number().describe('Bits per second').exactOptional(),
      })
      .describe('What carries the shared address')
      .exactOptional(),
    capabilities: z.object({
      gateway: z.boolean(),
      flowtable: z.boolean(),
      bridgeMeta: z.boolean(),
      ctTimeout: z.boolean(),
      socketMatch: z.boolean(),
      frameSamples: z.boolean().describe('Whether dropped frames can be looked at, not only counted'),
      wire: z.boolean().describe('Whether the driver sees which MAC addresses show up where'),
      sessions: z.boolean().describe('Whether the driver can read and end the sessions of this host'),
      missing: z.array(z.string()).readonly(),
    }),
    confirmBy: milliseconds('When the newest revision rolls back by itself').exactOptional(),
    segments: z.array(z.object({ name: z.string(), bridge: z.string(), subnet: z.string(), nics: z.number() })),
    guests: z.number(),
    nics: z.object({ total: z.number(), attached: z.number(), waiting: z.number() }),
    forwards: z.number(),
    policies: z.number(),
    sessionTable: z
      .object({ count: z.number(), max: z.number() })
      .describe("The kernel's table of sessions, the host's own and others' included")
      .exactOptional(),
    drift: z.array(z.string()).describe('What on the host is not as it should be'),
    lastRepair: z.object({ at: milliseconds('When'), text: z.string() }).exactOptional(),
    services: z.array(z.object({ name: z.string(), state: z.enum(['running', 'stopped', 'absent']) })),
    warnings: z.array(z.string()),
    alerts: alertSummarySchema,
    recorder: recorderSchema.exactOptional(),
  })
  .meta({ id: 'Status' });

export const leaseSchema = z
  .object({
    guest: z.string(),
    nic: z.number(),
    segment: z.string(),
    mac: z.string(),
    ipv4: z.string(),
    ipv6: z.string().exactOptional(),
    port: z.string().describe('Host-side device that it is plugged into').exactOptional(),
    owner: z.string().exactOptional(),
    share: z.string(),
    portBlock: z
      .string()
      .describe('Source ports of the shared address, `20000-20999`; further port blocks behind commas'),
    attached: z.boolean(),
  })
  .meta({ id: 'Lease' });

export const journalEntrySchema = z
  .object({
    id: z.number(),
    at: milliseconds('When'),
    kind: z.string().describe('`apply`, `confirm`, `rollback`, `drift`, `repair`, `attach`, …'),
    text: z.string(),
    who: z.string(),
  })
  .meta({ id: 'JournalEntry' });

export const storedObjectSchema = z
  .object({
    kind: z.enum(['settings', 'pool', 'segment', 'guest', 'forward', 'policy', 'attachment']),
    name: z.string(),
    origin: z.enum(['file', 'api']).describe('`file`: the site file owns it; `api`: only the API changes it'),
    body: z.unknown().describe('As it stands in a site file'),
  })
  .meta({ id: 'StoredObject' });

export const verifyResultSchema = z.object({
  checks: z.array(z.object({ name: z.string(), expected: z.string(), seen: z.string(), ok: z.boolean() })),
});

export const destroyResultSchema = z.object({ lines: z.array(planLineSchema) });

/** Problem document of RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    detail: z.string().describe('The failure as a sentence'),
    code: z.string().describe('See docs/reference/errors.md'),
    remedy: z.string(),
    mistakes: z.array(mistakeSchema).exactOptional(),
    details: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .meta({ id: 'Problem', description: 'Problem document of RFC 9457' });
