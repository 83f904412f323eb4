import type { Assignments, NicAssignment } from '../model/assignments.ts';
import { macToInteger } from '../model/mac-address.ts';
import type { Owners } from './plan-owners.ts';
import type { HoldingRow } from './tables.ts';

/** Stretches of time that end and begin with a change. */
export interface HoldingWrites {
  /** MAC addresses, one for each stretch. */
  readonly ended: readonly number[];
  readonly begun: readonly Omit<HoldingRow, 'id' | 'alias'>[];
}

type Stretch = Omit<HoldingRow, 'id' | 'alias' | 'owner' | 'since' | 'until'> & { readonly mac: number };

interface Change {
  readonly before: Assignments['nics'];
  readonly after: Assignments['nics'];
  readonly owners: Owners;
  /** From when on those hold that begin. */
  readonly since: number;
}

/** Compares what NICs held with what they hold. One whose owner changes begins anew. */
export function planHoldings({ before, after, owners, since }: Change): HoldingWrites {
  const ended: number[] = [];
  const begun: HoldingWrites['begun'][number][] = [];
  if (before === after && owners.changed.size === 0) return { ended, begun };
  for (const [id, had] of before) if (!after.has(id)) ended.push(...stretchesOf(had).map(({ mac }) => mac));
  for (const [id, has] of after) {
    const had = before.get(id);
    const anew = owners.changed.has(has.guest);
    if (had === has && !anew) continue;
    const standing = new Map((had === undefined ? [] : stretchesOf(had)).map((stretch) => [stretch.mac, stretch]));
    const owner = (anew ? owners.changed.get(has.guest) : owners.begun.get(has.guest)) ?? null;
    for (const stretch of stretchesOf(has)) {
      const was = standing.get(stretch.mac);
      if (was !== undefined && !anew && same(was, stretch)) standing.delete(stretch.mac);
      else begun.push({ ...stretch, owner, since, until: null });
    }
    ended.push(...standing.keys());
  }
  return { ended, begun };
}

/** During a rotation both addresses are in use with the same IP addresses. */
function stretchesOf({ guest, nic, segment, mac, ipv4, ipv6, also }: NicAssignment): Stretch[] {
  const common = { guest, nic, segment, ipv4, ipv6: ipv6 ?? null };
  const used: Stretch = { ...common, mac: macToInteger(mac), state: 'active' };
  return also === undefined ? [used] : [used, { ...common, mac: macToInteger(also.mac), state: also.state }];
}

function same(a: Stretch, b: Stretch): boolean {
  return a.state === b.state && a.segment === b.segment && a.ipv4 === b.ipv4 && a.ipv6 === b.ipv6;
}
