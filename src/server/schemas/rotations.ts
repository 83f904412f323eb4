import { z } from 'zod';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);
const seconds = (what: string) => z.number().int().min(1).max(31_536_000).describe(`${what}; seconds`).exactOptional();
const guest = z.string().min(1).max(63);
const nic = z.number().int().min(0).max(31);

export const rotateRequestSchema = z
  .strictObject({
    nics: z.array(z.strictObject({ guest, nic })).min(1).max(10_000).describe('NICs by name').exactOptional(),
    owner: z.string().min(1).max(63).describe('Every NIC of this owner').exactOptional(),
    segment: z.string().min(1).max(63).describe('Every NIC in this segment').exactOptional(),
    overlap: seconds('How long both addresses may be used at most'),
    grace: seconds('How long the old address must be silent before it retires'),
    atMost: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .describe('NICs that wait for their guest to move at the same time')
      .exactOptional(),
  })
  .refine(({ nics, owner, segment }) => [nics, owner, segment].filter((one) => one !== undefined).length === 1, {
    message: 'expected exactly one of "nics", "owner" and "segment"',
  });

export const rotationSchema = z
  .object({
    guest: z.string(),
    nic: z.number(),
    owner: z.string().exactOptional(),
    segment: z.string().exactOptional(),
    source: z
      .enum(['site', 'request'])
      .describe('Whose NIC it is; of one that a request made its user says when it has moved'),
    phase: z.enum(['waiting', 'prepared', 'moved', 'failed']),
    from: z.string().describe('MAC address before the rotation'),
    to: z.string().describe('The new one; absent while it waits and after it failed').exactOptional(),
    origin: z.string().describe('`request`, or the words of the schedule that asked for it'),
    askedAt: milliseconds('When it was asked for'),
    phaseSince: milliseconds('When its phase began'),
    deadline: milliseconds('When the overlap ends at the latest').exactOptional(),
    grace: z.number().describe('Seconds that the old address must be silent'),
    hook: z.enum(['none', 'due', 'done', 'failed']),
    oldHeard: milliseconds('When the guest was last heard with the old address').exactOptional(),
    newHeard: milliseconds('When the guest was last heard with the new address').exactOptional(),
    error: z.string().describe('Why it failed or does not get on').exactOptional(),
  })
  .meta({ id: 'Rotation' });

export const rotateAnswerSchema = z.object({
  rotations: z.array(rotationSchema),
  skipped: z.array(z.string()).describe('NICs that do not rotate, a sentence each'),
});

export const rotationParamsSchema = z.object({ guest, nic: z.coerce.number().int().min(0).max(31) });

export const rotationFilters = {
  guest: guest.describe('Only of this guest').exactOptional(),
  owner: z.string().min(1).max(63).describe('Only of guests of this owner').exactOptional(),
  segment: z.string().min(1).max(63).describe('Only in this segment').exactOptional(),
  phase: rotationSchema.shape.phase.describe('Only in this phase').exactOptional(),
};
