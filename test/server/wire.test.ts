import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { isAppError } from '../../src/errors/app-error.ts';
import * as schemas from '../../src/server/schemas/wire.ts';
import { daemonOfSuite, startTestDaemon, temporaryDirectory } from '../daemon/test-daemon.ts';

/** The answer, which must be exactly what the OpenAPI document promises. */
async function answerOf<T>(answer: Promise<T>, schema: z.ZodType): Promise<T> {
  const value = await answer;
  (schema instanceof z.ZodObject ? schema.strict() : schema).parse(value);
  return value;
}

const rejectsWith = (code: string, pattern: RegExp) => (error: unknown) => {
  assert.ok(isAppError(error), String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

const minutes = (count: number): number => count * 60;

describe('what hosts report, in a registry without a gateway', { concurrency: false }, () => {
  const daemon = daemonOfSuite();
  const wire = () => daemon().client.wire;
  const macs = () => daemon().client.macs;
  const stranger = '02:1a:3f:00:00:00';

  test('an address that a host reports is never drawn', async () => {
    await daemon().client.putObject('pool', 'default', { range: '02:1a:3f:00:00:00/46', strategy: 'sequential' });
    const answer = await answerOf(
      wire().report({ host: 'node-1', sightings: [{ mac: stranger, device: 'vnet3', bridge: 'br0', ip: '10.0.0.7' }] }),
      schemas.reportAnswerSchema,
    );
    assert.deepEqual(answer, { noted: 1, conflicts: [] });
    const { seen, total } = await answerOf(
      wire().seen({ leased: false }),
      z.object({ seen: z.array(schemas.seenSchema), ...schemas.seenAbout }),
    );
    assert.equal(total, 1);
    assert.deepEqual([seen[0]?.mac, seen[0]?.host, seen[0]?.ip], [stranger, 'node-1', '10.0.0.7']);
    const { leases } = await macs().lease({ count: 3 });
    assert.deepEqual(
      leases.map(({ mac }) => mac),
      ['02:1a:3f:00:00:01', '02:1a:3f:00:00:02', '02:1a:3f:00:00:03'],
    );
    await assert.rejects(macs().lease({ count: 1 }), rejectsWith('pool-exhausted', /default/));
  });

  test('named, it is refused with where it was seen, unless it is adopted', async () => {
    await assert.rejects(
      macs().lease({ items: [{ guest: 'web1', mac: stranger }] }),
      rejectsWith('conflict', /02:1a:3f:00:00:00.*port "vnet3" of host "node-1".*--adopt/),
    );
    const request = { items: [{ guest: 'web1', mac: stranger }], adopt: true, requestKey: 'take-web1' };
    const { leases } = await macs().lease(request);
    assert.deepEqual([leases[0]?.mac, leases[0]?.guest], [stranger, 'web1']);
    assert.deepEqual((await macs().lease(request)).leases, leases, 'the same key answers the same');
    const { seen } = await wire().seen({ leased: true });
    assert.equal(seen[0]?.lease?.guest, 'web1');
  });

  test('without a gateway there is nobody to ask, which is said', async () => {
    await assert.rejects(macs().lease({ count: 1, probe: true }), rejectsWith('unsupported', /sees no segment/));
  });

  test('a leased address at two hosts at the same time is one conflict; a move is none', async () => {
    const [moving, doubled] = ['02:1a:3f:00:00:02', '02:1a:3f:00:00:03'] as const;
    const at = (host: string, mac: string, age: number) =>
      wire().report({ host, sightings: [{ mac, device: 'vnet1', age }] });
    // Younger than the leases: what was seen before belongs to whoever had the address then.
    await at('node-1', moving, 0);
    assert.deepEqual((await at('node-2', moving, 0)).conflicts, []);
    await at('node-1', doubled, 0);
    await sleep(5);
    assert.deepEqual((await at('node-2', doubled, 0)).conflicts, []);
    await sleep(5);
    const { conflicts } = await at('node-1', doubled, 0);
    assert.deepEqual([conflicts[0]?.place.host, conflicts[0]?.other.host], ['node-1', 'node-2']);
    assert.match(conflicts[0]?.text ?? '', /lease \d+ is at port "vnet1" of host "node-1".*"vnet1" of host "node-2"/);
    await at('node-2', doubled, 0);
    const all = await answerOf(wire().conflicts(), z.array(schemas.conflictSchema.strict()));
    assert.deepEqual(all, conflicts, 'raised once');
    const refusal = /held by lease \d+, which no NIC of the site is/;
    await assert.rejects(wire().resolve({ target: doubled, how: 'rotate' }), rejectsWith('conflict', refusal));
  });

  test('nonsense is refused as a whole, and the sighting is named', async () => {
    for (const [sighting, pattern] of [
      [{ mac: '01:00:5e:00:00:01', device: 'vnet1' }, /Sighting 2 of 2.*unicast/],
      [{ mac: 'no', device: 'vnet1' }, /Sighting 2 of 2.*"no"/],
      [{ mac: '02:00:00:00:00:01', device: 'a b' }, /Sighting 2 of 2.*device/],
      [{ mac: '02:00:00:00:00:01', device: 'vnet1', ip: '10.0.0' }, /Sighting 2 of 2.*10\.0\.0/],
      [{ mac: '02:00:00:00:00:01', device: 'vnet1', age: minutes(60 * 24 * 8) }, /Sighting 2 of 2.*Age/],
    ] as const) {
      await assert.rejects(
        wire().report({ host: 'node-9', sightings: [{ mac: '02:00:00:00:00:09', device: 'vnet1' }, sighting] }),
        rejectsWith('value-invalid', pattern),
      );
    }
    assert.equal((await wire().seen({ host: 'node-9' })).total, 0);
  });

  test('a stranger is adopted by a command that first says what it will do', async () => {
    const mac = '02:00:00:00:00:0a';
    await wire().report({ host: 'node-1', sightings: [{ mac, device: 'vnet9', age: minutes(20) }] });
    await assert.rejects(wire().resolve({ target: mac }), rejectsWith('value-invalid', /--adopt.*--forget/));
    const request = { target: mac, how: 'adopt', nic: 'db1/0' } as const;
    const plan = await answerOf(wire().resolve({ ...request, dryRun: true }), schemas.resolveAnswerSchema);
    assert.equal(plan.done, false);
    assert.match(plan.lines.join(' '), /02:00:00:00:00:0a.*"vnet9".*"db1\/0"/);
    assert.equal((await macs().show(mac)).lease, undefined, 'nothing was changed');
    assert.equal((await wire().resolve(request)).done, true);
    assert.equal((await macs().show(mac)).lease?.guest, 'db1');
    await assert.rejects(wire().resolve(request), rejectsWith('conflict', /no stranger.*"db1\/0"/));
  });

  test('a stranger is forgotten only when it is gone from the wire', async () => {
    const mac = '02:00:00:00:00:0b';
    await wire().report({ host: 'node-1', sightings: [{ mac, device: 'vnet9', age: 3 }] });
    await assert.rejects(
      wire().resolve({ target: mac, how: 'forget' }),
      rejectsWith('conflict', /still there: it was seen \d+ s ago at port "vnet9" of host "node-1"/),
    );
    const gone = '02:00:00:00:00:0c';
    await wire().report({ host: 'node-1', sightings: [{ mac: gone, device: 'vnet9', age: minutes(6) }] });
    assert.equal((await wire().resolve({ target: gone, how: 'forget' })).done, true);
    assert.equal((await wire().seen({ mac: gone })).total, 0);
    await assert.rejects(
      wire().resolve({ target: gone, how: 'forget' }),
      rejectsWith('not-found', /not seen anywhere/),
    );
    await assert.rejects(wire().resolve({ target: '4711' }), rejectsWith('not-found', /no conflict 4711/));
  });
});

test('what was seen is still known after kill -9, and still not drawn', async (t) => {
  const directory = temporaryDirectory(t);
  const mac = '02:00:00:00:00:0b';
  const first = await startTestDaemon(t, directory);
  await first.client.wire.report({ host: 'node-1', sightings: [{ mac, device: 'vnet9' }] });
  await first.end('SIGKILL');
  const { client } = await startTestDaemon(t, directory);
  assert.equal((await client.wire.seen({ mac })).total, 1);
  await client.putObject('pool', 'small', { range: `${mac}-${mac}` });
  await assert.rejects(client.macs.lease({ count: 1, pool: 'small' }), rejectsWith('pool-exhausted', /small/));
});
