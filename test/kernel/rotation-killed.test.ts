import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RotationView } from '../../src/client/rotations.ts';
import { shell } from '../drivers/linux/host/snapshot-host.ts';
import { enterNamespace } from '../drivers/linux/in-namespace.ts';
import { type DaemonProcess, startDaemonProcess } from '../reconciler/daemon-process.ts';
import { temporaryDirectory } from '../reconciler/open-engine.ts';
import { siteText } from '../reconciler/sites.ts';
import { buildNetwork, shared, world } from './network.ts';
import { type Guests, startGuests } from './start-guests.ts';

enterNamespace(import.meta.filename);

const namespaceHook = fileURLToPath(new URL('../../examples/hooks/namespace', import.meta.url));
const cleaning: (() => unknown)[] = [];
const scope = { after: (clean: () => unknown) => cleaning.unshift(clean) };
let directory: string;
let daemon: DaemonProcess;
let guests: Guests;

before(async () => {
  buildNetwork(['web1', 'sip1']);
  directory = temporaryDirectory(scope);
  // Slow enough to be killed in, before and after the guest has moved.
  const hook = join(directory, 'slow-hook');
  writeFileSync(hook, `#!/bin/sh\nsleep 0.5; ${namespaceHook} "$@"; sleep 0.5\n`);
  chmodSync(hook, 0o755);
  daemon = await startDaemonProcess(scope, directory);
  await daemon.client.apply({
    site: siteText({
      head: `
site: testlab
uplink: {interface: eth0, shared: [203.0.113.10, "2001:db8::10"]}
watch: {guests: false, forwards: false}
pools: [{name: default, range: 02:1a:3f:00:00:00/24}]
rotation: {grace: 1s, overlap: 1h, hooks: [{kind: namespace, program: ${hook}}]}
`,
      guests: [
        'name: web1, kind: namespace, nics: [{segment: dev}]',
        'name: sip1, kind: namespace, share: same-address, ports: [5060], nics: [{segment: dev}]',
      ],
      forwards: ['port: 8080, to: "web1:80"'],
    }),
  });
  guests = await startGuests(scope, daemon.client, ['world', 'host']);
  await guests.listen({ world: [80], web1: [80], sip1: [5060] });
  for (const [from, name, address, port] of streams) {
    await guests.agent(from).call('startStream', { name, address, port });
  }
});
after(async () => {
  for (const clean of cleaning) await clean();
});

const streams = [
  ['web1', 'out', world.ipv4, 80],
  ['world', 'in', shared.ipv4, 8080],
  ['world', 'same-address', shared.ipv4, 5060],
] as const;

/** A guest that moves while no daemon lives is sent to again by the next one, and TCP waits as long again at most. */
async function flowing(when: string): Promise<void> {
  for (const [from, name] of streams) {
    for (let tries = 0; ; tries++) {
      await guests.agent(from).call('reportStream', { name });
      await sleep(400);
      const { bytes, failure } = await guests.agent(from).call('reportStream', { name });
      assert.equal(failure, undefined, `${name} ${when}`);
      if (bytes > 2_000) break;
      assert.ok(tries < 20, `${name} ${when}: ${bytes} bytes`);
    }
  }
}

const macOf = (guest: string): string =>
  /link\/ether (\S+)/.exec(shell(`ip -n ${guest} link show eth0`))?.[1] ?? 'none';

async function restart(): Promise<void> {
  await daemon.kill();
  daemon = await startDaemonProcess(scope, directory);
}

async function until(wanted: string, holds: (rotations: RotationView[]) => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; ; await sleep(50)) {
    const rotations = await daemon.client.rotations.list();
    if (holds(rotations)) return;
    assert.ok(Date.now() < end, `${wanted}, but ${JSON.stringify(rotations)}; ${daemon.log().slice(-2000)}`);
  }
}

/** Nothing rotates, and what the registry says is what the guest has and the kernel lets through. */
async function settled(): Promise<void> {
  await until('nothing rotates any more', (rotations) => rotations.every(({ phase }) => phase === 'failed'));
  const leases = await daemon.client.leases();
  for (const { guest, mac } of leases) assert.equal(macOf(guest), mac, guest);
  assert.deepEqual((await daemon.client.status()).drift, []);
  const rules = shell('nft list set bridge bridgekeeper nic_mac');
  assert.equal(rules.match(/[0-9a-f]{2}(:[0-9a-f]{2}){5}/g)?.length, leases.length, rules);
  await flowing('afterwards');
}

for (const guest of ['web1', 'sip1']) {
  test(`the daemon is killed while the hook of ${guest} runs: the next one goes on`, async () => {
    const { rotations } = await daemon.client.rotations.rotate({ nics: [{ guest, nic: 0 }] });
    const to = rotations[0]?.to;
    await restart();
    const [standing] = await daemon.client.rotations.list();
    assert.equal(standing?.to, to, 'the new address is still its own');
    await settled();
    assert.equal(macOf(guest), to);
  });

  test(`the daemon is killed when ${guest} has moved: the next one retires the old address`, async () => {
    const { rotations } = await daemon.client.rotations.rotate({ nics: [{ guest, nic: 0 }] });
    await until(`${guest} has moved`, ([one]) => one?.phase === 'moved' && one.hook === 'done');
    await restart();
    await settled();
    assert.equal(macOf(guest), rotations[0]?.to);
  });
}

test('the daemon is killed at random moments of rotations: no stream breaks, and none stays half way', async () => {
  for (let round = 0; round < 6; round++) {
    const nics = ['web1', 'sip1'].map((guest) => ({ guest, nic: 0 }));
    const asked = daemon.client.rotations.rotate({ nics }).catch((error: { code?: string }) => {
      assert.equal(error.code, 'daemon-unreachable');
    });
    await sleep(randomInt(1_500));
    await restart();
    await asked;
    await settled();
  }
});
