import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type RawBuilder, sql } from 'kysely';
import type { LeaseStore, NicKey } from '../leases/lease-store.ts';
import type { Store } from '../sql-registry.ts';
import type { LeaseRow } from '../tables.ts';
import { isBusy } from './explain.ts';

const columns = [
  'id',
  'mac',
  'alias',
  'ended',
  'state',
  'guest',
  'nic',
  'owner',
  'segment',
  'ipv4',
  'ipv6',
  'source',
  'since',
  'released_at',
  'free_at',
  'comment',
] as const satisfies readonly (keyof LeaseRow)[];

const insertOne = `insert into leases (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;

function wantedNics(nics: readonly NicKey[]): RawBuilder<unknown> {
  const json = JSON.stringify(nics.map(({ guest, nic, segment }) => [guest, nic, segment ?? null]));
  return sql`wanted as materialized (
    select value ->> 0 as guest, value ->> 1 as nic, value ->> 2 as segment from json_each(${json}))`;
}

/** Many values go in and out as one JSON text: one parameter instead of thousands, one row instead of thousands. */
export function sqliteLeaseStore(store: Store, database: DatabaseSync): LeaseStore {
  const insert = database.prepare(insertOne);
  return {
    ...store,
    isBusy,
    version: async (queries) => {
      const { rows } = await sql<{ data_version: number }>`pragma data_version`.execute(queries);
      return rows[0]?.data_version ?? 0;
    },
    listOf: (values) => sql`(select value from json_each(${JSON.stringify(values)}))`,
    heldMacs: async (queries, { first, last }, limit) => {
      const { rows } = await sql<{ macs: string }>`select json_group_array(mac) as macs from (
        select mac from leases where mac >= ${first} and mac <= ${last} and ended = 0 order by mac limit ${limit})`.execute(
        queries,
      );
      return JSON.parse(rows[0]?.macs ?? '[]');
    },
    heldIpv4: async (queries, segment, after, limit) => {
      const { rows } = await sql<{ addresses: string }>`select json_group_array(ipv4) as addresses from (
        select ipv4 from leases where segment = ${segment} and ipv4 > ${after} and ended = 0
        order by ipv4 limit ${limit})`.execute(queries);
      return JSON.parse(rows[0]?.addresses ?? '[]');
    },
    latestOf: async (queries, nics) => {
      const { rows } = await sql<LeaseRow>`with ${wantedNics(nics)}
        select * from leases where id in (select coalesce(
          (select id from leases l where l.guest = w.guest and l.nic = w.nic and l.state = 'active' and l.ended = 0
            and l.source = 'request'),
          (select id from leases l where l.guest = w.guest and l.nic = w.nic and l.state = 'reserved' and l.ended = 0
            and l.source = 'request'),
          -- Of the two of a rotation, the one that was in use last carries the IP addresses.
          (select max(id) from leases l where l.guest = w.guest and l.nic = w.nic and l.segment = w.segment
            and l.ipv4 is not null),
          (select max(id) from leases l where l.guest = w.guest and l.nic = w.nic and l.segment = w.segment),
          (select id from leases l where l.guest = w.guest and l.nic = w.nic and l.state = 'active' and l.ended = 0),
          (select id from leases l where l.guest = w.guest and l.nic = w.nic and l.state = 'reserved' and l.ended = 0),
          (select max(id) from leases l where l.guest = w.guest and l.nic = w.nic))
        from wanted w)`.execute(queries);
      return rows;
    },
    heldBy: async (queries, nics) => {
      const { rows } = await sql<LeaseRow>`with ${wantedNics(nics)}
        select l.* from wanted w cross join leases l
        on l.guest = w.guest and l.nic = w.nic and l.ended = 0`.execute(queries);
      return rows;
    },
    insertRows: async (_transaction, rows) => {
      for (const row of rows) insert.run(...columns.map((column): SQLInputValue => row[column]));
    },
    insertRun: async (transaction, firstId, macs, run) => {
      const { ended, state, owner, source, since, comment } = run;
      await sql`insert into leases (id, mac, ended, state, owner, source, since, comment)
        select ${firstId} + key, value, ${ended}, ${state}, ${owner}, ${source}, ${since}, ${comment}
        from json_each(${JSON.stringify(macs)})`.execute(transaction);
    },
  };
}
