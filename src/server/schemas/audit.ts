import { z } from 'zod';

const at = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);

export const auditEntrySchema = z
  .object({
    id: z.number(),
    at: at('When'),
    kind: z.string().describe('`apply`, `lease`, `release`, `import`, `rotate`, `conflict`, `drift`, `erase`, …'),
    who: z.string(),
    from: z.string().describe('`unix socket`, `this host`, an address'),
    text: z.string(),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
    owners: z.array(z.string()).readonly().exactOptional(),
    erased: z.literal(true).describe('Its text was taken out by an erasure or by retention').exactOptional(),
    hash: z.string().describe('SHA-256 of the entry before and of this one'),
  })
  .meta({ id: 'AuditEntry' });

export const auditVerdictSchema = z.object({
  whole: z.boolean(),
  head: z.object({ id: z.number(), hash: z.string() }),
  entries: z.number(),
  faults: z
    .array(
      z.object({
        fault: z.enum(['altered', 'missing', 'inserted', 'blanked', 'recomputed', 'cut', 'broken']),
        entries: z.string().describe('`17`, `17-20`'),
        text: z.string(),
      }),
    )
    .readonly(),
  more: z.number().describe('Faults beyond those that are listed'),
});

const oneOrMore = (description: string) =>
  z
    .union([z.string().max(64), z.array(z.string().max(64)).max(50)])
    .describe(description)
    .exactOptional();

export const auditFilters = {
  kind: oneOrMore('Of this kind; may stand several times'),
  who: z.string().max(64).exactOptional(),
  owner: z.string().max(200).describe('About this owner').exactOptional(),
  since: z.coerce.number().int().describe('At or after; milliseconds since the epoch').exactOptional(),
  until: z.coerce.number().int().describe('Before; milliseconds since the epoch').exactOptional(),
  text: z.string().min(1).max(200).describe('Part of the text, of what was or of what is').exactOptional(),
};

export const auditExportSchema = z.strictObject({
  ...auditFilters,
  format: z.enum(['jsonl', 'csv', 'cef']).default('jsonl'),
  clear: z.enum(['true', 'false']).describe('MAC addresses in place of pseudonyms').default('false'),
});

export const auditVerifySchema = z.strictObject({
  head: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is not a hash of 64 hexadecimal digits')
    .describe('Hash of a head that was kept elsewhere')
    .exactOptional(),
});
