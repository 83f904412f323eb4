import { z } from 'zod';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);

export const roleSchema = z.enum(['viewer', 'operator', 'admin']);

/** What it lets somebody do. */
const grant = {
  name: z.string().min(1).max(64).describe('Who it is for; goes into revisions and journal'),
  role: roleSchema,
  owner: z
    .string()
    .min(1)
    .max(63)
    .describe('The tenant: sees and changes only what belongs to this owner; never with role `admin`')
    .exactOptional(),
  only: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(100)
    .describe('Endpoints that it is for, such as `GET /v1/leases`; all that the role may unless given')
    .exactOptional(),
};

const days = z.number().int().min(1).max(3650).describe('Days until it expires; 90 for a token, 365 for a certificate');

export const tokenOrderSchema = z.strictObject({ ...grant, days: days.exactOptional() });

export const certificateOrderSchema = z.strictObject({
  ...grant,
  days: days.exactOptional(),
  publicKey: z
    .string()
    .min(1)
    .max(8192)
    .describe('PEM (`BEGIN PUBLIC KEY`) of P-256, P-384, P-521, Ed25519 or RSA; the private key stays where it is'),
});

export const proofSchema = z.object({
  id: z.string(),
  kind: z.enum(['token', 'certificate']),
  name: z.string(),
  role: roleSchema,
  owner: z.string().exactOptional(),
  only: z.array(z.string()).readonly().exactOptional(),
  at: milliseconds('When it was issued'),
  by: z.string().describe('Who issued it'),
  until: milliseconds('When it expires'),
  expired: z.boolean(),
  usedAt: milliseconds('When it was shown last, since the daemon started').exactOptional(),
  usedFrom: z.string().describe('Where from').exactOptional(),
});

export const newTokenSchema = proofSchema.extend({
  token: z.string().describe('For `Authorization: Bearer …`. It is told once, and stored nowhere').exactOptional(),
});

export const newCertificateSchema = proofSchema.extend({
  certificate: z.string().describe('PEM').exactOptional(),
  authority: z.string().describe("PEM of the authority, with which the daemon's own certificate can be checked"),
});

export const proofIdSchema = z.object({ id: z.string().min(1).max(64) });

export const authoritySchema = z.object({
  certificate: z.string().describe('PEM'),
  fingerprint: z.string().describe('SHA-256 of it, hexadecimal'),
  until: milliseconds('Until when it holds'),
});
