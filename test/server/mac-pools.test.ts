import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import * as schemas from '../../src/server/schemas/macs.ts';
import { daemonOfSuite } from '../daemon/test-daemon.ts';
import { answerOf, macsOf, rejectsWith } from './answers.ts';

describe('pools of MAC addresses', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const macs = () => daemon().client.macs;

  test('a small pool warns at its grades, once in the journal, and says when it is full', async () => {
    await daemon().client.putObject('pool', 'small', { range: '02:1a:3f:00:00:00/44', warnings: [50, 90] });
    assert.deepEqual((await macs().lease({ count: 7 })).warnings, []);
    const { warnings } = await macs().lease({ count: 1 });
    assert.match(warnings[0] ?? '', /Pool "small" is 50 % full \(it warns at 50 %\): 8 of 16 addresses are free/);
    assert.equal((await macs().lease({ count: 1 })).warnings.length, 1);
    const status = await daemon().client.status();
    assert.ok(status.warnings.some((warning) => warning.includes('Pool "small"')));
    const journal = await daemon().client.journal(100);
    assert.equal(journal.filter(({ kind }) => kind === 'fill').length, 1);
    await macs().lease({ count: 7, owner: 'late' });
    await assert.rejects(macs().lease({ count: 1 }), rejectsWith('pool-exhausted', /small/));
    await macs().release({ owner: 'late' });
    const [pool] = await answerOf(macs().pools(), z.array(schemas.poolViewSchema.strict()));
    assert.equal(pool?.held, 9);
    assert.equal(pool?.quarantined, 7);
    assert.equal(pool?.free, 0);
    assert.equal(pool?.percent, 100);
    assert.ok((pool?.nextFreeAt ?? 0) > Date.now());
  });

  test('a sub-pool is carved where nobody leases, is for its owner, and is a hole of its parent', async () => {
    await daemon().client.putObject('pool', 'large', {
      range: '02:1a:40:00:00:00/32',
      strategy: 'sequential',
      reserved: ['02:1a:40:00:01:00/40'],
    });
    const { leases } = await macs().lease({ pool: 'large', items: [{ guest: 'early', nic: 0 }] });
    assert.deepEqual(macsOf(leases), ['02:1a:40:00:00:00']);
    const { pool } = await answerOf(
      macs().carve('large', { name: 'team-a', size: 200, owner: 'team-a' }),
      schemas.carveAnswerSchema,
    );
    // The first 256 hold a lease, the second are reserved.
    assert.equal(pool.range, '02:1a:40:00:02:00/40');
    assert.equal(pool.size, 256);
    const team = await macs().lease({ pool: 'large', items: [{ guest: 'theirs', owner: 'team-a' }] });
    assert.deepEqual(macsOf(team.leases), ['02:1a:40:00:02:00']);
    const large = (await macs().pools()).find(({ name }) => name === 'large');
    assert.deepEqual([large?.reserved, large?.carved, large?.held], [256, 256, 1]);
  });

  test('a map shows where addresses are held, rest, are reserved and are carved, at any size', async () => {
    const whole = await answerOf(macs().poolMap('large', { cells: 256 }), schemas.poolMapSchema);
    assert.equal(whole.cell, 256);
    assert.equal(whole.held.length, 256);
    assert.deepEqual(whole.held.slice(0, 4), [1, 0, 1, 0]);
    assert.deepEqual(whole.reserved.slice(0, 4), [0, 256, 0, 0]);
    assert.deepEqual(whole.carved.slice(0, 4), [0, 0, 256, 0]);
    assert.deepEqual(whole.parts, [{ name: 'team-a', first: '02:1a:40:00:02:00', last: '02:1a:40:00:02:ff' }]);
    assert.deepEqual(whole.vendors, []);
    const part = await macs().poolMap('large', { first: '02:1a:40:00:01:fe', last: '02:1a:40:00:02:02' });
    assert.equal(part.cell, 1);
    assert.deepEqual(
      [part.held, part.reserved, part.carved],
      [
        [0, 0, 1, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 1, 1, 1],
      ],
    );
    const small = await macs().poolMap('small');
    assert.equal(
      small.held.reduce((sum, count) => sum + count),
      9,
    );
    assert.equal(
      small.quarantined.reduce((sum, count) => sum + count),
      7,
    );
    const three = await macs().poolMap('small', { cells: 3 });
    assert.deepEqual([three.cell, three.held.length], [8, 2]);
  });

  test('a map of a part that is none of the pool is refused', async () => {
    const map = (query: object, pool = 'large') => macs().poolMap(pool, query);
    await assert.rejects(map({}, 'lrage'), rejectsWith('not-found', /did you mean "large"/));
    await assert.rejects(map({ first: '02:1a:3f:ff:ff:ff' }), rejectsWith('value-invalid', /no part of pool "large"/));
    await assert.rejects(map({ first: 'x' }), rejectsWith('value-invalid', /x/));
    await assert.rejects(map({ cells: 5000 }), rejectsWith('request-invalid', /cells/));
  });

  test('a sub-pool goes back when nobody holds an address of it, and who does is named', async () => {
    await assert.rejects(
      macs().giveBack('team-a'),
      rejectsWith('conflict', /1 lease of it is held \(02:1a:40:00:02:00 of NIC "theirs\/0"\)/),
    );
    await macs().release({ nics: [{ guest: 'theirs', nic: 0 }] });
    await macs().giveBack('team-a');
    assert.equal(
      (await macs().pools()).some(({ name }) => name === 'team-a'),
      false,
    );
    const { leases } = await macs().lease({ pool: 'large', items: [{ guest: 'next' }] });
    assert.deepEqual(macsOf(leases), ['02:1a:40:00:00:01']);
  });

  test('a part that cannot be carved is refused with what is in its way', async () => {
    const carve = (body: Parameters<ReturnType<typeof macs>['carve']>[1], pool = 'large') => macs().carve(pool, body);
    await assert.rejects(carve({ name: 'x', size: 4 }, 'lrage'), rejectsWith('not-found', /did you mean "large"/));
    await assert.rejects(
      carve({ name: 'x', size: 1_000_000 }),
      rejectsWith('value-invalid', /1048576 addresses does not fit into pool "large"/),
    );
    await assert.rejects(
      carve({ name: 'x', range: '02:1a:40:00:00:00/40' }),
      rejectsWith('conflict', /holds 2 leases of others/),
    );
    await assert.rejects(
      carve({ name: 'x', range: '02:1a:40:00:01:80/41' }),
      rejectsWith('conflict', /which pool "large" reserves/),
    );
    await assert.rejects(
      carve({ name: 'x', range: '02:1a:41:00:00:00/40' }),
      rejectsWith('value-invalid', /is not within pool "large"/),
    );
    await assert.rejects(carve({ name: 'small', size: 4 }), rejectsWith('conflict', /There is a pool "small" already/));
    await assert.rejects(carve({ name: 'x', size: 4, segment: 'dev' }), rejectsWith('not-found', /no segment "dev"/));
    await assert.rejects(carve({ name: 'x', size: 65_536 }), rejectsWith('pool-exhausted', /no aligned part of 65536/));
    assert.deepEqual(
      (await macs().pools()).map(({ name }) => name),
      ['small', 'large'],
    );
  });

  test('capacity is told pool by pool', async () => {
    const pools = await answerOf(macs().capacity(), z.array(schemas.poolCapacitySchema.strict()));
    const small = pools.find(({ pool }) => pool === 'small');
    assert.deepEqual([small?.size, small?.held, small?.free], [16, 9, 0]);
  });
});
