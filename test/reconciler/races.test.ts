import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Driver } from '../../src/drivers/driver.ts';
import { createNoneDriver } from '../../src/drivers/none/none-driver.ts';
import { isAppError } from '../../src/errors/app-error.ts';
import { macFromInteger } from '../../src/model/mac-address.ts';
import { createEngine } from '../../src/reconciler/engine.ts';
import type { LeaseWish } from '../../src/registry/leases/leases.ts';
import { poolSpaceOf } from '../../src/registry/pools/pool-space.ts';
import { openSqliteRegistry } from '../../src/registry/sqlite/open.ts';
import { systemClock } from '../../src/system/clock.ts';
import { pool, segment } from '../registry/site-builder.ts';
import { temporaryDirectory } from './open-engine.ts';

const range = '02:1a:3f:00:00:00/24';
const siteText = (nic: string): string => `site: races
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: ${range}, strategy: sequential}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
guests: [{name: web1, nics: [${nic}]}]
`;
const space = poolSpaceOf(pool('default', range, { strategy: 'sequential' }), []);
const dev = segment('dev', '10.77.10.0/24');

/**
 * An engine on a host where every change takes as long as a request for these leases: each of them is made after a
 * change was proposed and before it is stored.
 */
async function openRace(t: TestContext, taken: LeaseWish[]) {
  const registry = await openSqliteRegistry({ directory: temporaryDirectory(t), now: systemClock.now });
  const none = createNoneDriver();
  let applied = 0;
  const driver: Driver = {
    ...none,
    apply: async (plan) => {
      applied++;
      const wish = taken.shift();
      if (wish !== undefined) {
        const actor = { who: 'eve', from: 'elsewhere' };
        await registry.leases.lease({
          wishes: [wish],
          segments: [dev],
          pool: space,
          state: 'active',
          actor,
          now: systemClock.now(),
        });
      }
      return none.apply(plan);
    },
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const engine = await createEngine({ registry, driver, clock: systemClock, log });
  t.after(() => engine.close());
  return {
    registry,
    engine,
    apply: (nic: string) => engine.apply({ text: siteText(nic), author: 'ada' }),
    appliedTimes: () => applied,
  };
}

const vpn = (ipv4: string, nic = 0): LeaseWish => ({
  guest: 'vpn',
  nic,
  segment: 'dev',
  ipv4,
  mac: `52:54:00:00:00:0${nic}`,
});

test('an address that a request takes while a change is made is replaced by another one', async (t) => {
  const { apply, registry, appliedTimes } = await openRace(t, [vpn('10.77.10.2'), vpn('10.77.10.3', 1)]);
  const { revision } = await apply('{segment: dev}');
  assert.deepEqual([revision.number, appliedTimes()], [1, 3]);
  const web = (await registry.assignments()).nics.get('web1/0');
  assert.deepEqual([web?.mac, web?.ipv4], ['02:1a:3f:00:00:00', '10.77.10.4']);
  assert.equal((await registry.journal(10)).filter(({ kind }) => kind === 'apply').length, 1);
});

test('an address that the site names and a request takes meanwhile is a conflict that names the holder', async (t) => {
  const { apply, registry, appliedTimes } = await openRace(t, [vpn('10.77.10.20')]);
  await assert.rejects(apply('{segment: dev, ip: 10.77.10.20}'), (error) => {
    assert.ok(isAppError(error) && error.code === 'conflict', String(error));
    assert.match(error.message, /"10.77.10.20" of NIC "web1\/0" is already held by NIC "vpn\/0"/);
    return true;
  });
  assert.equal(await registry.head(), undefined);
  assert.equal(appliedTimes(), 2, 'once for the change, once to take it back');
  const drawn = await registry.leases.drawMacs(space, [{ title: 'next' }], systemClock.now());
  assert.deepEqual(drawn.map(macFromInteger), ['02:1a:3f:00:00:00'], 'what was drawn in vain is free');
});

test('a change that loses every race gives up, and nothing is changed', async (t) => {
  const taken = Array.from({ length: 9 }, (_, nic) => vpn(`10.77.10.${nic + 2}`, nic));
  const { apply, registry } = await openRace(t, taken);
  await assert.rejects(apply('{segment: dev}'), (error) => isAppError(error) && error.code === 'conflict');
  assert.equal(await registry.head(), undefined);
  assert.equal((await registry.assignments()).nics.size, 0);
  assert.ok(taken.length >= 5, `${9 - taken.length} tries`);
});

test('a lease that a request makes for the very NIC meanwhile becomes the site’s', async (t) => {
  const wish = { guest: 'web1', nic: 0, segment: 'dev', mac: '52:54:00:00:00:09' };
  const { apply, registry } = await openRace(t, [wish]);
  await apply('{segment: dev}');
  assert.equal((await registry.assignments()).nics.get('web1/0')?.mac, '52:54:00:00:00:09');
  assert.equal(await registry.leases.count({ guest: 'web1' }), 1);
});

test('planning takes no address: the next plan and the change itself give the same', async (t) => {
  const { engine, apply, registry } = await openRace(t, []);
  for (let round = 0; round < 3; round++) await engine.plan({ text: siteText('{segment: dev}') });
  await apply('{segment: dev}');
  assert.equal((await registry.assignments()).nics.get('web1/0')?.mac, '02:1a:3f:00:00:00');
});
