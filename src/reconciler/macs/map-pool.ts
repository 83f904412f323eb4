import { AppError } from '../../errors/app-error.ts';
import { macFromInteger, macToInteger, parseMacAddress } from '../../model/mac-address.ts';
import type { Pool } from '../../model/site.ts';
import { vendorsIn } from '../../model/vendors.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import { mergeSpans, type Span } from '../../registry/pools/pool-space.ts';
import type { PoolMap, PoolMapQuery } from './contract.ts';
import { gapsOf } from './find-part.ts';
import { sizeOf } from './pool-fill.ts';

const mostVendors = 16;

/** Cuts a pool or a part of it into cells and counts what is in each. Throws `value-invalid` for a part that is none. */
export async function mapPool(
  pool: Pool,
  pools: readonly Pool[],
  query: PoolMapQuery,
  leases: Leases,
  now: number,
): Promise<PoolMap> {
  const part = readPart(pool, query);
  const cell = 2 ** Math.ceil(Math.log2(Math.max(1, sizeOf(part) / query.cells)));
  const count = Math.ceil(sizeOf(part) / cell);
  const children = pools.filter(({ parent }) => parent === pool.name);
  const carved = mergeSpans(children.map(({ range }) => range));
  const reserved = mergeSpans(pool.reserved.flatMap((span) => gapsOf(span, carved)));
  const { held, quarantined } = await leases.fillByPart(part, cell, now);
  return {
    pool: pool.name,
    range: pool.range.text,
    first: macFromInteger(part.first),
    last: macFromInteger(part.last),
    at: now,
    cell,
    held,
    quarantined,
    reserved: spread(reserved, part, cell, count),
    carved: spread(carved, part, cell, count),
    parts: children
      .filter(({ range }) => range.first <= part.last && range.last >= part.first)
      .map(({ name, range }) => ({ name, first: macFromInteger(range.first), last: macFromInteger(range.last) })),
    vendors: vendorsIn(part, mostVendors),
  };
}

function readPart({ name, range }: Pool, { first, last }: PoolMapQuery): Span {
  const part = {
    first: first === undefined ? range.first : macToInteger(parseMacAddress(first)),
    last: last === undefined ? range.last : macToInteger(parseMacAddress(last)),
  };
  if (part.first >= range.first && part.last <= range.last && part.first <= part.last) return part;
  throw new AppError(
    'value-invalid',
    `Addresses "${macFromInteger(part.first)}" to "${macFromInteger(part.last)}" are no part of pool "${name}"; expected a first and a last one within ${range.text}`,
  );
}

/** How many addresses of the spans, which do not overlap, lie in each cell. */
function spread(spans: readonly Span[], part: Span, cell: number, count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const span of spans) {
    const first = Math.max(span.first, part.first) - part.first;
    const last = Math.min(span.last, part.last) - part.first;
    for (let index = Math.floor(first / cell); index * cell <= last; index++) {
      const inside = Math.min(last, (index + 1) * cell - 1) - Math.max(first, index * cell) + 1;
      counts[index] = (counts[index] as number) + Math.max(0, inside);
    }
  }
  return counts;
}
