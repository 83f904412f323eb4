import { createHash } from 'node:crypto';
import type { JournalInput } from '../journal/journal.ts';
import { renderHolder } from './lease-rows.ts';
import type { Lease, LeaseOrder, ReleaseOrder } from './leases.ts';

/** Leases that one journal entry tells of one by one; of more it has ids, count and a digest of the addresses. */
const listedLimit = 20;

/**
 * The entry of an order that changed something. `leases`: those that began or became active, in the order of ids;
 * `ended`: those that made room for them, as they were.
 */
export function leaseEntry(order: LeaseOrder, leases: readonly Lease[], ended: readonly Lease[] = []): JournalInput {
  const kind = order.kind ?? (order.state === 'reserved' ? 'reserve' : 'lease');
  const pool = order.pool === undefined ? '' : ` from pool "${order.pool.name}"`;
  const owner = order.owner === undefined ? '' : ` for owner "${order.owner}"`;
  const verb = kind === 'import' ? 'taken over' : order.state === 'reserved' ? 'reserved' : 'leased';
  return {
    kind,
    text: `${renderMany(leases)} ${verb}${pool}${owner}`,
    at: order.now,
    actor: order.actor,
    ...(ended.length === 0 ? {} : { before: detailOf(ended, {}) }),
    after: detailOf(leases, order),
    owners: ownersOf([...leases, ...ended]),
  };
}

export function releaseEntry(order: ReleaseOrder, before: readonly Lease[], after: readonly Lease[]): JournalInput {
  return {
    kind: 'release',
    text: `${renderMany(before)} released`,
    at: order.now,
    actor: order.actor,
    before: detailOf(before, {}),
    after: detailOf(after, {}),
    owners: ownersOf(before),
  };
}

/** `MAC address "…" of NIC "web1/0"`, `10000 leases 101 to 10100`. */
function renderMany(leases: readonly Lease[]): string {
  const [first] = leases;
  if (leases.length === 1 && first !== undefined) return `MAC address "${first.mac}" of ${renderHolder(first)}`;
  return `${leases.length} leases ${first?.id} to ${leases.at(-1)?.id}`;
}

function detailOf(leases: readonly Lease[], order: Pick<LeaseOrder, 'pool' | 'owner' | 'requestKey'>): unknown {
  const common = {
    ...(order.pool === undefined ? {} : { pool: order.pool.name }),
    ...(order.owner === undefined ? {} : { owner: order.owner }),
    ...(order.requestKey === undefined ? {} : { requestKey: order.requestKey }),
  };
  if (leases.length <= listedLimit) return { ...common, leases };
  const digest = createHash('sha256').update(leases.map(({ mac }) => mac).join('\n'));
  return {
    ...common,
    first: leases[0]?.id,
    last: leases.at(-1)?.id,
    count: leases.length,
    state: leases[0]?.state,
    macs: `sha256:${digest.digest('hex')}`,
  };
}

function ownersOf(leases: readonly Lease[]): string[] {
  const owners = new Set<string>();
  for (const { owner } of leases) if (owner !== undefined) owners.add(owner);
  return [...owners];
}
