import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createNoneDriver } from '../../../src/drivers/none/none-driver.ts';
import { createEngine } from '../../../src/reconciler/engine.ts';
import type { Engine } from '../../../src/reconciler/engine-contract.ts';
import type { MacLease } from '../../../src/reconciler/macs/contract.ts';
import { openSqliteRegistry } from '../../../src/registry/sqlite/open.ts';
import { type Scope, temporaryDirectory } from '../open-engine.ts';

const tester = { who: 'tester', from: 'a test' };
const day = 86_400_000;
const noon = new Date(2026, 5, 15, 12).getTime();
const web1 = { guest: 'web1', nic: 0 };

const site = (rest: string, guests = ''): string => `
site: x
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
segments: [{name: dev, subnet: 10.77.10.0/24, subnet6: fd00:77:10::/64, address6: eui64}]
guests: [${guests}]
${rest}
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

async function withPool(engine: Engine): Promise<void> {
  await engine.putObject('pool', { name: 'default', range: '02:1a:3f:00:00:00/24', quarantine: '30m' }, 'tester');
}

const leaseNic = async (engine: Engine, more: object = {}): Promise<MacLease> => {
  const { leases } = await engine.macs.lease({ items: [{ ...web1 }], ...more }, tester);
  return leases[0] as MacLease;
};

/** `mac state ip4 ip6`, of everything that web1 ever had but for history. */
async function heldBy(engine: Engine): Promise<string[]> {
  const { leases } = await engine.macs.list({ guest: 'web1' }, { limit: 100 });
  return leases.map(({ mac, state, ipv4 = '-', ipv6 = '-' }) => `${mac} ${state} ${ipv4} ${ipv6}`);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    assert.ok(tries < 200, what);
    await sleep(50);
  }
}

const idle = (engine: Engine) => async () => (await engine.rotations.list()).length === 0;

test('a NIC of a registry of pools alone rotates; each phase survives a daemon that ends', async (t) => {
  const clock = { now: noon };
  const directory = temporaryDirectory(t);
  let engine = await open(t, directory, clock);
  await withPool(engine);
  const { mac: old } = await leaseNic(engine, { owner: 'team-a' });
  const { rotations } = await engine.rotations.rotate({ nics: [web1], overlap: 3600, grace: 60 }, tester);
  const { phase, from, to, source, owner } = rotations[0] ?? assert.fail();
  assert.deepEqual([phase, from, source, owner], ['prepared', old, 'request', 'team-a']);
  assert.deepEqual(await heldBy(engine), [`${old} active - -`, `${to} reserved - -`]);
  assert.equal((await leaseNic(engine)).mac, old, 'who asks gets the one in use');
  await assert.rejects(engine.rotations.rotate({ nics: [web1] }, tester), { code: 'conflict' });
  await engine.close();
  engine = await open(t, directory, clock);
  assert.equal((await engine.rotations.moved('web1', 0, tester)).to, to);
  assert.deepEqual(await heldBy(engine), [`${old} retiring - -`, `${to} active - -`]);
  assert.equal((await leaseNic(engine)).mac, to);
  await engine.close();
  engine = await open(t, directory, clock);
  await sleep(300);
  assert.equal((await engine.rotations.list())[0]?.phase, 'moved', 'the grace is not over');
  clock.now += 61_000;
  await engine.close();
  engine = await open(t, directory, clock);
  await until('the old address retires', idle(engine));
  assert.deepEqual(await heldBy(engine), [`${old} quarantined - -`, `${to} active - -`]);
  const [resting] = (await engine.macs.list({ guest: 'web1' }, { limit: 1 })).leases;
  assert.equal(resting?.freeAt, clock.now + 1_800_000);
  const kinds = (await engine.journal(10)).filter(({ kind }) => kind === 'rotate').map(({ text }) => text);
  assert.equal(kinds.length, 3, kinds.join('\n'));
});

test('who goes back, and who does not move in time, keeps the old address; the new one rests', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await withPool(engine);
  const { mac: old } = await leaseNic(engine);
  const first = (await engine.rotations.rotate({ nics: [web1] }, tester)).rotations[0]?.to;
  await engine.rotations.moved('web1', 0, tester);
  await engine.rotations.back('web1', 0, tester);
  assert.deepEqual(await heldBy(engine), [`${old} active - -`, `${first} quarantined - -`]);
  const second = (await engine.rotations.rotate({ nics: [web1], overlap: 60 }, tester)).rotations[0]?.to;
  clock.now += 61_000;
  await until('it fails', async () => (await engine.rotations.list())[0]?.phase === 'failed');
  assert.deepEqual(await heldBy(engine), [
    `${old} active - -`,
    `${first} quarantined - -`,
    `${second} quarantined - -`,
  ]);
  await engine.macs.release({ nics: [web1] }, tester);
  await until('a failed one is forgotten with its NIC', idle(engine));
});

test('IP addresses go with the one in use, an EUI-64 one follows it, there and back', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await engine.apply({ text: site(''), author: 'tester' });
  const { mac: old, ipv4, ipv6 } = await leaseNic(engine, { segment: 'dev' });
  const { to = '' } = (await engine.rotations.rotate({ segment: 'dev' }, tester)).rotations[0] ?? assert.fail();
  assert.deepEqual(await heldBy(engine), [`${old} active ${ipv4} ${ipv6}`, `${to} reserved - -`]);
  await engine.rotations.moved('web1', 0, tester);
  const moved = await leaseNic(engine);
  const tail = to
    .split(':')
    .slice(3)
    .map((part) => Number.parseInt(part, 16));
  assert.deepEqual([moved.mac, moved.ipv4], [to, ipv4]);
  assert.ok(
    moved.ipv6?.endsWith(
      `fe${(tail[0] as number).toString(16).padStart(2, '0')}:${(((tail[1] as number) << 8) | (tail[2] as number)).toString(16)}`,
    ),
    moved.ipv6,
  );
  assert.deepEqual((await heldBy(engine))[0], `${old} retiring - ${ipv6}`);
  await engine.rotations.back('web1', 0, tester);
  assert.deepEqual(await heldBy(engine), [`${old} active ${ipv4} ${ipv6}`, `${to} quarantined - ${moved.ipv6}`]);
});

test('a release in the middle takes both addresses, and one of the two alone is refused', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await withPool(engine);
  const { mac: old } = await leaseNic(engine);
  const { to = '' } = (await engine.rotations.rotate({ nics: [web1] }, tester)).rotations[0] ?? assert.fail();
  await assert.rejects(engine.macs.release({ macs: [to] }, tester), {
    code: 'conflict',
    message: /rotate web1\/0 --back/,
  });
  assert.deepEqual(await heldBy(engine), [`${old} active - -`, `${to} reserved - -`]);
  const { released } = await engine.macs.release({ nics: [web1] }, tester);
  assert.deepEqual(
    released.map(({ mac, state }) => `${mac} ${state}`),
    [`${old} quarantined`, `${to} quarantined`],
  );
  await assert.rejects(engine.rotations.moved('web1', 0, tester), { code: 'not-found' });
  await until('its rotation is over', idle(engine));
});

test('a site file that adopts the NIC in the middle is refused, and welcome after it', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await engine.apply({ text: site(''), author: 'tester' });
  const { mac: old } = await leaseNic(engine, { segment: 'dev' });
  await engine.rotations.rotate({ nics: [web1] }, tester);
  const text = site('', '{name: web1, nics: [{segment: dev}]}');
  await assert.rejects(engine.apply({ text, author: 'tester' }), { code: 'conflict', message: /web1\/0.*rotates/ });
  await assert.rejects(engine.plan({ text }), { code: 'conflict', message: /web1\/0.*rotates/ });
  const before = await heldBy(engine);
  await engine.rotations.moved('web1', 0, tester);
  await assert.rejects(engine.apply({ text, author: 'tester' }), { code: 'conflict', message: /web1\/0.*rotates/ });
  await engine.rotations.back('web1', 0, tester);
  assert.equal(before.length, 2);
  await engine.apply({ text, author: 'tester' });
  assert.equal((await engine.leases())[0]?.mac, old);
});

test('an owner rotates as a whole', async (t) => {
  const engine = await open(t, temporaryDirectory(t), { now: noon });
  await withPool(engine);
  const items = ['web1', 'web2', 'web3'].map((guest) => ({ guest }));
  await engine.macs.lease({ items, owner: 'team-a' }, tester);
  await engine.macs.lease({ items: [{ guest: 'db1' }], owner: 'team-b' }, tester);
  await engine.macs.lease({ count: 3, owner: 'team-a' }, tester);
  const { rotations } = await engine.rotations.rotate({ owner: 'team-a', atMost: 2 }, tester);
  assert.deepEqual(
    rotations.map(({ guest, phase }) => `${guest} ${phase}`),
    ['web1 prepared', 'web2 prepared', 'web3 waiting'],
  );
  await engine.rotations.moved('web1', 0, tester);
  await until('the third begins', async () =>
    (await engine.rotations.list()).every(({ phase }) => phase !== 'waiting'),
  );
  await assert.rejects(engine.rotations.rotate({ owner: 'nobody' }, tester), { code: 'not-found' });
});

test('a schedule looks at requests only where it says whose', async (t) => {
  const clock = { now: noon };
  const directory = temporaryDirectory(t);
  let engine = await open(t, directory, clock);
  const schedules = '{every: 30d, at: "03:00"}, {every: 30d, at: "04:00", owner: team-a}';
  await engine.apply({ text: site(`rotation: {schedules: [${schedules}]}`), author: 'tester' });
  await leaseNic(engine, { owner: 'team-a' });
  await engine.macs.lease({ items: [{ guest: 'db1' }], owner: 'team-b' }, tester);
  await engine.close();
  engine = await open(t, directory, clock);
  await sleep(500);
  await engine.close();
  clock.now += 31 * day;
  engine = await open(t, directory, clock);
  await until('web1 is due', async () => (await engine.rotations.list()).some(({ phase }) => phase === 'prepared'));
  assert.deepEqual(
    (await engine.rotations.list()).map(({ guest, origin }) => `${guest}: ${origin}`),
    ['web1: every 30d at 04:00, owner team-a'],
  );
});

test('what is stored of a failed rotation is shown to its owner, and erased', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await withPool(engine);
  await leaseNic(engine, { owner: 'team-a' });
  await engine.macs.lease({ items: [{ guest: 'db1' }], owner: 'team-b' }, tester);
  await engine.rotations.rotate({ nics: [web1, { guest: 'db1', nic: 0 }], overlap: 60 }, tester);
  clock.now += 61_000;
  await until('both fail', async () => (await engine.rotations.list()).every(({ phase }) => phase === 'failed'));
  const shown = async () => {
    const found: string[] = [];
    for await (const record of engine.privacy.show('team-a')) {
      if (record.record === 'rotation') found.push(`${record.nic} ${record.phase} ${record.error}`);
    }
    return found;
  };
  assert.deepEqual(await shown(), ['web1/0 failed the guest did not move before the overlap ended']);
  assert.equal((await engine.privacy.plan('team-a')).rotations, 1);
  assert.equal((await engine.privacy.erase('team-a', tester)).rotations, 1);
  assert.deepEqual(await shown(), []);
  assert.deepEqual(
    (await engine.rotations.list()).map(({ guest }) => guest),
    ['db1'],
  );
});

test('an erasure in the middle leaves both addresses to their NIC', async (t) => {
  const clock = { now: noon };
  const engine = await open(t, temporaryDirectory(t), clock);
  await withPool(engine);
  await leaseNic(engine, { owner: 'team-a' });
  const { to = '' } = (await engine.rotations.rotate({ nics: [web1] }, tester)).rotations[0] ?? assert.fail();
  const before = await heldBy(engine);
  const erased = await engine.privacy.erase('team-a', tester);
  assert.deepEqual([erased.leases, erased.keptCount, erased.rotations], [0, 2, 0]);
  assert.deepEqual(await heldBy(engine), before);
  assert.equal((await engine.rotations.moved('web1', 0, tester)).to, to);
});

test('the new address comes from the sub-pool of this host, and from the pool that a request named', async (t) => {
  const engine = await open(t, temporaryDirectory(t), { now: noon });
  const pools = `pools:
  - {name: default, range: 02:1a:3f:00:00:00/24}
  - {name: here, parent: default, range: 02:1a:3f:01:00:00/32, host: ${hostname()}}
  - {name: there, parent: default, range: 02:1a:3f:02:00:00/32, host: another-host}
`;
  const guests = '{name: api1, nics: [{segment: dev}]}';
  await engine.apply({ text: site('', guests).replace(/^pools:.*\n/m, pools), author: 'tester' });
  await leaseNic(engine, { pool: 'there' });
  const { rotations } = await engine.rotations.rotate({ nics: [{ guest: 'api1', nic: 0 }, web1] }, tester);
  assert.deepEqual(
    rotations.map(({ guest, from, to }) => `${guest} ${from.slice(0, 11)} ${to?.slice(0, 11)}`),
    ['api1 02:1a:3f:01 02:1a:3f:01', 'web1 02:1a:3f:02 02:1a:3f:02'],
  );
});
