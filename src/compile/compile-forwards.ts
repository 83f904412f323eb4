import { AppError } from '../errors/app-error.ts';
import type { DesiredForward, DesiredNic } from '../model/desired-state.ts';
import { type Forward, forwardId, nicId, type Site } from '../model/site.ts';
import type { Ipv4Subnet, Ipv6Subnet } from '../model/subnet.ts';
import { incrementalMap, memoized } from './memo.ts';

const compileForward = memoized(
  (forward: Forward, nic: DesiredNic, hasShared6: boolean): DesiredForward => ({
    id: forwardId(forward),
    protocol: forward.protocol,
    ports: forward.ports,
    guest: nic.guest,
    to4: nic.ipv4,
    ...(hasShared6 && nic.ipv6 ? { to6: nic.ipv6 } : {}),
    toFirst: forward.to.first,
    from4: forward.from.filter((subnet): subnet is Ipv4Subnet => subnet.family === 4),
    from6: forward.from.filter((subnet): subnet is Ipv6Subnet => subnet.family === 6),
    restricted: forward.from.length > 0,
    ...(forward.rate ? { rate: forward.rate } : {}),
  }),
);

function findAndCompile(forward: Forward, nics: ReadonlyMap<string, DesiredNic>, hasShared6: boolean): DesiredForward {
  const nic = nics.get(nicId(forward.to.guest, forward.to.nic));
  if (!nic) throw new AppError('internal', `forward "${forwardId(forward)}" leads to a NIC that is not there`);
  return compileForward(forward, nic, hasShared6);
}

const compileAll = incrementalMap(forwardId, findAndCompile);
/** Forwards by id. One that leads to the same NIC as before is the same object as before. */
export function compileForwards(
  site: Site,
  nics: ReadonlyMap<string, DesiredNic>,
): ReadonlyMap<string, DesiredForward> {
  return compileAll(site.forwards, nics, site.uplink?.ipv6 !== undefined);
}
