import { z } from 'zod';

const use = z
  .object({
    used: z.number(),
    most: z
      .number()
      .describe('Absent: the site says nothing of the owner, so its tenant cannot add any')
      .exactOptional(),
  })
  .meta({ id: 'QuotaUse' });

export const ownerSchema = z
  .object({
    name: z.string(),
    segments: z.array(z.string()).readonly().describe('Segments that its tenant may put NICs into'),
    ports: z
      .array(z.string())
      .readonly()
      .describe('Ports of the shared address that its tenant may publish; absent: those from 1024 on that are free')
      .exactOptional(),
    quota: z.object({
      guests: use,
      nics: use.describe('With MAC addresses that were leased by request; those that rest count at a quarter'),
      forwards: use,
      ports: use.describe('Published ports, port by port'),
      sessions: use.describe('Limits of its guests together, for each address'),
    }),
  })
  .meta({ id: 'Owner' });
