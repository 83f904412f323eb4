import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { createClient } from '../../../src/client/connect.ts';
import { defaultPrivacy, defaultRetention } from '../../../src/model/retention-schema.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { noon } from '../../conformance/registry/samples.ts';
import { daemonOfSuite } from '../../daemon/test-daemon.ts';

const mac = (last: string) => `02:1a:3f:a1:b2:${last}`;

suite('an erasure', () => {
  const daemon = daemonOfSuite();
  const setUp = (guests = '') =>
    daemon().client.apply({
      site: `site: lab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24, quarantine: 1s}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
guests: [${guests}]
`,
    });

  test('leaves what is about others, though a guest of the owner bears the name of their pool, owner or state', async () => {
    const { client } = daemon();
    const guest = (name: string) => `{name: ${name}, owner: team-a, nics: [{segment: dev}]}`;
    await setUp(['default', 'team-b', 'active', 'guest', 'request'].map(guest).join(', '));
    await client.macs.lease({ items: [{ guest: 'db1', owner: 'team-b', pool: 'default' }] });
    await setUp();
    await client.privacy.erase('team-a');
    const { entries } = await client.audit.list({ owner: 'team-b', kinds: ['lease'] });
    assert.equal(entries.length, 1);
    assert.match(entries[0]?.text ?? '', /db1\/0/);
  });

  test('leaves entries about the later holder of an address', async () => {
    const { client } = daemon();
    await client.macs.lease({ items: [{ guest: 'a1', owner: 'team-c', mac: mac('01') }] });
    await client.macs.release({ macs: [mac('01')], now: true });
    await client.macs.lease({ items: [{ guest: 'b1', owner: 'team-d', mac: mac('01') }] });
    await client.privacy.erase('team-c');
    const { entries } = await client.audit.list({ owner: 'team-d' });
    assert.deepEqual(
      entries.map(({ erased, text }) => [erased, /02:1a:3f:a1:b2:01/.test(text)]),
      [[undefined, true]],
    );
  });

  test('takes the address out of the comment of a lease of somebody else, and out of the name of who asked', async () => {
    const { client, socket, state } = daemon();
    const own = mac('c3');
    const named = createClient({ socket, author: own });
    await named.macs.lease({ items: [{ guest: 'a2', owner: 'team-e', mac: own }] });
    await client.macs.lease({ items: [{ guest: 'b2', owner: 'team-f', comment: `takes the place of ${own}` }] });
    await client.macs.release({ macs: [own], now: true });
    const report = await client.privacy.erase('team-e');
    assert.deepEqual(report.traces.left, []);
    assert.equal(spawnSync('grep', ['-raqi', own, state]).status, 1);
  });

  test('goes on while others lease in bulk', { timeout: 120_000 }, async () => {
    const { client } = daemon();
    let running = true;
    const storm = (async () => {
      while (running) await client.macs.lease({ count: 5000, owner: 'team-z', pool: 'default' });
    })();
    try {
      for (let round = 0; round < 4; round++) {
        // Outside of the pool: none of them can be somebody else's again meanwhile.
        const macs = Array.from({ length: 200 }, (_, i) => `52:54:00:77:0${round}:${i.toString(16).padStart(2, '0')}`);
        await client.macs.lease({ items: macs.map((one) => ({ mac: one })), owner: `team-${round}x` });
        await client.macs.release({ macs, now: true });
        const report = await client.privacy.erase(`team-${round}x`);
        assert.deepEqual(report.traces.left, []);
      }
    } finally {
      running = false;
      await storm;
    }
  });
});

test('an erasure that was killed half way is finished by the next upkeep, though nobody knows the address any more', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'bk-review-'));
  const registry = await openSqliteRegistry({ directory, now: () => noon });
  try {
    // What a kill -9 between the rows and the files leaves: the setting, and pages that nothing stands in any more.
    const database = new DatabaseSync(join(directory, 'registry.sqlite'));
    database.exec(`insert into settings values ('erasure-under-way', 'yes'); create table gone (x);
      insert into gone values (zeroblob(500000)); drop table gone`);
    const free = () => Number(database.prepare('pragma freelist_count').get()?.freelist_count);
    assert.ok(free() > 0);
    await registry.privacy.upkeep({ privacy: defaultPrivacy, retention: defaultRetention, now: noon });
    assert.equal(free(), 0);
    assert.equal(database.prepare("select * from settings where name = 'erasure-under-way'").get(), undefined);
    database.close();
  } finally {
    await registry.close();
    rmSync(directory, { recursive: true });
  }
});
