import { z } from 'zod';
import { mistakeSchema } from '../schemas.ts';

export const siteQuerySchema = z.strictObject({
  revision: z.coerce.number().int().min(0).describe('As of this revision; now unless given').exactOptional(),
  origin: z
    .enum(['file', 'all'])
    .default('file')
    .describe(
      '`file`: what the site file owns, so that it can be changed and applied; `all`: what the API made as well',
    ),
});

export const revisionParamsSchema = z.object({
  number: z.coerce.number().int().min(1).describe('Number of the revision'),
});

export const diffQueries = {
  against: z.coerce
    .number()
    .int()
    .min(0)
    .describe('The earlier one: the revision before unless given; 0 is the empty site')
    .exactOptional(),
};

export const objectChangeSchema = z.object({
  change: z.enum(['add', 'remove', 'change']),
  kind: z.enum(['settings', 'pool', 'segment', 'guest', 'forward', 'policy', 'attachment']),
  name: z.string(),
  origin: z.enum(['file', 'api']).describe('Who owns it, or owned it'),
  before: z.unknown().describe('As it stood in a site file; absent of what was added').exactOptional(),
  after: z.unknown().describe('As it stands; absent of what was removed').exactOptional(),
});

export const validationSchema = z.object({
  valid: z.boolean(),
  site: z.string().describe('Its name; absent unless it is valid').exactOptional(),
  counts: z
    .object({
      segments: z.number(),
      guests: z.number(),
      nics: z.number(),
      forwards: z.number(),
      policies: z.number(),
    })
    .describe('What it has; absent unless it is valid')
    .exactOptional(),
  mistakes: z
    .array(mistakeSchema)
    .readonly()
    .describe('In the order of the file: mistakes, or what is doubtful in a valid one'),
});

export const renderingSchema = z.object({
  site: z.string(),
  parts: z
    .array(z.object({ name: z.string().describe('File or command'), text: z.string() }))
    .readonly()
    .describe('None for a site without an uplink'),
  warnings: z.array(mistakeSchema).readonly(),
});

export const suggestionQuerySchema = z.strictObject({
  uplink: z
    .string()
    .min(1)
    .max(15)
    .describe('Interface that leads to the world, if not that of the default route')
    .exactOptional(),
});

export const suggestionSchema = z.object({ text: z.string().describe('A site file: YAML text') });

const label = (what: string) => z.string().min(1).max(255).describe(what).exactOptional();

export const readImportSchema = z.strictObject({
  text: z.string().min(1).describe('What a tool printed'),
  format: z
    .string()
    .max(32)
    .describe(
      '`ip`, `libvirt`, `proxmox`, `incus`, `aws`, `aliyun`, `tccli`, `govc`, `hyper-v`, `netbox`, `csv`; recognised unless given',
    )
    .exactOptional(),
  guest: label('Guest of the NICs for which the text names none'),
  owner: label('Owner of all of them, whatever the text says'),
  segment: label('Segment of all of them: their IP addresses are taken over, too'),
});

export const readImportAnswerSchema = z.object({
  format: z.string(),
  items: z
    .array(
      z.object({
        where: z.string().describe('Where it stands in the text'),
        mac: z.string(),
        guest: z.string().exactOptional(),
        nic: z.number().exactOptional(),
        owner: z.string().exactOptional(),
        segment: z.string().exactOptional(),
        ip4: z.string().exactOptional(),
        ip6: z.string().exactOptional(),
        comment: z.string().exactOptional(),
      }),
    )
    .readonly()
    .describe('As `POST /v1/macs/import` takes them'),
  mistakes: z
    .array(z.object({ where: z.string(), message: z.string() }))
    .readonly()
    .describe('Parts that could not be read'),
  withoutSegment: z.number().describe('NICs whose IP addresses are left out for want of a segment'),
});

const words = (what: string) => z.string().min(1).max(64).describe(what).exactOptional();

export const simulationOrderSchema = z.strictObject({
  nics: z.number().int().min(1).describe('NICs on the first day; 10,000 unless given').exactOptional(),
  pool: words('Range of the pool; `02:1a:3f:00:00:00/24` unless given'),
  strategy: z.enum(['random', 'sequential', 'hashed', 'cycle']).exactOptional(),
  churn: words('NICs that end and are replaced; `1%/day` unless given'),
  growth: words('NICs that come on top, such as `20%/year`'),
  quarantine: words('How long an address rests after its release; `30m` unless given, `0s`: not'),
  dhcpLease: words('How long a guest that is gone may use its addresses; `1d` unless given'),
  years: z.number().positive().max(100).describe('How long; 1 unless given').exactOptional(),
  seed: z.number().int().min(0).describe('The same seed plays the same cloud; 1 unless given').exactOptional(),
});

export const simulationAnswerSchema = z.object({
  plan: simulationOrderSchema.describe('What was played'),
  size: z.number().describe('Addresses of the pool'),
  leases: z.number(),
  releases: z.number(),
  duplicates: z.number().describe('Addresses that were given while they were held or resting'),
  luck: z
    .object({ collisions: z.number(), expected: z.number(), sharing: z.number() })
    .describe(
      'The same NICs with 24 random bits each: played, by calculation, and NICs that share an address at the end',
    ),
  reuse: z.object({
    first: z.number(),
    again: z.number(),
    min: z.number().exactOptional(),
    p1: z.number().exactOptional(),
    median: z.number().exactOptional(),
    insideDhcpLease: z.number(),
    watched: z.number().describe('Part of the addresses that was watched'),
    curve: z.array(z.object({ seconds: z.number(), share: z.number() })).readonly(),
  }),
  exhausted: z
    .object({ day: z.number(), waiting: z.number() })
    .describe('When the pool first had no address, and NICs that wait for one at the end')
    .exactOptional(),
  fill: z
    .array(z.object({ day: z.number(), held: z.number(), quarantined: z.number(), collisions: z.number() }))
    .readonly(),
});

export const readReportsSchema = z.strictObject({
  text: z.string().min(1).describe('A table of abuse reports with a heading: CSV'),
  zone: words('Zone of times that name none: `UTC`, `Europe/Berlin`, `+02:00`'),
});

export const readReportsAnswerSchema = z.object({
  lines: z
    .array(
      z.object({
        line: z.number().describe('Line of the text, from 1'),
        question: z
          .object({
            address: z.string(),
            port: z.number().exactOptional(),
            at: z.string(),
            protocol: z.string().exactOptional(),
            peer: z.string().exactOptional(),
          })
          .describe('For `POST /v1/trace`')
          .exactOptional(),
        mistake: z.string().describe('Why the line is no question').exactOptional(),
      }),
    )
    .readonly(),
});
