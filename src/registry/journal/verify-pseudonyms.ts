import { setImmediate } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { ChainFault } from '../../model/journal/verify-chain.ts';
import type { PseudonymRow, Tables } from '../tables.ts';
import { type KeyRing, keyRingOf, pseudonymOf } from './key-ring.ts';

/** Rows that are read at once. */
const batchRows = 1000;
/** No more faults are listed; the rest is counted. */
const mostFaults = 100;

/** Tells pseudonyms that were made by this registry from those that somebody put in its place. */
export function pseudonymCheck(ring: KeyRing): (row: Pick<PseudonymRow, 'alias' | 'mac' | 'period'>) => boolean {
  const keys = new Map(ring.keys().map(({ period, key }) => [period.id, key]));
  return ({ alias, mac, period }) => {
    const key = keys.get(period);
    return key !== undefined && pseudonymOf(mac, key) === alias;
  };
}

/** Pseudonyms that stand for another address than they were made of: the journal would be read wrongly. */
export async function verifyPseudonyms(db: Kysely<Tables>): Promise<{ faults: ChainFault[]; more: number }> {
  const faults: ChainFault[] = [];
  let more = 0;
  for (let after = ''; ; ) {
    const rows = await db
      .selectFrom('pseudonyms')
      .selectAll()
      .where('alias', '>', after)
      .orderBy('alias')
      .limit(batchRows)
      .execute();
    const isOurs = pseudonymCheck(keyRingOf(db));
    for (const row of rows) {
      if (isOurs(row)) continue;
      if (faults.length === mostFaults) more++;
      else faults.push(faultOf(row));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < batchRows) return { faults, more };
    after = last.alias;
    await setImmediate();
  }
}

function faultOf({ alias }: PseudonymRow): ChainFault {
  const text = `pseudonym "${alias}" stands for another address than it was made of: the table of pseudonyms was altered`;
  return { fault: 'altered', entries: '', text };
}
