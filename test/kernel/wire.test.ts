import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SeenView } from '../../src/reconciler/wire/contract.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, configureGuest, portOf } from './network.ts';
import { plugStranger, sendFrames, spoofedArp } from './strangers.ts';

enterNamespace(import.meta.filename);

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;

const head = `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10]}
pools: [{name: default, range: "02:1a:3f:00:00:00/24", strategy: sequential}]
`;
const segments = [
  'name: dev, subnet: 10.77.10.0/24',
  'name: asked, subnet: 10.77.20.0/24, probe: true',
  'name: old, bridge: br9, subnet: 10.77.90.0/24',
];
/** The address that the pool would give first. */
const first = '02:1a:3f:00:00:00';

const apply = (guests: readonly string[]) => open.apply(siteText({ head, segments, guests }));

before(async () => {
  buildNetwork(['web1', 'db1', 'silent', 'quiet']);
  // Ports that nobody declares are put out of bridges of our own; on one that was there before, residents stay.
  shell('ip link add name br9 type bridge && ip link set br9 up');
  plugStranger('stranger', { bridge: 'br9', mac: first, ipv4: '10.77.90.200/24' });
  open = await openEngine(scope);
  await apply([]);
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** Waits until the wire shows what is looked for. */
async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(250);
  }
  throw new Error(`${what} did not show up`);
}

const seenAs = (mac: string, device: string): Promise<SeenView | undefined> =>
  open.engine.wire.seen({ mac, limit: 100 }).then(({ seen }) => seen.find((entry) => entry.device === device));

const leaseOf = async (guest: string) => {
  const lease = (await open.engine.leases()).find((one) => one.guest === guest);
  assert.ok(lease, `guest ${guest} has a lease`);
  return lease;
};

test("a stranger's MAC address on a bridge port is seen with its port and its segment, and is not handed out", async () => {
  const seen = await until(first, () => {
    // That it speaks is enough.
    shell('ip netns exec stranger busybox ping -c 1 -W 1 10.77.90.1 || true');
    return seenAs(first, 'stranger');
  });
  assert.equal(seen.segment, 'old');
  assert.equal(seen.kind, 'fdb');
  assert.equal(seen.lease, undefined);
  await apply(['name: web1, nics: [{segment: dev}]', 'name: db1, nics: [{segment: dev}]']);
  assert.deepEqual(
    [(await leaseOf('web1')).mac, (await leaseOf('db1')).mac],
    ['02:1a:3f:00:00:01', '02:1a:3f:00:00:02'],
  );
  await assert.rejects(
    open.engine.macs.lease({ items: [{ mac: first }] }, { who: 'tester', from: 'test' }),
    (error: Error) => error.message.includes(first) && error.message.includes('stranger'),
  );
});

test('what is in its place is neither a stranger nor in conflict', async () => {
  for (const guest of ['web1', 'db1']) configureGuest(await leaseOf(guest));
  shell('ip netns exec web1 busybox ping -c 1 -W 2 10.77.10.1');
  await sleep(1_200);
  const { mac } = await leaseOf('web1');
  assert.deepEqual((await open.engine.wire.seen({ mac, limit: 10 })).seen, []);
  assert.deepEqual(await open.engine.wire.conflicts({}), []);
});

test("a guest that uses its neighbour's MAC address raises one conflict that names both ports", async () => {
  const [web1, db1] = [await leaseOf('web1'), await leaseOf('db1')];
  // What the kernel tells of ages is whole seconds: frames of the second of the change itself are not held against it.
  await sleep(2_000);
  sendFrames('web1', [spoofedArp(db1.mac)]);
  const [conflict] = await until('the conflict', async () => {
    const conflicts = await open.engine.wire.conflicts({});
    return conflicts.length > 0 ? conflicts : undefined;
  });
  assert.ok(conflict);
  assert.equal(conflict.mac, db1.mac);
  assert.equal(conflict.holder, 'db1/0');
  assert.equal(conflict.place.device, portOf('db1'));
  assert.deepEqual([conflict.other.device, conflict.other.nic], [portOf('web1'), 'web1/0']);
  assert.equal(conflict.state, 'open');
  sendFrames('web1', [spoofedArp(db1.mac)]);
  await sleep(1_200);
  assert.equal((await open.engine.wire.conflicts({ all: true })).length, 1);
  const entries = (await open.engine.journal(50)).filter(({ kind }) => kind === 'conflict');
  assert.equal(entries.length, 1);
  for (const port of [portOf('web1'), portOf('db1')]) assert.ok(entries[0]?.text.includes(`"${port}"`), port);
  assert.ok((await open.engine.status()).warnings.some((text) => text.includes(db1.mac)));
  assert.notEqual(web1.mac, db1.mac);
});

test('a conflict is resolved by a command that first says what it will do', async () => {
  const { mac } = await leaseOf('db1');
  const actor = { who: 'tester', from: 'test' };
  const plan = await open.engine.wire.resolve({ target: mac, dryRun: true }, actor);
  assert.deepEqual([plan.how, plan.done], ['rotate', false]);
  assert.ok(plan.lines[0]?.includes('db1/0'));
  assert.equal((await open.engine.wire.conflicts({}))[0]?.state, 'open', 'nothing was changed');
  const kept = await open.engine.wire.resolve({ target: mac, how: 'keep' }, actor);
  assert.equal(kept.done, true);
  assert.equal((await open.engine.wire.conflicts({}))[0]?.state, 'acknowledged');
  assert.ok(!(await open.engine.status()).warnings.some((text) => text.includes(mac)));
  const answer = await open.engine.wire.resolve({ target: mac, how: 'rotate' }, actor);
  assert.equal(answer.done, true);
  const [rotation] = await open.engine.rotations.list();
  assert.deepEqual([rotation?.guest, rotation?.from], ['db1', mac]);
});

test('what another host reports of a leased MAC address is a conflict that names both hosts', async () => {
  const { mac } = await leaseOf('web1');
  const { conflicts } = await open.engine.wire.report({
    host: 'node-2',
    sightings: [
      { mac, device: 'vnet7', bridge: 'br0' },
      { mac: '02:00:00:00:be:ef', device: 'vnet8' },
    ],
  });
  assert.equal(conflicts.length, 1);
  assert.equal(conflicts[0]?.other.host, 'node-2');
  assert.equal(conflicts[0]?.other.device, 'vnet7');
  assert.match(conflicts[0]?.text ?? '', /host "node-2"/);
  assert.equal((await seenAs('02:00:00:00:be:ef', 'vnet8'))?.host, 'node-2');
});

test('a squatter that says nothing is found where probes are on, and nobody is asked where they are off', async () => {
  const guests = [
    'name: web1, nics: [{segment: dev}]',
    'name: db1, nics: [{segment: dev}]',
    'name: silent, nics: [{segment: asked}]',
    'name: quiet, nics: [{segment: dev}]',
  ];
  await apply(guests);
  for (const [name, ip] of [
    ['silent', '10.77.20.3'],
    ['quiet', '10.77.10.5'],
  ] as const) {
    configureGuest(await leaseOf(name));
    shell(`
      ip -n ${name} address add ${ip}/24 dev eth0
      ip netns exec ${name} nft 'add table arp count'
      ip netns exec ${name} nft 'add chain arp count in { type filter hook input priority 0; }'
      ip netns exec ${name} nft 'add rule arp count in arp operation request arp saddr ip 0.0.0.0 counter'
    `);
  }
  await apply([...guests, 'name: late, nics: [{segment: asked}, {segment: dev}]']);
  const leases = (await open.engine.leases()).filter(({ guest }) => guest === 'late');
  assert.equal(leases.find(({ segment }) => segment === 'asked')?.ipv4, '10.77.20.4');
  const squatter = await seenAs((await leaseOf('silent')).mac, portOf('silent'));
  assert.deepEqual([squatter?.ip, squatter?.kind, squatter?.segment], ['10.77.20.3', 'probe', 'asked']);
  const probes = (name: string): number =>
    Number(/packets (\d+)/.exec(shell(`ip netns exec ${name} nft list chain arp count in`))?.[1]);
  assert.ok(probes('silent') > 0);
  assert.equal(probes('quiet'), 0);
});

test('ten thousand addresses behind a port are all seen while others get their turns', async () => {
  // On a bridge of somebody else: on ours, entries that the site does not declare are taken away.
  shell('ip link add name br8 type bridge && ip link set br8 up');
  plugStranger('crowd', { bridge: 'br8', mac: '02:00:00:00:00:0c', ipv4: '10.77.10.201/24' });
  const entries = Array.from({ length: 10_000 }, (_, n) => {
    const last = n.toString(16).padStart(4, '0');
    return `fdb add 02:00:00:01:${last.slice(0, 2)}:${last.slice(2)} dev crowd master static`;
  });
  execFileSync('bridge', ['-batch', '-'], { input: entries.join('\n') });
  let turns = 0;
  const count = setInterval(() => turns++, 1);
  const { total } = await until('the crowd', async () => {
    const list = await open.engine.wire.seen({ device: 'crowd', limit: 1 });
    return list.total >= 10_000 ? list : undefined;
  });
  clearInterval(count);
  assert.equal(total, 10_001, 'and the interface itself');
  assert.ok(turns > 50, `${turns} turns`);
});

test('a flood of made-up MAC addresses from one guest does not grow the table without end', async () => {
  const frames = Array.from({ length: 4_000 }, (_, n) => {
    const last = n.toString(16).padStart(4, '0');
    return spoofedArp(`02:00:00:02:${last.slice(0, 2)}:${last.slice(2)}`);
  });
  sendFrames('web1', frames);
  const flood = await until('the flood', async () => {
    const { seen } = await open.engine.wire.seen({ device: portOf('web1'), limit: 10_000 });
    const made = seen.filter(({ mac }) => mac.startsWith('02:00:00:02:'));
    return made.length > 0 ? made : undefined;
  });
  // The guard notes a few at once and then some each minute; it counts all.
  assert.ok(flood.length <= 100, `${flood.length} kept`);
});
