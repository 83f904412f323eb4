import { z } from 'zod';
import { leaseStateSchema, revisionSchema, siteChangeSchema } from '../schemas.ts';
import { rotationSchema } from './rotations.ts';
import { conflictSchema, seenSchema } from './wire.ts';

const milliseconds = (what: string) => z.number().describe(`${what}; milliseconds since the epoch`);
const name = (what: string) => z.string().min(1).max(255).describe(what);

export const macLeaseSchema = z
  .object({
    id: z.number().describe('Unique for ever; later leases have higher ones'),
    mac: z.string().describe('Such as `02:1a:3f:00:10:01`; a pseudonym once the lease is old data'),
    state: leaseStateSchema,
    guest: z.string().exactOptional(),
    nic: z.number().exactOptional(),
    owner: z.string().exactOptional(),
    segment: z.string().exactOptional(),
    ipv4: z.string().exactOptional(),
    ipv6: z.string().exactOptional(),
    source: z
      .enum(['site', 'request'])
      .describe('`site`: a NIC of the site holds it; `request`: made through this API, and released through it'),
    since: milliseconds('Begin'),
    releasedAt: milliseconds('When it was released').exactOptional(),
    freeAt: milliseconds('End of the quarantine').exactOptional(),
    comment: z.string().exactOptional(),
    pool: z.string().describe('Smallest pool that the address lies in').exactOptional(),
    vendor: z.string().describe('Whose OUI it is, for a universal address').exactOptional(),
    portBlock: z
      .string()
      .describe('Source ports of the shared address, `20000-20999`; further port blocks behind commas')
      .exactOptional(),
    port: z.string().describe('Host-side device of a NIC of the site').exactOptional(),
  })
  .meta({ id: 'MacLease' });

const itemKeys = {
  guest: name('Guest that the address is for'),
  nic: z.int().min(0).max(1023).describe('Index of its NIC; 0 unless given'),
  uuid: name('Identity of the guest for pools whose strategy is `hashed`'),
  owner: name('Tenant'),
  pool: name(
    'Pool to lease from. Default: that of the segment, else the first; of its sub-pools the one for owner, segment or host',
  ),
  host: name('Host that the guest is on, for sub-pools by host'),
  segment: name('A NIC in a segment gets IP addresses'),
  mac: name('This very address, in a pool or not'),
  ip4: name('This very IPv4 address of the segment'),
  ip6: name('This very IPv6 address of the segment'),
  comment: z.string().max(500),
};

const leaseItemSchema = z.strictObject({
  guest: itemKeys.guest.exactOptional(),
  nic: itemKeys.nic.exactOptional(),
  uuid: itemKeys.uuid.exactOptional(),
  owner: itemKeys.owner.exactOptional(),
  pool: itemKeys.pool.exactOptional(),
  host: itemKeys.host.exactOptional(),
  segment: itemKeys.segment.exactOptional(),
  mac: itemKeys.mac.exactOptional(),
  ip4: itemKeys.ip4.exactOptional(),
  ip6: itemKeys.ip6.exactOptional(),
  comment: itemKeys.comment.exactOptional(),
});

const requestKey = z
  .string()
  .min(1)
  .max(200)
  .describe('The same key with the same request gives the same answer again. Also as header `Idempotency-Key`');

export const leaseRequestSchema = z.strictObject({
  items: z.array(leaseItemSchema).min(1).max(100_000).describe('What is asked for, item by item').exactOptional(),
  count: z.int().min(1).max(100_000).describe('Instead of items: so many addresses').exactOptional(),
  state: z.enum(['reserved', 'active']).describe('Default `active`').exactOptional(),
  pool: itemKeys.pool.exactOptional(),
  owner: itemKeys.owner.exactOptional(),
  segment: itemKeys.segment.exactOptional(),
  host: itemKeys.host.exactOptional(),
  comment: itemKeys.comment.exactOptional(),
  requestKey: requestKey.exactOptional(),
  probe: z
    .boolean()
    .describe('Ask in the segment whether somebody uses an address before it is given, whatever the site says')
    .exactOptional(),
  adopt: z
    .boolean()
    .describe('MAC addresses that are named may show up on the wire already: that is the machine which shall have them')
    .exactOptional(),
});

export const leaseAnswerSchema = z.object({
  leases: z.array(macLeaseSchema).describe('In the order of the items'),
  warnings: z.array(z.string()).describe('Pools that are fuller than their `warnings` allow'),
});

export const releaseRequestSchema = z.strictObject({
  macs: z.array(name('MAC address')).max(100_000).exactOptional(),
  nics: z
    .array(z.strictObject({ guest: itemKeys.guest, nic: itemKeys.nic }))
    .max(100_000)
    .exactOptional(),
  owner: name('All leases of an owner but those of NICs of the site').exactOptional(),
  requestKey: z.string().min(1).max(200).describe('All leases that were made under a request key').exactOptional(),
  now: z.boolean().describe('Free at once, without quarantine').exactOptional(),
});

export const releaseAnswerSchema = z.object({
  released: z.array(macLeaseSchema).describe('As they are afterwards'),
  kept: z.array(macLeaseSchema).describe('Held by NICs of the site: only a change of the site ends them'),
});

const macKindSchema = z.object({
  cast: z.enum(['unicast', 'multicast']),
  scope: z.enum(['universal', 'local']),
  text: z.string().describe('In a few words'),
  habit: z.string().describe('Software that is known to make such addresses').exactOptional(),
  quadrant: z
    .enum(['AAI', 'ELI', 'SAI', 'reserved'])
    .describe('SLAP quadrant of a local address (RFC 8948)')
    .exactOptional(),
  vendor: z.string().nullable().describe('Whom the IEEE assigned a universal prefix to').exactOptional(),
  vendorPrefix: z.string().exactOptional(),
  vendorRegistryOf: z.string().describe('Day of the vendor registry').exactOptional(),
});

export const macDetailsSchema = z.object({
  mac: z.string(),
  kind: macKindSchema,
  lease: macLeaseSchema.describe('Who has it, or had it last within its quarantine').exactOptional(),
  pool: z.object({ name: z.string(), range: z.string(), strategy: z.string(), reserved: z.boolean() }).exactOptional(),
  history: z.array(macLeaseSchema).describe('Every lease there ever was, newest first'),
  seen: z.array(seenSchema).readonly().describe('Where it was seen though no NIC of the site has it there'),
  conflicts: z.array(conflictSchema).describe("Places that it showed up at besides its holder's"),
  rotation: rotationSchema.describe('The rotation that brings it or takes it away').exactOptional(),
  journal: z
    .array(
      z.object({
        id: z.number(),
        at: milliseconds('When'),
        kind: z.string(),
        who: z.string(),
        from: z.string(),
        text: z.string(),
      }),
    )
    .describe('Entries of the journal that name it, newest first; a bulk change names lease ids instead'),
});

export const macHolderSchema = z.object({
  mac: z.string(),
  at: milliseconds('Time that was asked about'),
  lease: macLeaseSchema.describe('Who held it then').exactOptional(),
  before: macLeaseSchema.describe('The last one that ended before').exactOptional(),
  after: macLeaseSchema.describe('The first one that began after').exactOptional(),
});

export const poolViewSchema = z
  .object({
    name: z.string(),
    range: z.string(),
    strategy: z.string(),
    quarantine: z.number().describe('Seconds'),
    kind: macKindSchema,
    origin: z.enum(['file', 'api']),
    parent: z.string().exactOptional(),
    owner: z.string().exactOptional(),
    segment: z.string().exactOptional(),
    host: z.string().exactOptional(),
    size: z.number().describe('Addresses of the range'),
    reserved: z.number().describe('Of these, never drawn'),
    carved: z.number().describe('Of these, in sub-pools'),
    held: z.number(),
    quarantined: z.number(),
    free: z.number(),
    percent: z.number().describe('Held and quarantined, of what can be drawn'),
    nextFreeAt: milliseconds('When nothing is free: the end of the first quarantine').exactOptional(),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'PoolFill' });

export const poolMapQuerySchema = z.strictObject({
  cells: z.coerce.number().int().min(1).max(4096).default(1024).describe('Cells at most'),
  first: name('First address of the part that is shown; that of the pool unless given').exactOptional(),
  last: name('Last address of the part, included').exactOptional(),
});

const figures = (text: string) => z.array(z.int()).readonly().describe(`${text}; a figure for each cell`);

export const poolMapSchema = z.object({
  pool: z.string(),
  first: z.string().describe('First address of the part that is shown'),
  last: z.string().describe('Last one, included'),
  range: z.string().describe('Range of the whole pool'),
  at: milliseconds('When'),
  cell: z.number().describe('Addresses of one cell: a power of two; the last cell may be cut'),
  held: figures('Addresses that are held, in sub-pools too'),
  quarantined: figures('Addresses that rest, in sub-pools too'),
  reserved: figures('Addresses that are never drawn, those of sub-pools left out'),
  carved: figures('Addresses of sub-pools'),
  parts: z
    .array(z.object({ name: z.string(), first: z.string(), last: z.string() }))
    .readonly()
    .describe('Sub-pools that lie in the part'),
  vendors: z
    .array(z.object({ name: z.string(), prefix: z.string() }))
    .readonly()
    .describe('Whom the IEEE assigned prefixes of the part to; 16 at most, none for local addresses'),
});

export const carveRequestSchema = z.strictObject({
  name: name('Name of the sub-pool'),
  size: z.int().min(1).describe('Addresses, rounded up to a power of two').exactOptional(),
  range: name('Instead of a size: this very part').exactOptional(),
  owner: itemKeys.owner.exactOptional(),
  segment: name('Segment whose NICs it is for').exactOptional(),
  host: itemKeys.host.exactOptional(),
});

export const carveAnswerSchema = z.object({
  pool: poolViewSchema,
  revision: revisionSchema.describe('Absent where it was only planned').exactOptional(),
});

export const giveBackAnswerSchema = siteChangeSchema;

export const macFilters = {
  owner: itemKeys.owner.exactOptional(),
  segment: name('Segment').exactOptional(),
  pool: name('Pool whose range they lie in').exactOptional(),
  state: z
    .union([leaseStateSchema, z.array(leaseStateSchema)])
    .describe('Several times for several; without it all but `free`')
    .exactOptional(),
  vendor: name("Part of a vendor's name, or how the address begins").exactOptional(),
  guest: itemKeys.guest.exactOptional(),
  since: z.coerce.number().int().describe('Begun at or after; milliseconds since the epoch').exactOptional(),
  until: z.coerce.number().int().describe('Begun before; milliseconds since the epoch').exactOptional(),
};

const growthSchema = z.object({
  perDay: z.number().describe('Addresses per day, held and resting ones together'),
  daysUntilFull: z.number().describe('At this growth; absent when it does not grow').exactOptional(),
});

export const poolCapacitySchema = z
  .object({
    pool: z.string(),
    parent: z.string().exactOptional(),
    size: z.number().describe('Addresses that can be drawn'),
    held: z.number(),
    quarantined: z.number(),
    free: z.number(),
    percent: z.number().describe('Held and quarantined'),
    overall: growthSchema.describe('Over the last year; absent while history is shorter than a day').exactOptional(),
    recent: growthSchema.describe('Over the last 7 days').exactOptional(),
  })
  .meta({ id: 'PoolCapacity' });

/** Beside a body of JSON Lines, which holds items alone. */
export const importQuerySchema = z.strictObject({
  skipConflicts: z.stringbool().describe('Take what can be taken').exactOptional(),
});

export const importRequestSchema = z.strictObject({
  items: z
    .array(
      z.strictObject({
        where: name('Where it stands in what was read, for the report'),
        mac: itemKeys.mac,
        guest: itemKeys.guest.exactOptional(),
        nic: itemKeys.nic.exactOptional(),
        owner: itemKeys.owner.exactOptional(),
        segment: itemKeys.segment.exactOptional(),
        ip4: itemKeys.ip4.exactOptional(),
        ip6: itemKeys.ip6.exactOptional(),
        comment: itemKeys.comment.exactOptional(),
      }),
    )
    .min(1)
    .max(100_000),
  skipConflicts: z
    .boolean()
    .describe('Take what can be taken; without it, nothing is taken while one item conflicts')
    .exactOptional(),
});

export const importAnswerSchema = z.object({
  dryRun: z.boolean().describe('With `plan=true`: nothing was taken over'),
  outcomes: z
    .array(
      z.object({
        where: z.string(),
        mac: z.string(),
        outcome: z.enum(['taken', 'known', 'conflict']),
        lease: z.number().describe('Id of the lease that holds it').exactOptional(),
        conflict: z.string().describe('With whom, as a sentence').exactOptional(),
      }),
    )
    .describe('In the order of the items'),
});
