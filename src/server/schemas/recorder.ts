import { z } from 'zod';

/** `RecorderStatus` of the recorder, as the API gives it. */
export const recorderSchema = z
  .object({
    mode: z.enum(['full', 'blocks', 'off']),
    running: z.boolean().describe('Sessions are being recorded just now'),
    since: z.number().describe('Since when without a gap; milliseconds since the epoch').exactOptional(),
    begun: z.number(),
    ended: z.number(),
    lostEvents: z
      .number()
      .describe('Messages that the kernel could not hand over, and sessions that could not be written'),
    resynchronised: z.number().describe('Times that the table of the kernel was compared with what is known'),
    foundBegun: z.number(),
    foundEnded: z.number(),
    log: z
      .object({
        bytes: z.number(),
        written: z.number(),
        open: z.number(),
        lost: z.number().describe('Sessions that could not be written'),
        oldestDay: z.string().exactOptional(),
        lastError: z.string().exactOptional(),
      })
      .exactOptional(),
    lastError: z.string().exactOptional(),
  })
  .describe('The log of sessions');
