import { hostname } from 'node:os';
import { AppError } from '../../errors/app-error.ts';
import { type MacAddress, macFromInteger, macToInteger } from '../../model/mac-address.ts';
import { nicId, type Pool, type Site } from '../../model/site.ts';
import type { AddressSource } from '../../registry/leases/address-source.ts';
import { choosePool, poolSpaceOf } from '../../registry/pools/pool-space.ts';
import type { RequestedNic } from '../../registry/turn-requested.ts';
import { poolHolding } from '../macs/pool-fill.ts';
import type { SiteNic } from './choose-nics.ts';

/** A NIC that needs a new MAC address. */
export interface NicToDraw {
  readonly id: string;
  readonly identity: { readonly guest: string; readonly nic: number };
  readonly segment?: string;
  /** Where the address comes from; undefined when no pool is for this NIC. */
  readonly pool: Pool | undefined;
}

/** The pool is chosen as for a new NIC of this host. */
export function siteNicToDraw({ id, guest, index, nic }: SiteNic, site: Site): NicToDraw {
  const pool = nic.pool ?? site.segments.find(({ name }) => name === nic.segment)?.pool;
  return {
    id,
    identity: { guest: guest.uuid ?? guest.name, nic: index },
    segment: nic.segment,
    pool: choosePool(site.pools, { pool, owner: guest.owner, segment: nic.segment, host: hostname() }),
  };
}

/** The pool is that of the address which the NIC has: a request may have named it, and the host that it was for. */
export function requestedNicToDraw(requested: RequestedNic, site: Site | undefined): NicToDraw {
  const { guest, nic, mac, owner, segment } = requested;
  const pools = site?.pools ?? [];
  return {
    id: nicId(guest, nic),
    identity: { guest, nic },
    ...(segment === undefined ? {} : { segment }),
    pool: poolHolding(pools, macToInteger(mac)) ?? choosePool(pools, { owner, segment }),
  };
}

/** A new MAC address for each NIC, by NIC id. Throws `pool-exhausted` and `not-found`, and has drawn nothing then. */
export async function drawNewMacs(
  nics: readonly NicToDraw[],
  pools: readonly Pool[],
  source: AddressSource,
  now: number,
): Promise<Map<string, MacAddress>> {
  const drawn = new Map<string, MacAddress>();
  try {
    for (const [pool, group] of Map.groupBy(nics, (nic) => nic.pool)) {
      if (!pool)
        throw new AppError('not-found', `NIC "${group[0]?.id}" has no pool that a new MAC address could come from`);
      const wishes = group.map(({ id, identity, segment }) => ({
        title: `NIC "${id}"`,
        identity,
        ...(segment === undefined ? {} : { segment }),
      }));
      const macs = await source.drawMacs(poolSpaceOf(pool, pools), wishes, now);
      for (const [n, { id }] of group.entries()) drawn.set(id, macFromInteger(macs[n] as number));
    }
  } catch (error) {
    source.giveBack([...drawn.values()].map(macToInteger));
    throw error;
  }
  return drawn;
}
