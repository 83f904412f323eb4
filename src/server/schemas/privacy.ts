import { z } from 'zod';

const at = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);

const counts = {
  owner: z.string(),
  leases: z.number().describe('Leases whose addresses, guest, owner and comment go'),
  journal: z.number().describe('Journal entries whose text goes'),
  objects: z.number().describe('Objects of earlier revisions'),
  portBlocks: z.number(),
  holdings: z.number().describe('Stretches of time of which it is known what a NIC held'),
  rotations: z.number().describe('Rotations that failed'),
  requests: z.number().describe('Request keys'),
  seen: z.number().describe('Sightings on the wire'),
  kept: z
    .array(
      z.object({
        id: z.number(),
        mac: z.string(),
        nic: z.string().exactOptional(),
        why: z.enum(['held', 'resting', 'kept']),
        remedy: z.string(),
      }),
    )
    .readonly()
    .describe('Leases that stay: the first 100 of `keptCount`'),
  keptCount: z.number(),
};

export const erasureSchema = z.object(counts);

export const erasureReportSchema = z.object({
  ...counts,
  traces: z.object({
    macs: z.number().describe('Addresses that nobody has any more and that were looked for'),
    files: z.number(),
    bytes: z.number(),
    scrubbed: z.array(z.string()).readonly().describe('Files out of which lines were taken'),
    left: z.array(z.string()).readonly().describe('Files that still hold one of the addresses'),
  }),
});

export const periodSchema = z.object({
  id: z.string().describe('First day (UTC) and length, `2026-11-03+30d`'),
  start: at('Begin'),
  end: at('End'),
  destroyed: z.boolean().describe('Its key is gone: it is anonymous for good'),
  current: z.boolean().describe('It is not over yet'),
});

export const ownerParamsSchema = z.object({ owner: z.string().min(1).max(200) });
export const periodParamsSchema = z.object({ period: z.string().min(1).max(40) });
