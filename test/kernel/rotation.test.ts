import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RotateRequest, RotationView } from '../../src/reconciler/rotations/contract.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine, temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const tester = { who: 'tester', from: 'a test' };
const namespaceHook = fileURLToPath(new URL('../../examples/hooks/namespace', import.meta.url));
const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;
let failingHook: string;

/** A hook of this test: moves the guest and fails after that, unless it is asked to move it back. */
function writeHook(directory: string, text: string): string {
  const path = join(directory, 'hook');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

before(async () => {
  buildNetwork(['web1', 'db1', 'cold1', 'bad1', 'sip1']);
  open = await openEngine(scope);
  const marker = join(temporaryDirectory(scope), 'was-there');
  failingHook = writeHook(
    temporaryDirectory(scope),
    `${namespaceHook} "$@"; [ -e ${marker} ] && exit 0; touch ${marker}; echo "the hypervisor is on fire" >&2; exit 3`,
  );
  await open.apply(site());
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ world: [80, 'udp/9000'], web1: [80], db1: [80], cold1: [80], bad1: [80], sip1: [5060] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const site = (): string =>
  siteText({
    head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
watch: {guests: false, forwards: false}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
rotation: {grace: 2s, overlap: 1h, hooks: [{kind: namespace, program: ${namespaceHook}}, {kind: broken, program: ${failingHook}}]}
`,
    guests: [
      'name: web1, owner: team-a, kind: namespace, nics: [{segment: dev}]',
      'name: db1, nics: [{segment: dev, mac: "02:1a:3f:00:10:01", ip: 10.77.10.20}]',
      'name: cold1, nics: [{segment: dev}]',
      'name: bad1, kind: broken, nics: [{segment: dev}]',
      'name: sip1, kind: namespace, share: same-address, ports: [5060], nics: [{segment: dev}]',
    ],
    forwards: ['port: 8080, to: "web1:80"', 'port: 8081, to: "cold1:80"'],
  });

const rotate = (guest: string, more: Partial<RotateRequest> = {}) =>
  open.engine.rotations.rotate({ nics: [{ guest, nic: 0 }], ...more }, tester);

async function rotationOf(guest: string): Promise<RotationView | undefined> {
  return (await open.engine.rotations.list()).find((one) => one.guest === guest);
}

/** Waits for a rotation to come into a phase, or to be over (`undefined`). */
async function until(guest: string, phase: RotationView['phase'] | undefined, seconds = 15): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const seen = (await rotationOf(guest))?.phase;
    if (seen === phase) return;
    assert.ok(Date.now() < end, `rotation of ${guest} is ${seen}, expected ${phase}; ${open.log.slice(-3).join('; ')}`);
    await sleep(50);
  }
}

const leaseOf = async (guest: string) => {
  const found = (await open.engine.leases()).find((lease) => lease.guest === guest);
  assert.ok(found, guest);
  return found;
};
const macOf = (guest: string): string =>
  /link\/ether (\S+)/.exec(shell(`ip -n ${guest} link show eth0`))?.[1] ?? 'none';
const setMac = (guest: string, mac: string): unknown => shell(`ip -n ${guest} link set dev eth0 address ${mac}`);

interface Path {
  readonly from: string;
  readonly address: string;
  readonly port: number;
}

/** Keeps opening new connections on every path until it is stopped; answers how many there were and those that failed. */
function keepConnecting(paths: readonly Path[]): () => Promise<{ count: number; lost: string[] }> {
  let stopped = false;
  let count = 0;
  const lost: string[] = [];
  const loops = paths.map(async ({ from, address, port }) => {
    while (!stopped) {
      const { failure } = await guests.connect(from, address, port, { timeout: 5_000 });
      count++;
      if (failure !== undefined) lost.push(`${from} to ${address} port ${port}: ${failure}`);
      await sleep(10);
    }
  });
  return async () => {
    stopped = true;
    await Promise.all(loops);
    return { count, lost };
  };
}

/** Streams on every path, which are looked at when it is called. */
async function startStreams(paths: readonly Path[]): Promise<() => Promise<string[]>> {
  for (const [n, { from, address, port }] of paths.entries()) {
    await guests.agent(from).call('startStream', { name: `stream-${n}`, address, port });
  }
  return async () => {
    const broken: string[] = [];
    for (const [n, { from, address, port }] of paths.entries()) {
      await guests.agent(from).call('reportStream', { name: `stream-${n}` });
      await sleep(300);
      const { bytes, failure } = await guests.agent(from).call('reportStream', { name: `stream-${n}` });
      if (failure !== undefined || bytes < 2_000) broken.push(`${from} to ${address}:${port}: ${failure ?? bytes}`);
      await guests.agent(from).call('stopStream', { name: `stream-${n}` });
    }
    return broken;
  };
}

test('a running guest in nat mode gets a new MAC address and loses no connection, out, in, next door, over IPv6', async () => {
  const before = await leaseOf('web1');
  const paths = [
    { from: 'web1', address: world.ipv4, port: 80 },
    { from: 'web1', address: world.ipv6, port: 80 },
    { from: 'world', address: shared.ipv4, port: 8080 },
    { from: 'world', address: shared.ipv6, port: 8080 },
    { from: 'db1', address: before.ipv4, port: 80 },
    { from: 'db1', address: before.ipv6 ?? '', port: 80 },
  ];
  const streams = await startStreams(paths);
  const stop = keepConnecting(paths);
  await sleep(300);
  const { rotations } = await rotate('web1');
  assert.equal(rotations[0]?.phase, 'prepared');
  assert.equal(rotations[0]?.from, before.mac);
  await until('web1', 'moved');
  assert.equal(macOf('web1'), rotations[0]?.to);
  await until('web1', undefined);
  await sleep(300);
  const { count, lost } = await stop();
  assert.deepEqual(lost, []);
  assert.ok(count > 50, `${count} connections`);
  assert.deepEqual(await streams(), []);
  const { mac, ...rest } = await leaseOf('web1');
  assert.equal(mac, rotations[0]?.to);
  assert.deepEqual({ ...rest, mac: before.mac }, before, 'addresses, port and block are what they were');
});

test('a running guest with the shared address gets a new MAC address and loses no connection', async () => {
  const before = await leaseOf('sip1');
  const paths = [
    { from: 'sip1', address: world.ipv4, port: 80 },
    { from: 'world', address: shared.ipv4, port: 5060 },
    { from: 'db1', address: shared.ipv4, port: 5060 },
    { from: 'host', address: shared.ipv4, port: 5060 },
    { from: 'sip1', address: world.ipv6, port: 80 },
  ];
  const streams = await startStreams(paths);
  const stop = keepConnecting(paths);
  const { rotations } = await rotate('sip1');
  await until('sip1', undefined);
  assert.equal(macOf('sip1'), rotations[0]?.to);
  const { count, lost } = await stop();
  assert.deepEqual(lost, []);
  assert.ok(count > 50, `${count} connections`);
  assert.deepEqual(await streams(), []);
  assert.deepEqual({ ...(await leaseOf('sip1')), mac: before.mac }, before);
});

test('during the overlap both addresses pass and no other; after it the old one does not', async () => {
  const before = await leaseOf('cold1');
  const reachable = () => guests.answer('cold1', world.ipv4, 80, { timeout: 1_500 });
  const { rotations } = await rotate('cold1');
  const fresh = rotations[0]?.to ?? '';
  assert.equal(await reachable(), 'world', 'with the old one');
  setMac('cold1', '02:1a:3f:ff:ff:fe');
  assert.equal(await reachable(), 'timeout', 'with one of its own making');
  setMac('cold1', fresh);
  assert.equal(await reachable(), 'world', 'with the new one');
  await until('cold1', 'moved', 3);
  assert.equal(await guests.answer('world', shared.ipv4, 8081), 'cold1', 'the host has found it');
  assert.equal(await guests.answer('db1', before.ipv4, 80), 'cold1', 'the neighbour has found it');
  await until('cold1', undefined);
  setMac('cold1', before.mac);
  assert.equal(await reachable(), 'timeout', 'the old one has retired');
  setMac('cold1', fresh);
  assert.equal(await reachable(), 'world');
  const journal = (await open.registry.journal(50)).filter(({ kind }) => kind === 'rotate');
  assert.match(journal[0]?.text ?? '', new RegExp(`NIC "cold1/0" has ${fresh} alone; ${before.mac} retired`));
});

test('the host follows a guest that takes its old address again, and takes the new one back in the end', async () => {
  const before = await leaseOf('cold1');
  const { rotations } = await rotate('cold1', { overlap: 12, grace: 10 });
  setMac('cold1', rotations[0]?.to ?? '');
  assert.equal(await guests.answer('cold1', world.ipv4, 80), 'world');
  await until('cold1', 'moved', 3);
  await sleep(3_500);
  setMac('cold1', before.mac);
  const talking = keepConnecting([{ from: 'cold1', address: world.ipv4, port: 80 }]);
  await until('cold1', 'prepared', 8);
  assert.equal(await guests.answer('world', shared.ipv4, 8081), 'cold1');
  await until('cold1', 'failed', 15);
  const { lost } = await talking();
  assert.deepEqual(lost, []);
  assert.equal((await leaseOf('cold1')).mac, before.mac);
  assert.match((await rotationOf('cold1'))?.error ?? '', /did not move before the overlap ended/);
  assert.ok((await open.engine.status()).warnings.some((text) => text.includes('rotation of NIC "cold1/0"')));
  await open.engine.rotations.back('cold1', 0, tester);
  assert.equal(await rotationOf('cold1'), undefined);
});

test('a hook that fails half way: the guest goes back, nobody is cut off, and it says why', async () => {
  const before = await leaseOf('bad1');
  const talking = keepConnecting([
    { from: 'bad1', address: world.ipv4, port: 80 },
    { from: 'db1', address: before.ipv4, port: 80 },
  ]);
  await rotate('bad1');
  await until('bad1', 'failed');
  await sleep(300);
  const { lost } = await talking();
  assert.deepEqual(lost, []);
  assert.equal(macOf('bad1'), before.mac);
  assert.equal((await leaseOf('bad1')).mac, before.mac);
  assert.match((await rotationOf('bad1'))?.error ?? '', /exit status 3: the hypervisor is on fire/);
});

test('what cannot rotate is refused with the reason', async () => {
  await assert.rejects(rotate('db1'), /has MAC address "02:1a:3f:00:10:01" by the site file/);
  await assert.rejects(rotate('nobody'), /there is no NIC "nobody\/0"/);
  await rotate('cold1');
  await assert.rejects(rotate('cold1'), /rotates already \(prepared\)/);
  const answer = await open.engine.rotations.rotate({ segment: 'dev' }, tester);
  assert.equal(answer.skipped.length, 2, answer.skipped.join('; '));
  for (const { guest } of answer.rotations) await until(guest, undefined);
  await open.engine.rotations.back('cold1', 0, tester);
  assert.equal(await rotationOf('cold1'), undefined);
});

test('a rotating NIC is as declared, is verified, and goes with its guest', async () => {
  await rotate('cold1');
  const { checks } = await open.engine.verify();
  assert.deepEqual(
    checks.filter(({ ok }) => !ok),
    [],
  );
  assert.deepEqual((await open.engine.status()).drift, []);
  await open.apply(site().replace(/.*cold1.*\n/g, ''));
  await until('cold1', undefined, 3);
  assert.ok(!shell('nft list table bridge bridgekeeper').includes('rotating'), 'nothing is left of it in the kernel');
});
