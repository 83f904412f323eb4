import { z } from 'zod';
import { parseRate } from '../../model/quantity.ts';

const guest = z.string().min(1).max(64).describe('Guest of the site');
const nic = z.coerce.number().int().min(0).max(9999).describe('Index of its NIC; absent: all of them');

const isRate = (text: string): boolean => {
  try {
    parseRate(text);
    return true;
  } catch {
    return false;
  }
};

export const isolationOrderSchema = z.strictObject({
  guest,
  nic: nic.exactOptional(),
  limit: z
    .string()
    .refine(isRate, 'expected a rate such as "100/second"')
    .describe('Frames that may still pass in each direction, `100/second`; absent: none')
    .exactOptional(),
  seconds: z.number().int().min(10).max(2_592_000).describe('Ends after so many seconds; default 3600').exactOptional(),
  reason: z.string().min(1).max(500).describe('Why; it stands in the journal'),
});

export const isolationSchema = z
  .object({
    nic: z.string().describe('NIC id, `web1/0`'),
    guest: z.string(),
    owner: z.string().exactOptional(),
    port: z.string().describe('Absent while the NIC is plugged in nowhere').exactOptional(),
    limit: z.string().exactOptional(),
    since: z.number().describe('Milliseconds since the epoch'),
    until: z.number().describe('When it ends by itself; milliseconds since the epoch'),
    who: z.string(),
    reason: z.string(),
    tenant: z.literal(true).describe('The tenant of its owner did it; rules and operators override it').exactOptional(),
    dropped: z.number().describe('Frames of it that were dropped'),
  })
  .meta({ id: 'Isolation' });

export const isolationChoiceSchema = z.strictObject({ guest });
export const isolationNicSchema = z.strictObject({ nic: nic.exactOptional() });

export const isolationFilters = {
  guest: guest.describe('Only of this guest').exactOptional(),
  owner: z.string().min(1).max(63).describe('Only of guests of this owner').exactOptional(),
};
