import { nicId, type Site } from '../../model/site.ts';
import type { Leases } from '../../registry/leases/leases.ts';
import { quarantineOf } from '../../registry/quarantine.ts';
import { eui64Ipv6 } from '../../registry/stable-ipv6.ts';
import { type RequestedNic, requestedNicOf } from '../../registry/turn-requested.ts';
import { eachLease } from '../macs/choose-leases.ts';

/** NICs that requests made and that begin to rotate at once; the others of an owner come with a later request. */
export const mostRequested = 10_000;

/** Whose NICs are looked for, and since when at least their address is leased (ms since the epoch). */
export interface RequestedScope {
  readonly owner?: string | undefined;
  readonly segment?: string | undefined;
  readonly pool?: string | undefined;
  readonly before?: number;
}

/** The NICs, of those named, that requests made, by NIC id. */
export async function namedNics(
  leases: Leases,
  nics: readonly { readonly guest: string; readonly nic: number }[],
): Promise<Map<string, RequestedNic>> {
  if (nics.length === 0) return new Map();
  const held = Map.groupBy(await leases.heldBy(nics), ({ guest, nic }) => nicId(guest ?? '', nic ?? 0));
  return new Map(
    [...held].flatMap(([id, own]) => {
      const nic = requestedNicOf(own);
      return nic === undefined ? [] : [[id, nic] as const];
    }),
  );
}

/** The NICs of an owner, in a segment or in a pool that requests made, by NIC id: the first of them. */
export async function findRequested(
  leases: Leases,
  site: Site | undefined,
  { owner, segment, pool, before }: RequestedScope,
): Promise<Map<string, RequestedNic>> {
  const range = site?.pools.find(({ name }) => name === pool)?.range;
  if (pool !== undefined && range === undefined) return new Map();
  const query = {
    states: ['active' as const],
    ...(owner === undefined ? {} : { owner }),
    ...(segment === undefined ? {} : { segment }),
    ...(range === undefined ? {} : { range }),
    ...(before === undefined ? {} : { before }),
  };
  const found = new Map<string, RequestedNic>();
  for await (const page of eachLease(leases, query)) {
    for (const lease of page) {
      const nic = requestedNicOf([lease]);
      if (nic !== undefined) found.set(nicId(nic.guest, nic.nic), nic);
      if (found.size === mostRequested) return found;
    }
  }
  return found;
}

/** The NIC with the IPv6 address that follows its MAC address, where its segment derives them (RFC 4291). */
export function withDerivedIpv6(nic: RequestedNic, site: Site | undefined): RequestedNic {
  const segment = site?.segments.find(({ name }) => name === nic.segment);
  const other = nic.also?.mac;
  if (segment?.subnet6 === undefined || nic.ipv6 === undefined || other === undefined) return nic;
  // One that was named when it was leased stays.
  if (nic.ipv6 !== eui64Ipv6(segment.subnet6, other)) return nic;
  const ipv6 = eui64Ipv6(segment.subnet6, nic.mac);
  return ipv6 === undefined ? nic : { ...nic, ipv6 };
}

/** Seconds that an address rests which the NIC has no more: never shorter than the DHCP lease its guest may go by. */
export function quarantineFor(
  nic: Pick<RequestedNic, 'segment'>,
  mac: RequestedNic['mac'],
  site: Site | undefined,
): number {
  const dhcp = site?.segments.find(({ name }) => name === nic.segment)?.dhcp?.lease ?? 0;
  return Math.max(dhcp, quarantineOf(mac, site?.pools ?? []));
}
