import { z } from 'zod';

const sums = {
  bytesSent: z.number(),
  bytesReceived: z.number(),
  packetsSent: z.number(),
  packetsReceived: z.number(),
};
const name = (what: string) => z.string().min(1).max(200).describe(what).exactOptional();

export const trafficQuerySchema = z.strictObject({
  nics: z.stringbool().describe('NICs one by one as well').exactOptional(),
  segment: name('Only NICs of this segment'),
  guest: name('Only NICs of this guest'),
});

export const trafficSchema = z.object({
  at: z.number().describe('When the counters were read; milliseconds since the epoch. Two answers make a rate'),
  uplink: z
    .object(sums)
    .describe("What carries the shared address, with the host's own traffic; absent for tenants")
    .exactOptional(),
  segments: z
    .array(z.object({ segment: z.string(), nics: z.int().describe('Whose device is there'), ...sums }))
    .readonly()
    .describe('As the guests see it. Counters begin at 0 again with a new device'),
  nics: z
    .array(
      z.object({ guest: z.string(), nic: z.int(), segment: z.string(), owner: z.string().exactOptional(), ...sums }),
    )
    .readonly()
    .describe('With `nics=true`: those whose device is there, as the guest sees it')
    .exactOptional(),
});
