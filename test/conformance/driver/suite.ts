import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Driver } from '../../../src/drivers/driver.ts';
import { parseIpv4 } from '../../../src/model/ip-address.ts';
import { parseMacAddress } from '../../../src/model/mac-address.ts';
import { desiredSite } from '../../drivers/linux/nftables/desired-site.ts';
import { siteText, wholeSite } from '../../reconciler/sites.ts';

/** What a driver under test runs on. */
export interface DriverWorld {
  /** A driver as a process that starts would have it. */
  open(): Promise<Driver>;
  /** Everything that a driver may change, in a form that can be compared. */
  observe(): unknown;
}

/** The promises of `Driver`, for every implementation. */
export async function describeDriver(name: string, world: DriverWorld): Promise<void> {
  const { desired: whole } = await desiredSite(wholeSite);
  const { desired: other } = await desiredSite(
    siteText({ segments: ['name: dev, subnet: 10.77.10.0/24'], guests: ['name: db1, nics: [{segment: dev}]'] }),
  );
  const opened = async (t: { after(clean: () => unknown): void }): Promise<Driver> => {
    const driver = await world.open();
    t.after(async () => {
      await driver.apply(await driver.plan(null));
      await driver.close();
    });
    return driver;
  };

  test(`${name}: planning changes nothing, and the same plan twice is the same`, async (t) => {
    const driver = await opened(t);
    const before = world.observe();
    const plan = await driver.plan(whole);
    assert.deepEqual(await driver.plan(whole), plan);
    assert.deepEqual(world.observe(), before);
    assert.equal((await driver.plan(null)).empty, true, 'nothing is there, nothing is to be removed');
  });

  test(`${name}: what was applied needs nothing more, and applying nothing gives everything back`, async (t) => {
    const driver = await opened(t);
    const before = world.observe();
    await driver.apply(await driver.plan(whole));
    const again = await driver.plan(whole);
    assert.equal(again.empty, true);
    assert.deepEqual(again.lines, []);
    assert.deepEqual(await driver.observe(), []);
    const after = world.observe();
    await driver.apply(again);
    assert.deepEqual(world.observe(), after, 'an empty plan changes nothing');
    await driver.apply(await driver.plan(null));
    assert.deepEqual(world.observe(), before);
  });

  test(`${name}: the way does not matter, only where it leads`, async (t) => {
    const driver = await opened(t);
    await driver.apply(await driver.plan(whole));
    const direct = world.observe();
    for (const next of [other, null, other, whole]) await driver.apply(await driver.plan(next));
    assert.deepEqual(world.observe(), direct);
  });

  test(`${name}: a driver that starts anew takes over what is there, as often as wanted`, async (t) => {
    const first = await world.open();
    await first.probe();
    await first.apply(await first.plan(whole));
    const held = world.observe();
    await first.close();
    assert.deepEqual(world.observe(), held, 'closing leaves everything at work');
    const second = await opened(t);
    await second.probe();
    await second.observe();
    await second.apply(await second.plan(whole));
    assert.deepEqual(world.observe(), held);
    assert.deepEqual(await second.observe(), []);
  });

  test(`${name}: verify finds all well and changes nothing`, async (t) => {
    const driver = await opened(t);
    await driver.apply(await driver.plan(whole));
    const held = world.observe();
    assert.deepEqual(
      (await driver.verify(whole)).filter(({ ok }) => !ok),
      [],
    );
    assert.deepEqual(world.observe(), held);
    assert.deepEqual(await driver.observe(), []);
  });

  test(`${name}: nothing is heard while nothing rotates, and announcing changes nothing`, async (t) => {
    const driver = await opened(t);
    assert.deepEqual(await driver.heard(), []);
    await driver.apply(await driver.plan(whole));
    const held = world.observe();
    assert.deepEqual(await driver.heard(), []);
    await driver.announce([...whole.nics.values()]);
    assert.deepEqual(world.observe(), held);
  });

  test(`${name}: looking at the wire and asking on it changes nothing, and nobody answers where nobody is`, async (t) => {
    const driver = await opened(t);
    const { wire } = await driver.probe();
    await driver.apply(await driver.plan(whole));
    const before = world.observe();
    const seen = await driver.sightings();
    assert.equal(seen.length > 0, wire);
    for (const { mac, at } of seen) {
      assert.equal(parseMacAddress(mac), mac);
      assert.ok(at <= Date.now());
    }
    assert.equal((await driver.links()).has(whole.uplink.interface), wire);
    assert.deepEqual(await driver.dhcp(), { leases: [], waiting: [], troubles: [] });
    const question = { bridge: 'bk-dev', ipv4: parseIpv4('10.77.10.99') };
    const toOne = { ...question, to: parseMacAddress('02:1a:3f:00:00:63') };
    assert.deepEqual(await driver.ask([question, { ...question, bridge: 'no-such-bridge' }, toOne]), []);
    assert.deepEqual(await driver.ask([]), []);
    assert.deepEqual(world.observe(), before);
  });

  test(`${name}: packets are not followed while nothing is applied, and following some leaves nothing`, async (t) => {
    const driver = await opened(t);
    const entry = { kind: 'uplink', device: whole.uplink.interface } as const;
    const request = { forth: { entry, family: 4, protocol: 'tcp' }, seconds: 1, packets: 1 } as const;
    await assert.rejects(driver.trace(request), { code: 'unsupported' });
    const { gateway } = await driver.probe();
    if (!gateway) return;
    await driver.apply(await driver.plan(whole));
    const before = world.observe();
    assert.deepEqual(await driver.trace(request, AbortSignal.timeout(100)), { packets: [], full: false });
    assert.deepEqual(world.observe(), before);
    assert.deepEqual(await driver.observe(), []);
  });

  test(`${name}: a snapshot is there at once, and rendering needs no host`, async (t) => {
    const driver = await opened(t);
    const { waiting, notices } = driver.snapshot();
    assert.deepEqual([waiting, notices], [[], []]);
    const before = world.observe();
    assert.deepEqual([...driver.render(whole)], [...driver.render(whole)]);
    assert.deepEqual(world.observe(), before);
  });
}
