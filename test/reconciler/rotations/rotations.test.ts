import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNoneDriver } from '../../../src/drivers/none/none-driver.ts';
import { createEngine } from '../../../src/reconciler/engine.ts';
import type { Engine } from '../../../src/reconciler/engine-contract.ts';
import type { RotationView } from '../../../src/reconciler/rotations/contract.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { type Scope, temporaryDirectory } from '../open-engine.ts';

const tester = { who: 'tester', from: 'a test' };
const day = 86_400_000;
const noon = new Date(2026, 5, 15, 12).getTime();

const site = (rotation: string, guests = 4, range = '02:1a:3f:00:00:00/24'): string => `
site: x
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: ${range}}]
segments: [{name: dev, subnet: 10.77.10.0/24}]
guests: [${Array.from({ length: guests }, (_, n) => `{name: web${n}, owner: team-${n % 2}, nics: [{segment: dev}]}`).join(', ')}]
rotation: {${rotation}}
`;

/** An engine without a gateway, whose clock is moved by hand. */
async function open(scope: Scope, directory: string, clock: { now: number }): Promise<Engine> {
  const registry = await openSqliteRegistry({ directory, now: () => clock.now });
  const write = (): void => undefined;
  const engine = await createEngine({
    registry,
    driver: createNoneDriver(),
    clock: { now: () => clock.now, monotonic: () => clock.now },
    log: { info: write, warn: write, error: write },
  });
  scope.after(() => engine.close());
  return engine;
}

async function until(engine: Engine, what: string, holds: (rotations: RotationView[]) => boolean): Promise<void> {
  for (let tries = 0; ; tries++) {
    const rotations = await engine.rotations.list();
    if (holds(rotations)) return;
    assert.ok(tries < 200, `${what}, but ${JSON.stringify(rotations)}`);
    await sleep(50);
  }
}

const macsOf = async (engine: Engine): Promise<Map<string, string>> =>
  new Map((await engine.leases()).map(({ guest, mac }) => [guest, mac]));
const inPhase = (rotations: readonly RotationView[], phase: string): string[] =>
  rotations.filter((one) => one.phase === phase).map(({ guest }) => guest);

test('without a gateway its user says when a guest has moved; the old address retires after the grace', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await engine.apply({ text: site('grace: 60s'), author: 'tester' });
  const before = await macsOf(engine);
  const { rotations } = await engine.rotations.rotate({ nics: [{ guest: 'web0', nic: 0 }] }, tester);
  assert.equal(rotations[0]?.phase, 'prepared');
  assert.equal((await macsOf(engine)).get('web0'), before.get('web0'), 'its lease is the old one still');
  const moved = await engine.rotations.moved('web0', 0, tester);
  assert.deepEqual([moved.phase, moved.from, moved.to], ['moved', before.get('web0'), rotations[0]?.to]);
  assert.equal((await macsOf(engine)).get('web0'), moved.to);
  clock.now += 61_000;
  await until(engine, 'the old one retires', (list) => list.length === 0);
  await assert.rejects(engine.rotations.moved('web0', 0, tester), /does not rotate/);
});

test('at most so many at once; the others wait for their turn, also across a daemon that ends', async (t) => {
  const clock = { now: noon };
  const directory = temporaryDirectory(t);
  let engine = await open(t, directory, clock);
  await engine.apply({ text: site('overlap: 1h'), author: 'tester' });
  await engine.rotations.rotate({ segment: 'dev', atMost: 2 }, tester);
  assert.equal(inPhase(await engine.rotations.list(), 'prepared').length, 2);
  assert.equal(inPhase(await engine.rotations.list(), 'waiting').length, 2);
  await engine.close();
  engine = await open(t, directory, clock);
  const [first = ''] = inPhase(await engine.rotations.list(), 'prepared');
  await engine.rotations.moved(first, 0, tester);
  await until(engine, 'a third begins', (list) => inPhase(list, 'waiting').length === 1);
  assert.equal(inPhase(await engine.rotations.list(), 'prepared').length, 2);
  await engine.rotations.back(inPhase(await engine.rotations.list(), 'waiting')[0] as string, 0, tester);
  assert.equal(inPhase(await engine.rotations.list(), 'waiting').length, 0);
  clock.now += 3_600_000;
  await until(engine, 'who did not move goes back', (list) => list.every(({ phase }) => phase === 'failed'));
});

test('a schedule rotates what is due at its time of day, once, also when its time was missed, and nothing twice', async (t) => {
  const clock = { now: noon };
  const directory = temporaryDirectory(t);
  let engine = await open(t, directory, clock);
  const text = site('overlap: 3d, grace: 1h, schedules: [{every: 30d, at: "03:00", owner: team-0}]');
  await engine.apply({ text, author: 'tester' });
  await sleep(400);
  clock.now += 10 * day;
  await engine.rotations.rotate({ nics: [{ guest: 'web2', nic: 0 }] }, tester);
  await engine.rotations.moved('web2', 0, tester);
  clock.now += 3_700_000;
  await until(engine, 'web2 is done', (list) => list.length === 0);
  await engine.close();
  // The time of 21 days passes with nobody there, and with it the time of day.
  clock.now += 21 * day;
  engine = await open(t, directory, clock);
  await until(engine, 'web0 is due, web2 is not yet', (list) => inPhase(list, 'prepared').length === 1);
  const [rotation] = await engine.rotations.list();
  assert.deepEqual([rotation?.guest, rotation?.origin], ['web0', 'every 30d at 03:00, owner team-0']);
  await assert.rejects(engine.rotations.rotate({ nics: [{ guest: 'web0', nic: 0 }] }, tester), /rotates already/);
  await engine.rotations.moved('web0', 0, tester);
  clock.now += 3_700_000;
  await until(engine, 'web0 is done', (list) => list.length === 0);
  await sleep(1_500);
  assert.deepEqual(await engine.rotations.list(), [], 'the same day has no second time');
});

test('goes with its guest, and stands when the site goes back to an earlier revision', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await engine.apply({ text: site('grace: 60s', 2), author: 'tester' });
  await engine.apply({ text: site('grace: 60s', 3), author: 'tester' });
  const { rotations } = await engine.rotations.rotate({ segment: 'dev' }, tester);
  assert.equal(rotations.length, 3);
  assert.equal((await engine.status()).revision, 2, 'a rotation is no revision');
  await engine.rollback(1, 'tester');
  await until(engine, 'web2 is gone with its guest', (list) => list.length === 2);
  assert.deepEqual(inPhase(await engine.rotations.list(), 'prepared'), ['web0', 'web1']);
  await engine.apply({ text: site('grace: 60s', 3), author: 'tester', confirmSeconds: 600 });
  await engine.rotations.moved('web0', 0, tester);
  assert.ok((await engine.status()).confirmBy, 'what waits to be confirmed still does');
  await engine.confirm('tester');
  assert.equal((await macsOf(engine)).get('web0'), rotations[0]?.to);
});

test('a pool without a free address: refused, and nothing has changed', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await engine.apply({ text: site('grace: 60s', 2, '02:1a:3f:00:00:00-02:1a:3f:00:00:02'), author: 'tester' });
  const before = await macsOf(engine);
  await assert.rejects(engine.rotations.rotate({ segment: 'dev' }, tester), { code: 'pool-exhausted' });
  assert.deepEqual(await engine.rotations.list(), []);
  assert.deepEqual(await macsOf(engine), before);
  const { rotations } = await engine.rotations.rotate({ nics: [{ guest: 'web1', nic: 0 }] }, tester);
  assert.equal(rotations[0]?.phase, 'prepared');
});

test('an IPv6 address that was made of the old MAC address stays, also when the site is applied anew', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  const text = (guests: number): string =>
    site('grace: 60s', guests).replace('10.77.10.0/24}', '10.77.10.0/24, subnet6: "fd00:77:10::/64", address6: eui64}');
  await engine.apply({ text: text(1), author: 'tester' });
  const [before] = await engine.leases();
  await engine.rotations.rotate({ segment: 'dev' }, tester);
  await engine.rotations.moved('web0', 0, tester);
  await engine.apply({ text: text(2), author: 'tester' });
  const [after] = await engine.leases();
  assert.notEqual(after?.mac, before?.mac);
  assert.equal(after?.ipv6, before?.ipv6);
});

test('a NIC whose address the site file names does not rotate any more, neither if it waited nor if it may use two', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await engine.apply({ text: site('grace: 60s', 2), author: 'tester' });
  await engine.rotations.rotate({ segment: 'dev', atMost: 1 }, tester);
  const before = await macsOf(engine);
  let text = site('grace: 60s', 2);
  for (const [guest, mac] of before) {
    text = text.replace(new RegExp(`(name: ${guest}, owner: team-., nics: .{segment: dev)`), `$1, mac: "${mac}"`);
  }
  await engine.apply({ text, author: 'tester' });
  await until(engine, 'one has failed, one waits no more', (list) => list.every(({ phase }) => phase === 'failed'));
  const [failed] = await engine.rotations.list();
  assert.match(failed?.error ?? '', /the site file names its MAC address/);
  assert.deepEqual(await macsOf(engine), before);
});
