import { isLocal, isMulticast, type MacAddress, quadrant } from '../../model/mac-address.ts';
import { describeKind, habitOf, vendorDataDate, vendorOf } from '../../model/vendors.ts';
import type { MacKind } from './contract.ts';

/** What can be told from the address alone. */
export function kindOf(mac: MacAddress): MacKind {
  const habit = habitOf(mac);
  const common = {
    cast: isMulticast(mac) ? ('multicast' as const) : ('unicast' as const),
    text: describeKind(mac),
    ...(habit === undefined ? {} : { habit: habit.name }),
  };
  const kind = quadrant(mac);
  if (kind !== 'universal' && isLocal(mac)) return { ...common, scope: 'local', quadrant: kind };
  const vendor = vendorOf(mac);
  return {
    ...common,
    scope: 'universal',
    vendor: vendor?.name ?? null,
    ...(vendor === undefined ? {} : { vendorPrefix: vendor.prefix }),
    vendorRegistryOf: vendorDataDate,
  };
}
