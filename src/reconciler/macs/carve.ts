import { AppError } from '../../errors/app-error.ts';
import { macFromInteger } from '../../model/mac-address.ts';
import { parseMacSpan } from '../../model/mac-range.ts';
import { renderDuration } from '../../model/quantity.ts';
import type { Pool, Site } from '../../model/site.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import { poolSpaceOf, type Span } from '../../registry/pools/pool-space.ts';
import type { CarveRequest } from './contract.ts';
import { countOthers } from './count-others.ts';
import { type CountOthers, findPart } from './find-part.ts';
import { sizeOf } from './pool-fill.ts';
import { readLabel, unknownName } from './read-item.ts';

/** Throws `not-found`. */
export function findPool(site: Site | undefined, name: string): Pool {
  const pools = site?.pools ?? [];
  const pool = pools.find((candidate) => candidate.name === name);
  if (pool === undefined)
    throw unknownName(
      'pool',
      name,
      pools.map((candidate) => candidate.name),
    );
  return pool;
}

/** `02:1a:3f:00:01:00/40` where the range is a prefix, else `first-last`. */
function renderSpan({ first, last }: Span): string {
  const size = last - first + 1;
  const bits = Math.log2(size);
  if (Number.isInteger(bits) && bits <= 40 && first % size === 0) return `${macFromInteger(first)}/${48 - bits}`;
  return `${macFromInteger(first)}-${macFromInteger(last)}`;
}

/** The part of the parent that shall be the sub-pool. */
async function choosePart(parent: Pool, site: Site, request: CarveRequest, others: CountOthers): Promise<Span> {
  const { holes } = poolSpaceOf(parent, site.pools);
  if (request.range !== undefined) return wantedPart(parent, request.range, site, others);
  const size = 2 ** Math.ceil(Math.log2(request.size ?? 1));
  if (size > sizeOf(parent.range)) {
    throw new AppError(
      'value-invalid',
      `A part of ${size} addresses does not fit into pool "${parent.name}" (${parent.range.text}), which has ${sizeOf(parent.range)}`,
    );
  }
  const part = await findPart(parent.range, size, holes, others);
  if (part !== undefined) return part;
  throw new AppError(
    'pool-exhausted',
    `Pool "${parent.name}" (${parent.range.text}) shows no aligned part of ${size} addresses without leases of others, reserved addresses or sub-pools; expected a smaller size, or a \`--range\` of your own`,
    { details: { pool: parent.name, size } },
  );
}

async function wantedPart(parent: Pool, text: string, site: Site, others: CountOthers): Promise<Span> {
  const range = parseMacSpan(text);
  if (range.first < parent.range.first || range.last > parent.range.last) {
    throw new AppError(
      'value-invalid',
      `Range "${range.text}" is not within pool "${parent.name}" (${parent.range.text})`,
    );
  }
  const overlaps = (other: Span): boolean => other.first <= range.last && range.first <= other.last;
  const sibling = site.pools.find((pool) => pool.parent === parent.name && overlaps(pool.range));
  if (sibling) {
    throw new AppError('conflict', `Range "${range.text}" overlaps sub-pool "${sibling.name}" (${sibling.range.text})`);
  }
  const reserved = parent.reserved.find(overlaps);
  if (reserved) {
    throw new AppError(
      'conflict',
      `Range "${range.text}" overlaps "${reserved.text}", which pool "${parent.name}" reserves`,
    );
  }
  const count = await others(range);
  if (count === 0) return range;
  throw new AppError(
    'conflict',
    `Range "${range.text}" holds ${count} ${count === 1 ? 'lease' : 'leases'} of others; see \`bridgekeeper mac list --pool ${parent.name}\``,
  );
}

/** The body of a new sub-pool, as it would stand in a site file. Throws as `Macs.carve` says. */
export async function planCarve(
  parentName: string,
  request: CarveRequest,
  site: Site | undefined,
  leases: Leases,
  now: number,
): Promise<{ body: Record<string, unknown>; range: Span }> {
  const parent = findPool(site, parentName);
  const name = readLabel('pool', request.name);
  const { size, owner, segment, host } = request;
  if ((size === undefined) === (request.range === undefined)) {
    throw new AppError('value-invalid', `Sub-pool "${name}" needs a size or a range; expected one of the two`);
  }
  if (size !== undefined && !(Number.isInteger(size) && size >= 1 && size <= 2 ** 40)) {
    throw new AppError('value-invalid', `Size ${size} of sub-pool "${name}" is not a whole number from 1 to 2^40`);
  }
  const taken = site?.pools.find((pool) => pool.name === name);
  if (taken)
    throw new AppError('conflict', `There is a pool "${name}" already (${taken.range.text}); expected a new name`);
  if (segment !== undefined && !site?.segments.some((known) => known.name === segment)) {
    throw unknownName(
      'segment',
      segment,
      (site?.segments ?? []).map((known) => known.name),
    );
  }
  const range = await choosePart(parent, site as Site, request, countOthers(leases, parent.range, request, now));
  const body = {
    name,
    range: renderSpan(range),
    parent: parent.name,
    strategy: parent.strategy,
    quarantine: renderDuration(parent.quarantine),
    warnings: parent.warnings,
    ...(owner === undefined ? {} : { owner: readLabel('owner', owner) }),
    ...(segment === undefined ? {} : { segment }),
    ...(host === undefined ? {} : { host: readLabel('host', host) }),
    ...(parent.acknowledgeVendor === undefined ? {} : { 'acknowledge-vendor': parent.acknowledgeVendor }),
  };
  return { body, range };
}
