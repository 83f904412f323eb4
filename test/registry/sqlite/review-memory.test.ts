import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Registry } from '../../../src/registry/registry.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { ada, begin, mac, order, pool } from '../../conformance/leases/samples.ts';
import { change, code, holding, lease, noon } from '../../conformance/registry/samples.ts';

async function withRegistry(
  work: (registry: Registry, sql: (statement: string) => void) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'bk-review-'));
  const registry = await openSqliteRegistry({ directory, now: () => noon });
  try {
    await work(registry, (statement) => {
      const database = new DatabaseSync(join(directory, 'registry.sqlite'));
      database.exec(statement);
      database.close();
    });
  } finally {
    await registry.close();
    await rm(directory, { recursive: true });
  }
}

test('a commit that fails in its last statement leaves its addresses free, in memory too', () =>
  withRegistry(async (registry, sql) => {
    const from = pool({ last: begin + 1 });
    // Nothing but the note of the fill fails, as on a disk that is full just then.
    sql(`create trigger full before insert on fills when exists (select 1 from leases where source = 'site')
      begin select raise(abort, 'no room'); end`);
    const [first] = await registry.leases.lease(order(1, { now: noon, pool: from }));
    assert.equal(first?.mac, mac(0));
    const assignments = holding([lease('web1', 0, 2, { mac: mac(1) as never })]);
    await assert.rejects(registry.commit(change({ assignments })), code('registry-failed', /no room/));
    const [second] = await registry.leases.lease(order(1, { now: noon, pool: from }));
    assert.equal(second?.mac, mac(1));
    await registry.leases.release({ ids: [first?.id ?? 0], quarantine: () => 0, actor: ada, now: noon });
    assert.deepEqual(await registry.leases.fill(from, noon), { at: noon, held: 1, quarantined: 0 });
  }));

test('a quarantine that a request begins after the clock went back counts from the last change of the site', () =>
  withRegistry(async (registry) => {
    const [held] = await registry.leases.lease(order(1, { now: noon - 7_200_000 }));
    await registry.commit(change({ at: noon }));
    const back = noon - 3_600_000;
    const [released] = await registry.leases.release({
      ids: [held?.id ?? 0],
      quarantine: () => 1800,
      actor: ada,
      now: back,
    });
    assert.equal(released?.freeAt, noon + 1_800_000);
  }));

test('a quarantine of the site that begins after the clock went back counts from the last release of a request', () =>
  withRegistry(async (registry) => {
    const { leases } = registry;
    await registry.commit(change({ at: noon - 7_200_000, assignments: holding([lease('web1', 1, 2)]) }));
    const [held] = await leases.lease(order(1, { now: noon }));
    await leases.release({ ids: [held?.id ?? 0], quarantine: () => 60, actor: ada, now: noon });
    await registry.commit(change({ at: noon - 3_600_000 }));
    const [gone] = await leases.ofMac(0x020000000001);
    assert.equal(gone?.freeAt, noon + 1_800_000);
  }));
