import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAppError } from '../../src/errors/app-error.ts';
import type { Actor } from '../../src/registry/journal/journal.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type OpenEngine, openEngine, temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, portOf, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const site = siteText({
  guests: [
    'name: web1, owner: team-a, nics: [{segment: dev}]',
    'name: db1, nics: [{segment: dev}]',
    'name: sip1, share: same-address, ports: [5060], nics: [{segment: dev}]',
  ],
  forwards: ['port: 8080, to: "web1:80"'],
});
const ada: Actor = { who: 'ada', from: 'unix socket' };

const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let open: OpenEngine;
let guests: Guests;
let directory: string;
before(async () => {
  buildNetwork(['web1', 'db1', 'sip1']);
  directory = temporaryDirectory(scope);
  open = await openEngine(scope, { directory });
  await open.apply(site);
  guests = await startGuests(scope, open.engine, ['world', 'host']);
  await guests.listen({ world: [80], web1: [80], db1: [80], sip1: [5060], host: [8888] });
});
after(async () => {
  for (const clean of cleaning) await clean();
});

/** Somebody greets. */
const connects = async (from: string, address: string, port: number): Promise<boolean> =>
  (await guests.connect(from, address, port, { timeout: 1_000 })).greeting !== undefined;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await sleep(200)) if (await holds()) return;
  assert.fail(`${what}: not so after 20 s`);
}

async function addressOf(guest: string): Promise<string> {
  return (await open.engine.leases()).find((lease) => lease.guest === guest)?.ipv4 ?? '';
}

test('an isolated guest reaches nobody and nobody reaches it; the others go on; undo lets it go', async () => {
  const web1 = await addressOf('web1');
  const db1 = await addressOf('db1');
  assert.ok(await connects('web1', world.ipv4, 80));
  assert.ok(await connects('world', '203.0.113.10', 8080));
  const [view] = await open.engine.isolation.isolate({ guest: 'web1', seconds: 600, reason: 'sends spam' }, ada);
  assert.equal(view?.nic, 'web1/0');
  assert.equal(view?.port, portOf('web1'));
  assert.equal(view?.owner, 'team-a');
  const { warnings } = await open.engine.status();
  assert.ok(
    warnings.some((text) => /NIC "web1\/0" is isolated until .*, by ada: sends spam/.test(text)),
    warnings.join(),
  );
  for (const [from, address, port] of [
    ['web1', world.ipv4, 80],
    ['web1', db1, 80],
    ['web1', '10.77.10.1', 8888],
    ['world', '203.0.113.10', 8080],
    ['db1', web1, 80],
  ] as const)
    assert.equal(await connects(from, address, port), false, `${from} to ${address}`);
  assert.ok(await connects('db1', world.ipv4, 80), 'a neighbour goes on');
  const [listed] = await open.engine.isolation.list();
  assert.ok((listed?.dropped ?? 0) > 0, 'what it sent was counted');
  await open.engine.isolation.undo({ guest: 'web1' }, ada);
  await until('it is free', () => connects('web1', world.ipv4, 80));
  assert.ok(await connects('world', '203.0.113.10', 8080));
  assert.deepEqual(await open.engine.isolation.list(), []);
  assert.equal(shell('nft list tables').includes('isol'), false, 'nothing is left of it in the kernel');
});

test('a session that is open stands still, also where the kernel forwards it past its rules, and goes on afterwards', async (t) => {
  const run = (namespace: string, script: string) => {
    const argv = ['netns', 'exec', namespace, 'sh', '-c', script];
    const child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
    t.after(() => process.kill(-(child.pid as number), 'SIGKILL'));
    return child.stdout;
  };
  run('world', 'for i in $(seq 600); do echo $i; sleep 0.1; done | exec busybox nc -l -p 99');
  let got = 0;
  const listens = async () => shell('ip netns exec world ss -Htln sport = :99') !== '';
  await until('the world listens', listens);
  run('web1', `sleep 60 | exec busybox nc ${world.ipv4} 99`).on('data', () => got++);
  await until('the session runs', async () => got > 5);
  const offloads = shell('nft list table inet bridgekeeper').includes('flowtable');
  t.diagnostic(offloads ? 'flows are offloaded' : 'no flow is offloaded here');
  if (offloads)
    await until('the kernel forwards it by itself', async () =>
      shell('cat /proc/net/nf_conntrack').includes('[OFFLOAD]'),
    );
  await open.engine.isolation.isolate({ guest: 'web1', seconds: 600, reason: 'test' }, ada);
  const before = got;
  await sleep(1_500);
  assert.ok(got <= before + 1, `${got - before} more came`);
  await open.engine.isolation.undo({ guest: 'web1' }, ada);
  await until('it goes on', async () => got > before + 5);
});

test('it holds through another apply, a restart of the daemon and rules that are put back', async () => {
  await open.engine.isolation.isolate({ guest: 'web1', nic: 0, seconds: 600, reason: 'test' }, ada);
  await open.apply(site.replace('8080', '8081'));
  assert.equal(await connects('web1', world.ipv4, 80), false);
  await open.close();
  assert.equal(await connects('web1', world.ipv4, 80), false, 'without a daemon');
  open = await openEngine(scope, { directory });
  assert.equal(await connects('web1', world.ipv4, 80), false, 'with the next daemon');
  const [view] = await open.engine.isolation.list();
  assert.equal(view?.reason, 'test');
  shell('nft flush ruleset');
  await until('the gateway is back', () => connects('db1', world.ipv4, 80));
  await until('the isolation is back', async () => !(await connects('web1', world.ipv4, 80)));
  await open.engine.isolation.undo({ guest: 'web1' }, ada);
  await open.apply(site);
});

test('it ends by itself, in the kernel too when no daemon runs', async () => {
  await open.engine.isolation.isolate({ guest: 'db1', seconds: 10, reason: 'short' }, ada);
  assert.equal(await connects('db1', world.ipv4, 80), false);
  await open.close();
  await until('the kernel has let it go', () => connects('db1', world.ipv4, 80));
  open = await openEngine(scope, { directory });
  await until('the next daemon knows', async () => (await open.engine.isolation.list()).length === 0);
});

test('a limited guest goes on slowly, and what is too much is dropped', async () => {
  await open.engine.isolation.isolate({ guest: 'db1', limit: '50/second', seconds: 600, reason: 'too loud' }, ada);
  assert.ok(await connects('db1', world.ipv4, 80), 'a few frames pass');
  shell(`ip netns exec db1 busybox ping -q -c 400 -i 0.002 -W 1 ${world.ipv4} || true`);
  const [view] = await open.engine.isolation.list();
  assert.equal(view?.limit, '50/second');
  assert.ok((view?.dropped ?? 0) > 100, `${view?.dropped} were dropped`);
  await open.engine.isolation.undo({ guest: 'db1', nic: 0 }, ada);
});

test('a same-address guest is cut off as well, a guest that is unplugged as soon as it is back', async () => {
  assert.ok(await connects('world', '203.0.113.10', 5060));
  await open.engine.isolation.isolate({ guest: 'sip1', reason: 'test' }, ada);
  assert.equal(await connects('world', '203.0.113.10', 5060), false);
  await open.engine.detach('sip1', 0, 'tester');
  const [unplugged] = await open.engine.isolation.list();
  assert.equal(unplugged?.port, undefined);
  await open.engine.attach('sip1', 0, portOf('sip1'), 'tester');
  assert.ok(
    shell('nft list set bridge bridgekeeper_isolation cut').includes(portOf('sip1')),
    'before it is plugged in',
  );
  await until('its port is known', async () => (await open.engine.isolation.list())[0]?.port !== undefined);
  assert.equal(await connects('world', '203.0.113.10', 5060), false);
  await open.engine.isolation.undo({ guest: 'sip1' }, ada);
  await until('it is free', () => connects('world', '203.0.113.10', 5060));
});

test('what is not there cannot be isolated or let go, and the nearest name is said', async () => {
  const fails = (pattern: RegExp) => (error: unknown) => isAppError(error) && pattern.test(error.message);
  const { isolation } = open.engine;
  await assert.rejects(
    isolation.isolate({ guest: 'web2', reason: 'x' }, ada),
    fails(/no guest "web2"; did you mean "web1"/),
  );
  await assert.rejects(
    isolation.isolate({ guest: 'web1', nic: 3, reason: 'x' }, ada),
    fails(/has no NIC 3.*from 0 to 0/),
  );
  await assert.rejects(isolation.undo({ guest: 'web1' }, ada), fails(/isolated/));
  assert.deepEqual(await isolation.list(), []);
});

test('a NIC that leaves the site is let go, and destroy leaves nothing of it', async () => {
  await open.engine.isolation.isolate({ guest: 'db1', reason: 'test' }, ada);
  await open.apply(site.replace(/.*name: db1.*\n/, ''));
  await until('it is let go', async () => (await open.engine.isolation.list()).length === 0);
  await open.engine.isolation.isolate({ guest: 'web1', reason: 'test' }, ada);
  await open.engine.destroy('tester');
  assert.deepEqual(await open.engine.isolation.list(), []);
  assert.equal(shell('nft list tables').includes('bridgekeeper'), false);
});
