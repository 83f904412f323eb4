import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine, temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, portOf, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const tester = { who: 'tester', from: 'a test' };
const namespaceHook = fileURLToPath(new URL('../../examples/hooks/namespace', import.meta.url));
const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
/** Guests by what is wrong with their hook. */
const hooks = {
  slow: `sleep 0.3; ${namespaceHook} "$@"`,
  // Moves the guest, whose one frame is heard, and hangs; what is to bring it back fails.
  stuck: `[ -e MARK ] && exit 4; touch MARK; ${namespaceHook} "$@"; ip netns exec $1 ping -c 1 -W 1 10.77.10.1; sleep 60`,
  // Goes on in a child when its time is over.
  forks: `[ -e MARK ] && exit 0; touch MARK; (sleep 4; ${namespaceHook} "$@") & wait`,
  endless: '[ -e MARK ] && exit 0; touch MARK; yes "the hypervisor talks a lot"',
} as const;
const names = Object.keys(hooks);
let open: OpenEngine;
let guests: Guests;

before(async () => {
  buildNetwork([...names, 'other', 'dhcp']);
  open = await openEngine(scope);
  const directory = temporaryDirectory(scope);
  const listed = Object.entries(hooks).map(([kind, text]) => {
    const path = join(directory, kind);
    writeFileSync(path, `#!/bin/sh\n${text.replaceAll('MARK', `${path}.mark`)}\n`);
    chmodSync(path, 0o755);
    return `{kind: ${kind}, program: ${path}}`;
  });
  await open.apply(
    siteText({
      segments: ['name: dev, subnet: 10.77.10.0/24, subnet6: "fd00:77:10::/64", dhcp: {lease: 10m}'],
      head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
rotation: {grace: 1h, overlap: 2h, hookTimeout: 2s, hooks: [${listed.join(', ')}, {kind: namespace, program: ${namespaceHook}}]}
`,
      guests: [
        ...names.map((name) => `name: ${name}, kind: ${name}, nics: [{segment: dev}]`),
        'name: other, nics: [{segment: dev}]',
        'name: dhcp, kind: namespace, nics: [{segment: dev}]',
      ],
    }),
  );
  guests = await startGuests(scope, open.engine, ['world']);
  await guests.listen({ world: [80], other: [80] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const rotate = async (guest: string) =>
  (await open.engine.rotations.rotate({ nics: [{ guest, nic: 0 }] }, tester)).rotations[0];
const rotationOf = async (guest: string) => (await open.engine.rotations.list()).find((one) => one.guest === guest);
const leaseOf = async (guest: string) => (await open.engine.leases()).find((lease) => lease.guest === guest);
const macOf = (guest: string): string =>
  /link\/ether (\S+)/.exec(shell(`ip -n ${guest} link show eth0`))?.[1] ?? 'none';
const reachesWorld = (guest: string) => guests.answer(guest, world.ipv4, 80, { timeout: 1_500 });

async function until(guest: string, what: string, holds: (phase?: string, hook?: string) => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; ; await sleep(50)) {
    const seen = await rotationOf(guest);
    if (holds(seen?.phase, seen?.hook)) return;
    assert.ok(Date.now() < end, `${guest}: ${what}, but ${JSON.stringify(seen)}; ${open.log.slice(-3).join('; ')}`);
  }
}

test('a rotation that is taken back at once: no hook moves the guest behind its back', async () => {
  const before = macOf('slow');
  await rotate('slow');
  await open.engine.rotations.back('slow', 0, tester).catch((error: { code?: string }) => {
    assert.equal(error.code, 'conflict', 'its hook runs already');
  });
  await sleep(1_500);
  const standing = await rotationOf('slow');
  if (standing === undefined) assert.equal(macOf('slow'), before);
  assert.equal(await reachesWorld('slow'), 'world');
});

test('a quiet guest that no hook brought back keeps the address that it was last heard with', async () => {
  const rotation = await rotate('stuck');
  await until('stuck', 'its hook fails twice', (_, hook) => hook === 'failed');
  await sleep(4_500);
  assert.equal(macOf('stuck'), rotation?.to);
  assert.equal((await rotationOf('stuck'))?.phase, 'moved');
  assert.equal(await reachesWorld('stuck'), 'world');
});

test('a hook whose time is over ends with its children: nothing moves the guest later', async () => {
  const before = macOf('forks');
  await rotate('forks');
  await until('forks', 'it goes back', (phase) => phase === 'failed');
  await sleep(3_500);
  assert.equal(macOf('forks'), before);
  assert.equal(await reachesWorld('forks'), 'world');
});

test('a hook that prints without end is ended, and what is kept of it is short', async () => {
  const resident = process.memoryUsage().rss;
  await rotate('endless');
  await until('endless', 'it goes back', (phase) => phase === 'failed');
  const error = (await rotationOf('endless'))?.error ?? '';
  assert.match(error, /printed more than 4000000 bytes and was killed/);
  assert.ok(error.length <= 1_000);
  const [entry] = (await open.registry.journal(20)).filter(({ text }) => text.includes('"endless/0" keeps'));
  assert.ok(entry && entry.text.length < 1_200, `${entry?.text.length} characters in the journal`);
  assert.ok(process.memoryUsage().rss - resident < 400e6);
  assert.equal(await reachesWorld('endless'), 'world');
});

test('a guest that may use two addresses may use them at its own port alone, in every field of a frame', async () => {
  const rotation = await rotate('other');
  const lease = await leaseOf('other');
  const set = (name: string): string => shell(`nft list set bridge bridgekeeper ${name}`);
  for (const name of ['nic_mac', 'nic_ipv4', 'nic_ipv6', 'nic_target']) {
    const lines = set(name).match(new RegExp(`"[^"]+" \\. ${rotation?.to}`, 'g'));
    assert.ok(
      lines?.every((line) => line.startsWith(`"${portOf('other')}"`)),
      `${name}: ${lines}`,
    );
  }
  // Another guest with that address, as the source of frames and as the sender of ARP alone.
  shell(`ip -n endless link set dev eth0 address ${rotation?.to}`);
  assert.equal(await reachesWorld('endless'), 'timeout');
  shell(`ip -n endless link set dev eth0 address ${(await leaseOf('endless'))?.mac}`);
  assert.equal(await reachesWorld('endless'), 'world');
  assert.equal(await reachesWorld('other'), 'world', lease?.mac);
  await open.engine.rotations.back('other', 0, tester);
  for (const name of ['nic_mac', 'nic_ipv4', 'nic_ipv6', 'nic_target', 'nic_link']) {
    const raw = (rotation?.to ?? '').replaceAll(':', '');
    assert.ok(!set(name).replaceAll(':', '').includes(raw), `${name} has forgotten it`);
  }
  assert.ok(!shell('bridge fdb show').includes(rotation?.to ?? ''), 'the bridge has forgotten it');
});

test('a DHCP client renews over a rotation and after it, and is never told to begin anew', async () => {
  const directory = temporaryDirectory(scope);
  const [script, log, pid] = ['script', 'log', 'pid'].map((name) => join(directory, name));
  writeFileSync(script as string, `#!/bin/sh\necho "$1 $ip" >>${log}\n`);
  chmodSync(script as string, 0o755);
  shell(`ip netns exec dhcp busybox udhcpc -i eth0 -b -p ${pid} -t 5 -T 1 -s ${script} 2>/dev/null`);
  scope.after(() => shell(`kill $(cat ${pid}) || true`));
  const events = (): string[] => shell(`cat ${log}`).trim().split('\n');
  const renew = async (): Promise<void> => {
    const count = events().length;
    shell(`kill -USR1 $(cat ${pid})`);
    for (let tries = 0; events().length === count; tries++) {
      assert.ok(tries < 60, `no answer to a renewal: ${events().join(', ')}`);
      await sleep(100);
    }
  };
  const ip = (await leaseOf('dhcp'))?.ipv4;
  await renew();
  await open.engine.rotations.rotate({ nics: [{ guest: 'dhcp', nic: 0 }], grace: 1, overlap: 60 }, tester);
  await until('dhcp', 'it has moved', (phase) => phase === 'moved');
  await renew();
  await until('dhcp', 'it is over', (phase) => phase === undefined);
  await sleep(300);
  await renew();
  assert.deepEqual([...new Set(events().slice(1))].sort(), [`bound ${ip}`, `renew ${ip}`], events().join(', '));
});
