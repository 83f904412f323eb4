import { z } from 'zod';
import type { ObjectNoun } from '../../reconciler/engine-contract.ts';
import { applyResultSchema, planResultSchema, problemSchema } from '../schemas.ts';

const nouns = ['forward', 'guest', 'segment', 'policy', 'pool'] as const satisfies readonly ObjectNoun[];

/** Objects of one change at most: as many forwards as there are ports, twice. */
const mostOrders = 131_072;

const name = z.string().min(1).max(255);

export const confirmSecondsSchema = z
  .number()
  .int()
  .min(1)
  .max(86_400)
  .describe('Roll back by itself after this time unless it is confirmed');
export const commentSchema = z.string().max(1000).describe('Why, for the history');

export const siteTextSchema = z.strictObject({
  site: z.string().describe('The site file: YAML text'),
  file: z.string().max(4096).describe('Its name, for messages').exactOptional(),
});

export const applySchema = siteTextSchema.extend({
  confirmSeconds: confirmSecondsSchema.exactOptional(),
  comment: commentSchema.exactOptional(),
});

export const nicSchema = z.strictObject({
  guest: z.string().min(1).max(63),
  nic: z.number().int().min(0).max(1000).default(0).describe('Which of its NICs, counted from 0'),
});

const portSchema = z.string().min(1).max(15).describe('Host-side device (tap, veth)');
export const attachSchema = nicSchema.extend({ port: portSchema });

/** One object of a change. */
export const objectOrderSchema = z
  .discriminatedUnion('op', [
    z
      .strictObject({
        op: z.literal('put'),
        kind: z.enum(nouns),
        body: z
          .record(z.string(), z.unknown())
          .describe('The object as it stands in a site file (docs/reference/site-file.md), with its name'),
      })
      .describe('Makes or changes an object; the API owns it from then on'),
    z
      .strictObject({
        op: z.literal('remove'),
        kind: z.enum(nouns),
        name: name.describe('Of a forward its id, such as `tcp/8080`'),
      })
      .describe('Removes an object that the API made'),
    nicSchema
      .extend({
        op: z.literal('attach'),
        port: portSchema.nullable().describe('Host-side device; null unplugs the NIC'),
      })
      .describe('Plugs a NIC in, or unplugs it'),
  ])
  .describe('One object that becomes different');

/** A change of the site in any of its forms. */
export const changeSchema = z
  .strictObject({
    file: z
      .strictObject({
        text: z.string().describe('A site file: YAML text'),
        name: z.string().max(4096).describe('Its name, for messages').exactOptional(),
      })
      .describe('What the file says becomes the site; what the API made stays')
      .exactOptional(),
    objects: z.array(objectOrderSchema).min(1).max(mostOrders).describe('All of them, or none').exactOptional(),
    revision: z
      .number()
      .int()
      .min(0)
      .describe('Goes back to it, as a new revision; 0 is the empty site')
      .exactOptional(),
    destroy: z.literal(true).describe('Takes the gateway down and leaves the host as it was found').exactOptional(),
    confirmSeconds: confirmSecondsSchema.exactOptional(),
    comment: commentSchema.exactOptional(),
  })
  .describe('One of `file`, `objects`, `revision` and `destroy`');

/** Beside a body of JSON Lines, which holds objects alone. */
export const changeQuerySchema = z.strictObject({
  confirmSeconds: z.coerce.number().pipe(confirmSecondsSchema).exactOptional(),
  comment: commentSchema.exactOptional(),
});

/** One line of a change that is told while it goes on. */
export const changeLineSchema = z.union([
  z.object({
    stage: z.enum(['read', 'wait', 'plan', 'kernel', 'commit']).describe('It begins'),
    at: z.number().describe('Milliseconds since the request came'),
  }),
  z.object({ result: z.union([applyResultSchema, planResultSchema]).describe('The last line, when it was done') }),
  problemSchema.describe('The last line, when it was not'),
]);
