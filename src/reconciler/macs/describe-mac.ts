import { type MacAddress, macToInteger } from '../../model/mac-address.ts';
import type { Pool } from '../../model/site.ts';
import type { AuditTrail } from '../../registry/journal/audit-trail.ts';
import type { Rotations } from '../rotations/contract.ts';
import type { Wire } from '../wire/contract.ts';
import type { MacDetails } from './contract.ts';
import { poolHolding } from './pool-fill.ts';

/** Who else knows something of an address. */
export interface Surroundings {
  readonly audit: AuditTrail;
  readonly wire: () => Wire;
  readonly rotations: () => Rotations;
}

/** Entries of the journal that are shown of one address. */
const mostEntries = 100;

/** What journal, wire and rotations know of an address. */
export async function describeSurroundings(
  mac: MacAddress,
  { audit, wire, rotations }: Surroundings,
): Promise<Pick<MacDetails, 'seen' | 'conflicts' | 'rotation' | 'journal'>> {
  const { seen } = await wire().seen({ mac, limit: 100 });
  const conflicts = await wire().conflicts({ mac, all: true });
  const rotation = (await rotations().list()).find(({ from, to }) => from === mac || to === mac);
  const { entries } = await audit.list({ text: mac, limit: mostEntries });
  const journal = entries.map(({ id, at, kind, who, from, text }) => ({ id, at, kind, who, from, text }));
  return { seen, conflicts, ...(rotation === undefined ? {} : { rotation }), journal };
}

/** The smallest pool that the address lies in. */
export function poolOf(mac: MacAddress, pools: readonly Pool[]): Pick<MacDetails, 'pool'> {
  const value = macToInteger(mac);
  const pool = poolHolding(pools, value);
  if (pool === undefined) return {};
  const { name, range, strategy } = pool;
  const reserved = pool.reserved.some(({ first, last }) => value >= first && value <= last);
  return { pool: { name, range: range.text, strategy, reserved } };
}
