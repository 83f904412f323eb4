import { AppError } from '../../errors/app-error.ts';
import { type MacAddress, macFromInteger, macToInteger } from '../../model/mac-address.ts';
import type { Site } from '../../model/site.ts';
import type { AddressSource } from '../../registry/leases/address-source.ts';
import { choosePool, poolSpaceOf } from '../../registry/pools/pool-space.ts';
import type { SiteNic } from './choose-nics.ts';

/** A new MAC address for each NIC, by NIC id. Throws `pool-exhausted` and `not-found`, and has drawn nothing then. */
export async function drawNewMacs(
  nics: readonly SiteNic[],
  site: Site,
  source: AddressSource,
  now: number,
): Promise<Map<string, MacAddress>> {
  const segments = new Map(site.segments.map((segment) => [segment.name as string, segment]));
  const groups = Map.groupBy(nics, ({ guest, nic }) =>
    choosePool(site.pools, {
      pool: nic.pool ?? segments.get(nic.segment)?.pool,
      owner: guest.owner,
      segment: nic.segment,
    }),
  );
  const drawn = new Map<string, MacAddress>();
  try {
    for (const [pool, group] of groups) {
      if (!pool)
        throw new AppError('not-found', `NIC "${group[0]?.id}" has no pool that a new MAC address could come from`);
      const wishes = group.map(({ id, guest, index, nic }) => ({
        title: `NIC "${id}"`,
        identity: { guest: guest.uuid ?? guest.name, nic: index },
        segment: nic.segment,
      }));
      const macs = await source.drawMacs(poolSpaceOf(pool, site.pools), wishes, now);
      for (const [n, { id }] of group.entries()) drawn.set(id, macFromInteger(macs[n] as number));
    }
  } catch (error) {
    source.giveBack([...drawn.values()].map(macToInteger));
    throw error;
  }
  return drawn;
}
