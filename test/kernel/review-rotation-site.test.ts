import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, portOf, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const tester = { who: 'tester', from: 'a test' };
const hook = fileURLToPath(new URL('../../examples/hooks/namespace', import.meta.url));
const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;

const site = (more: readonly string[] = []): string =>
  siteText({
    head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
watch: {guests: false, forwards: false}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
rotation: {grace: 1h, overlap: 2h, hooks: [{kind: namespace, program: ${hook}}]}
`,
    guests: [
      'name: web1, kind: namespace, nics: [{segment: dev}]',
      'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
      'name: old1, nics: [{segment: dev}]',
      ...more,
    ],
    forwards: ['port: 8080, to: "web1:80"'],
  });

before(async () => {
  buildNetwork(['web1', 'sip1', 'old1']);
  open = await openEngine(scope);
  await open.apply(site());
  guests = await startGuests(scope, open.engine, ['world']);
  await guests.listen({ world: [80], web1: [80], sip1: [5060] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const rotate = async (guest: string) =>
  (await open.engine.rotations.rotate({ nics: [{ guest, nic: 0 }] }, tester)).rotations[0];
const rotationOf = async (guest: string) => (await open.engine.rotations.list()).find((one) => one.guest === guest);
const ruleset = (): string => shell('nft -s list ruleset');

/** The ruleset without the sets that name whoever was refused. */
const allowed = (): string =>
  ruleset()
    .split(/(?=\n\t(?:set|map|chain) )/)
    .filter((part) => !/^\s*set .*flags [a-z,]*\b(?:dynamic|timeout)\b/s.test(part))
    .join('');
const setMac = (guest: string, mac: string | undefined): unknown =>
  shell(`ip -n ${guest} link set dev eth0 address ${mac}`);

async function until(guest: string, phase: string | undefined): Promise<void> {
  for (const end = Date.now() + 15_000; ; await sleep(50)) {
    const seen = (await rotationOf(guest))?.phase;
    if (seen === phase) return;
    assert.ok(Date.now() < end, `${guest} is ${seen}, expected ${phase}; ${open.log.slice(-3).join('; ')}`);
  }
}

test('after a rotation that went back, host and rules are to the letter what they were', async () => {
  const links = (): string => shell('bridge fdb show; ip neighbour show nud permanent; ip -o link show type bridge');
  const [rules, host] = [allowed(), links()];
  await rotate('old1');
  assert.notEqual(allowed(), rules);
  await open.engine.rotations.back('old1', 0, tester);
  assert.equal(allowed(), rules);
  assert.equal(links(), host);
});

test('a change that is not confirmed rolls back in the middle of a rotation, and nobody is cut off', async () => {
  const rotation = await rotate('web1');
  await open.apply(site(['name: late1, nics: [{segment: dev}]']), 2);
  await until('web1', 'moved');
  for (let tries = 0; (await open.engine.status()).confirmBy !== undefined; tries++) {
    assert.ok(tries < 100);
    await sleep(100);
  }
  assert.equal((await rotationOf('web1'))?.phase, 'moved', 'it goes on');
  assert.equal((await open.engine.leases()).find(({ guest }) => guest === 'web1')?.mac, rotation?.to);
  assert.equal(await guests.answer('world', shared.ipv4, 8080), 'web1');
  assert.equal(await guests.answer('web1', world.ipv4, 80), 'world');
});

test('what somebody else takes out of the kernel during a rotation is put back, and the guest is still heard', async () => {
  const rotation = await rotate('sip1');
  shell(`nft delete element bridge bridgekeeper nic_mac '{ "${portOf('sip1')}" . ${rotation?.to} }'
    nft delete element bridge bridgekeeper rotating '{ "${portOf('sip1')}" . ${rotation?.to} }'`);
  await sleep(1_000);
  const { checks } = await open.engine.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
  setMac('sip1', rotation?.to);
  assert.equal(await guests.answer('sip1', world.ipv4, 80), 'world');
  await until('sip1', 'moved');
  assert.equal(await guests.answer('world', shared.ipv4, 5060), 'sip1');
});

test('a NIC that is detached and attached again in the middle goes on with both addresses', async () => {
  const { from } = (await rotate('old1')) ?? {};
  assert.ok(allowed().includes(from ?? 'none'));
  await open.engine.detach('old1', 0, 'tester');
  assert.equal((await rotationOf('old1'))?.phase, 'prepared');
  assert.ok(!allowed().includes(from ?? 'none'), 'nothing is allowed while it is detached');
  await open.engine.attach('old1', 0, portOf('old1'), 'tester');
  assert.equal(await guests.answer('old1', world.ipv4, 80), 'world');
  const to = (await rotationOf('old1'))?.to;
  setMac('old1', to);
  assert.equal(await guests.answer('old1', world.ipv4, 80), 'world');
  await until('old1', 'moved');
});

test('a site that is destroyed in the middle takes its rotations and both addresses of each NIC with it', async () => {
  assert.equal((await open.engine.rotations.list()).length, 3);
  await open.engine.destroy('tester');
  for (const guest of ['web1', 'sip1', 'old1']) await until(guest, undefined);
  assert.ok(!ruleset().includes('bridgekeeper'));
  const held = (await open.registry.leases.list({ limit: 100 })).leases.filter(({ state }) => state !== 'quarantined');
  assert.deepEqual(held, []);
});
