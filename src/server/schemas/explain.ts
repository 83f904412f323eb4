import { z } from 'zod';
import { flowProtocols } from '../../model/explanation.ts';

const end = (what: string) =>
  z
    .string()
    .min(1)
    .max(128)
    .describe(`${what}: guest (\`web1\`), NIC (\`web1/1\`), address, \`world\` or \`host\`, with \`:port\` behind it`);
const protocolSchema = z.enum(flowProtocols);

export const explainRequestSchema = z.strictObject({
  from: end('Who sends'),
  to: end('To whom'),
  protocol: protocolSchema.describe('`tcp` when `to` has a port, otherwise `icmp`').exactOptional(),
  family: z
    .union([z.literal(4), z.literal(6)])
    .describe('For ends that have addresses of both kinds; 4 unless one end is an IPv6 address')
    .exactOptional(),
});

export const liveExplainRequestSchema = explainRequestSchema.extend({
  seconds: z.number().int().min(1).max(300).describe('Seconds to wait at most; 10 unless given').exactOptional(),
  packets: z.number().int().min(1).max(100).describe('The first packets of the flow; 10 unless given').exactOptional(),
});

const flowEndSchema = z.object({ address: z.string(), port: z.number().exactOptional() });
const sourceSchema = z.object({
  address: z.string(),
  ports: z.string().describe('Ports that one is taken from, `1024-2023`').exactOptional(),
});
const partyKindSchema = z.enum(['NIC', 'host', 'world']);
const partySchema = flowEndSchema.extend({
  kind: partyKindSchema,
  name: z.string().describe('NIC (`web1/0`), `host` or `world`'),
  anyAddress: z.literal(true).describe('The address stands for any of the world').exactOptional(),
});
const objectSchema = z
  .object({
    kind: z.enum(['guest', 'NIC', 'segment', 'forward', 'policy', 'port block', 'limit', 'host', 'uplink']),
    name: z.string(),
  })
  .describe('Object of the site that has a hand in it');

export const explanationSchema = z
  .object({
    protocol: protocolSchema,
    from: partySchema,
    to: partySchema,
    verdict: z
      .enum(['delivered', 'refused', 'stays'])
      .describe('`delivered`: it gets there; `refused`: it ends on the way; `stays`: it never leaves who sends it'),
    text: z.string().describe('The verdict as a sentence'),
    steps: z
      .array(
        z.object({
          place: z.enum([
            'port',
            'segment',
            'uplink',
            'forward',
            'same address',
            'route',
            'policy',
            'host',
            'limits',
            'source',
            'answer',
            'end',
          ]),
          text: z.string(),
          object: objectSchema.exactOptional(),
          decided: z.boolean().describe("The packet's fate is settled here"),
        }),
      )
      .readonly(),
    translation: z
      .object({
        source: z.object({ from: flowEndSchema, to: sourceSchema }).exactOptional(),
        destination: z.object({ from: flowEndSchema, to: flowEndSchema }).exactOptional(),
      })
      .exactOptional(),
    arrival: z
      .object({ kind: partyKindSchema, name: z.string(), source: sourceSchema, destination: flowEndSchema })
      .describe('Where a delivered packet arrives, and with which addresses')
      .exactOptional(),
    remedy: z.string().describe('What to change in the site file so that a refused packet passes').exactOptional(),
  })
  .meta({ id: 'Explanation' });

export const liveExplanationSchema = z.object({
  expected: explanationSchema,
  seconds: z.number().describe('Seconds that were waited at most'),
  packets: z
    .array(
      z.object({
        at: z.number().describe('Milliseconds since the epoch'),
        direction: z.enum(['forth', 'back']),
        text: z.string().describe('The packet as it came in'),
        verdict: z.enum(['passed', 'dropped']),
        out: z.string().describe('Interface that it was on its way out of when it was last seen').exactOptional(),
        steps: z
          .array(
            z.object({
              chain: z.string().describe('`inet bridgekeeper published4`'),
              text: z.string(),
              object: objectSchema.exactOptional(),
              verdict: z.string(),
              raw: z.array(z.string()).readonly().describe('Lines of `nft monitor trace`'),
            }),
          )
          .readonly(),
      }),
    )
    .readonly(),
  full: z.boolean().describe('As many packets came as were asked for; there may be more'),
});
