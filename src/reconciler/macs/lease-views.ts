import { type Assignments, renderBlocks } from '../../model/assignments.ts';
import { defaultPortName } from '../../model/default-names.ts';
import { type MacAddress, macToInteger } from '../../model/mac-address.ts';
import { nicId, type Site } from '../../model/site.ts';
import { vendorOf } from '../../model/vendors.ts';
import type { Lease } from '../../registry/leases/leases.ts';
import type { MacLease } from './contract.ts';
import { sizeOf } from './pool-fill.ts';

/** Adds to leases what the site knows of their pools and NICs. Made once for many leases. */
export class LeaseViewer {
  /** Smallest first, so that the first that holds an address is its pool. */
  readonly #pools: readonly { readonly name: string; readonly first: number; readonly last: number }[];
  readonly #ports: ReadonlyMap<string, string | undefined>;
  readonly #assignments: Assignments;

  constructor(site: Site | undefined, assignments: Assignments) {
    this.#pools = [...(site?.pools ?? [])]
      .sort((a, b) => sizeOf(a.range) - sizeOf(b.range))
      .map(({ name, range }) => ({ name, first: range.first, last: range.last }));
    this.#ports = new Map(
      (site?.guests ?? []).flatMap(({ name, nics }) =>
        nics.map(({ port, detached }, index) => [
          nicId(name, index),
          detached ? undefined : (port ?? defaultPortName(name, index)),
        ]),
      ),
    );
    this.#assignments = assignments;
  }

  view(lease: Lease): MacLease {
    // A pseudonym lies in no pool.
    if (!lease.mac.includes(':')) return lease;
    const mac = macToInteger(lease.mac as MacAddress);
    const pool = this.#pools.find(({ first, last }) => mac >= first && mac <= last);
    const vendor = vendorOf(lease.mac as MacAddress);
    return {
      ...lease,
      ...(pool === undefined ? {} : { pool: pool.name }),
      ...(vendor === undefined ? {} : { vendor: vendor.name }),
      ...this.#ofSite(lease),
    };
  }

  #ofSite({ source, guest, nic, state }: Lease): Pick<MacLease, 'port' | 'portBlock'> {
    if (source !== 'site' || guest === undefined || nic === undefined) return {};
    if (state === 'free' || state === 'quarantined') return {};
    const block = this.#assignments.guests.get(guest);
    const port = this.#ports.get(nicId(guest, nic));
    return {
      ...(block === undefined ? {} : { portBlock: renderBlocks(block) }),
      ...(port === undefined ? {} : { port }),
    };
  }
}
