import { z } from 'zod';
import { frameProtocols } from '../../model/frame-match.ts';

const choice = {
  guest: z.string().min(1).max(64).describe('Guest of the site'),
  nic: z.number().int().min(0).max(9999).default(0).describe('Index of its NIC'),
  protocol: z.enum(frameProtocols).describe('Only frames of this protocol').exactOptional(),
  port: z.number().int().min(1).max(65_535).describe('Only TCP or UDP with this port on either side').exactOptional(),
  peer: z.string().min(1).max(64).describe('Only with this address or subnet on the other side').exactOptional(),
  direction: z.enum(['in', 'out']).describe('Only what the guest is sent, or only what it sends').exactOptional(),
};
const rate = z
  .number()
  .int()
  .min(1_000)
  .max(100_000_000_000)
  .describe('Bytes per second at most; default 12,500,000. What is more is skipped and counted');
const seconds = z.number().int().min(1).max(604_800).describe('Ends after so many seconds; default 3600');

export const mirrorRequestSchema = z.strictObject({
  ...choice,
  to: z.string().min(1).max(128).describe('Interface such as `eth2`, or collector such as `vxlan://192.0.2.7:4789/42`'),
  rate: rate.exactOptional(),
  seconds: seconds.exactOptional(),
});

export const mirrorSchema = z
  .object({
    id: z.number(),
    ...choice,
    nic: z.number(),
    to: z.string(),
    rate: z.number(),
    since: z.number().describe('Milliseconds since the epoch'),
    until: z.number().describe('When it ends by itself; milliseconds since the epoch'),
    who: z.string(),
    packets: z.number().describe('Frames that were copied'),
    bytes: z.number(),
    skipped: z.number().describe('Frames that were not copied because of the rate'),
  })
  .meta({ id: 'Mirror' });

export const mirrorIdSchema = z.strictObject({ id: z.coerce.number().int().min(1).max(9999) });

export const captureOrderSchema = z.strictObject({
  ...choice,
  snap: z.number().int().min(0).max(262_144).describe('Bytes of each frame that are kept; 0: all').exactOptional(),
  packets: z.number().int().min(1).max(1_000_000_000).describe('Ends after so many frames').exactOptional(),
  rate: rate.exactOptional(),
  seconds: seconds.exactOptional(),
});
