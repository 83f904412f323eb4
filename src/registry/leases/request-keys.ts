import { createHash } from 'node:crypto';
import { AppError } from '../../errors/app-error.ts';
import { quoteValue } from '../../model/quote-value.ts';
import type { Queries } from './lease-store.ts';
import type { LeaseOrder, ReleaseOrder } from './leases.ts';
import type { WriteSession } from './write-session.ts';

/** How long a request key is remembered, in milliseconds. */
const keyTime = 30 * 24 * 3_600_000;
/** Old keys that one new one sweeps away, so that the table does not grow for ever. */
const sweepLimit = 10;

/** What was ordered, however it was written down: who asked, and when, is no part of it. */
export function digestOfOrder(order: LeaseOrder): string {
  const { pool, segments, state, owner, comment, kind, request } = order;
  if (request !== undefined) return digest(['request', request]);
  const wishes = order.asked ?? order.wishes;
  const items =
    typeof wishes === 'number'
      ? wishes
      : wishes.map((wish) => [
          wish.guest,
          wish.nic,
          wish.uuid,
          wish.owner,
          wish.mac?.toLowerCase().replaceAll('-', ':'),
          wish.ipv4,
          wish.ipv6,
          wish.segment,
          wish.pool?.name,
          wish.comment,
        ]);
  return digest(['lease', pool?.name, items, segments?.map(({ name }) => name), state, owner, comment, kind]);
}

export function digestOfRelease({ ids }: ReleaseOrder): string {
  return digest(['release', ids]);
}

const digest = (what: unknown): string => createHash('sha256').update(JSON.stringify(what)).digest('hex');

/** Ids of the leases that were made for a key; undefined for an unknown one. */
export async function idsOfRequest(
  queries: Queries,
  key: string,
): Promise<{ readonly ids: number[]; readonly digest: string; readonly at: number } | undefined> {
  const row = await queries.selectFrom('requests').selectAll().where('key', '=', key).executeTakeFirst();
  return row === undefined ? undefined : { ids: parseIds(row.leases), digest: row.digest, at: Number(row.at) };
}

/** The answer that a key got before. Throws `conflict` when it was another order's. */
export async function answerBefore(
  session: WriteSession,
  key: string | undefined,
  orderDigest: () => string,
): Promise<number[] | undefined> {
  if (key === undefined) return undefined;
  const before = await idsOfRequest(session.transaction, key);
  if (before === undefined) return undefined;
  if (before.digest === orderDigest()) return before.ids;
  throw new AppError(
    'conflict',
    `request key ${quoteValue(key)} was used for another request at ${new Date(before.at).toISOString()}; expected the same request again, or a key of its own`,
    { details: { key, at: before.at } },
  );
}

export async function rememberAnswer(
  session: WriteSession,
  key: string | undefined,
  orderDigest: () => string,
  ids: readonly number[],
  at: number,
): Promise<void> {
  if (key === undefined) return;
  const { transaction } = session;
  await transaction
    .insertInto('requests')
    .values({ key, at, digest: orderDigest(), leases: renderIds(ids) })
    .execute();
  await transaction
    .deleteFrom('requests')
    .where('key', 'in', ({ selectFrom }) =>
      selectFrom('requests')
        .select('key')
        .where('at', '<', at - keyTime)
        .limit(sweepLimit),
    )
    .execute();
}

/** `[1,2,5]`, or `1-5` for a run of them. */
function renderIds(ids: readonly number[]): string {
  const first = ids[0];
  if (first === undefined || !ids.every((id, index) => id === first + index)) return JSON.stringify(ids);
  return `${first}-${first + ids.length - 1}`;
}

function parseIds(text: string): number[] {
  const run = /^(\d+)-(\d+)$/.exec(text);
  if (run === null) return JSON.parse(text);
  const first = Number(run[1]);
  return Array.from({ length: Number(run[2]) - first + 1 }, (_, index) => first + index);
}
