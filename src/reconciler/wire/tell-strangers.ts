import { setImmediate as nextTurn } from 'node:timers/promises';
import { macFromInteger } from '../../model/mac-address.ts';
import type { Lease, Leases } from '../../registry/leases/leases.ts';
import type { SeenEntry, SeenInput } from '../../registry/seen/seen.ts';

/** The kernel tells ages in whole seconds. */
export const secondsOnly = 1_500;
/** Addresses that are looked up in the registry at once. */
const lookUpAtOnce = 500;

export const isHeld = (lease: Lease): boolean => lease.state !== 'quarantined' && lease.state !== 'free';

/** What was seen of an address that somebody leases by request. */
export interface LeasedInputs {
  readonly lease: Lease;
  readonly inputs: SeenInput[];
}

/** Who is who among addresses that no NIC of the site has. */
export interface ToldApart {
  /** Nobody leases them. */
  readonly strangers: readonly SeenInput[];
  /** By address. */
  readonly leased: ReadonlyMap<number, LeasedInputs>;
}

/** Looks addresses up in the registry; lets the event loop go between. What only caches remember is left out. */
export async function tellStrangers(
  inputs: readonly SeenInput[],
  leases: Pick<Leases, 'barring' | 'ofMac'>,
  now: number,
): Promise<ToldApart> {
  const strangers: SeenInput[] = [];
  const leased = new Map<number, LeasedInputs>();
  for (let at = 0; at < inputs.length; at += lookUpAtOnce) {
    const some = inputs.slice(at, at + lookUpAtOnce);
    const bars = await leases.barring([...new Set(some.map(({ mac }) => macFromInteger(mac)))], now);
    for (const input of some) {
      const lease = bars.get(macFromInteger(input.mac));
      if (lease !== undefined && isHeld(lease)) {
        const known = leased.get(input.mac) ?? { lease, inputs: [] };
        known.inputs.push(input);
        leased.set(input.mac, known);
      } else if (!(await isMemory(input, lease, leases, now))) strangers.push(input);
    }
    await nextTurn();
  }
  return { strangers, leased };
}

/** Whether it was last seen while somebody still leased it: that is no stranger, but what caches remember. */
async function isMemory(
  { mac, at }: SeenInput,
  resting: Lease | undefined,
  leases: Pick<Leases, 'ofMac'>,
  now: number,
): Promise<boolean> {
  if (at >= now - secondsOnly) return false;
  const last = resting ?? (await leases.ofMac(mac)).at(0);
  return last?.releasedAt !== undefined && at <= last.releasedAt + secondsOnly;
}

/** Entries are written once a minute; what was seen just now counts before that. */
export const withSigns =
  (inputs: readonly SeenInput[]) =>
  (entry: SeenEntry): SeenEntry => {
    const signs = inputs.filter(({ host, device }) => host === entry.host && device === entry.device);
    return { ...entry, lastAt: Math.max(entry.lastAt, ...signs.map(({ at }) => at)) };
  };
