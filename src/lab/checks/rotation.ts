import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { RotationView } from '../../client/rotations.ts';
import { runCommand } from '../../system/run-command.ts';
import { sitePath } from '../gateway.ts';
import { askDhcp } from '../guests.ts';
import type { PreparedLab } from '../prepare.ts';
import { labFiles, shared, world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { allOf, observeAnswer, observeNoAnswer } from './attempts.ts';
import { keepConnecting, type Path } from './keep-connecting.ts';

const hookPath = fileURLToPath(new URL('../../../examples/hooks/namespace', import.meta.url));
const hooks = { good: `${labFiles.directory}/hook`, bad: `${labFiles.directory}/failing-hook` };
const file = `${labFiles.directory}/rotation.yaml`;
/** An address that nobody was given. */
const invented = '02:1a:3f:ff:ff:fe';
const patience = 15_000;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The lab's site with hooks, and times that a demonstration can wait for. */
async function applySite(scene: Scene): Promise<void> {
  // The hook runs as the lab's root, to whom an installed file may not belong.
  await copyFile(hookPath, hooks.good);
  await writeFile(hooks.bad, '#!/bin/sh\necho "no such machine" >&2; exit 7\n', { mode: 0o755 });
  const site = parse(await readFile(sitePath, 'utf8')) as { guests: { name: string }[] };
  const kinds: Readonly<Record<string, string>> = { web1: 'namespace', sip1: 'namespace', api1: 'broken' };
  const text = JSON.stringify({
    ...site,
    guests: site.guests.map((guest) => ({ ...guest, ...(kinds[guest.name] ? { kind: kinds[guest.name] } : {}) })),
    rotation: {
      grace: '1s',
      overlap: '1h',
      hooks: [
        { kind: 'namespace', program: hooks.good },
        { kind: 'broken', program: hooks.bad },
      ],
    },
  });
  await writeFile(file, text);
  await scene.gateway.cli('apply', file);
}

async function macOf(guest: string): Promise<string> {
  const { stdout } = await runCommand(['ip', '-n', guest, '-j', 'link', 'show', 'eth0']);
  return (JSON.parse(stdout) as [{ address: string }])[0].address;
}

const setMac = (guest: string, mac: string) => runCommand(['ip', '-n', guest, 'link', 'set', 'eth0', 'address', mac]);

/** Waits until the rotation of a guest is over, or in a phase; answers what it was last. */
async function waitFor(scene: Scene, guest: string, phase?: RotationView['phase']): Promise<RotationView | undefined> {
  for (const end = performance.now() + patience; ; await pause(50)) {
    const found = (await scene.gateway.client.rotations.list()).find((one) => one.guest === guest);
    if (found?.phase === phase || found?.phase === 'failed' || performance.now() > end) return found;
  }
}

/** Rotates a running guest by its hook, with streams and ever new connections on all its ways meanwhile. */
async function observeHot(scene: Scene, guest: string, paths: readonly Path[]): Promise<Observation> {
  const before = await macOf(guest);
  const stop = await keepConnecting(scene, paths);
  await pause(300);
  await scene.gateway.cli('rotate', `${guest}/0`, '--wait');
  await pause(300);
  const { connections, lost, streams } = await stop();
  const after = await macOf(guest);
  const lease = (await scene.gateway.client.leases()).find((one) => one.guest === guest);
  const moved = after !== before && lease?.mac === after;
  return {
    seen: `${moved ? 'another MAC address' : `MAC address ${after}`}, ${connections} connections, ${lost.length} lost${lost.length > 0 ? ` (${lost[0]})` : ''}; ${streams.seen}`,
    ok: moved && lost.length === 0 && connections > 0 && streams.ok,
  };
}

async function checkMoving(scene: Scene): Promise<void> {
  const web1 = scene.lease('web1');
  const out = (from: string): Path[] => [
    { from, address: world.ipv4, port: 80 },
    { from, address: world.ipv6, port: 80 },
  ];
  await scene.check(
    'web1 gets a new MAC address by its hook: out, in, from next door, IPv6',
    'no connection lost',
    () =>
      observeHot(scene, 'web1', [
        ...out('web1'),
        { from: 'world', address: shared.ipv4, port: 8080 },
        { from: 'db1', address: web1.ipv4, port: 80 },
        { from: 'db1', address: web1.ipv6 ?? '', port: 80 },
      ]),
  );
  await scene.check('web1 asks for its address by DHCP with the new MAC address', web1.ipv4, async () => {
    const seen =
      /lease of (\S+) obtained/.exec(await askDhcp('web1', '/bin/true'))?.[1]?.replace(/,$/, '') ?? 'no lease';
    return { seen, ok: seen === web1.ipv4 };
  });
  await scene.check('sip1, which has the shared address, gets a new MAC address', 'no connection lost', () =>
    observeHot(scene, 'sip1', [
      ...out('sip1'),
      { from: 'world', address: shared.ipv4, port: 5060 },
      { from: 'host', address: shared.ipv4, port: 5060 },
      { from: 'db1', address: shared.ipv4, port: 5060 },
    ]),
  );
}

async function checkOverlap(scene: Scene): Promise<void> {
  const toWorld = { from: 'web1', address: world.ipv4, port: 80 };
  const reaches = () => observeAnswer(scene, toWorld, { by: 'world' });
  const old = await macOf('web1');
  // Without its kind the guest has no hook, and moves when it likes.
  await scene.gateway.cli('apply', sitePath);
  const { rotations } = await scene.gateway.client.rotations.rotate({ nics: [{ guest: 'web1', nic: 0 }], grace: 1 });
  const fresh = rotations[0]?.to ?? '';
  await scene.check('web1 has no hook: with its old MAC address during the overlap', 'world answers', reaches);
  await scene.check('web1 with a MAC address of its own making during the overlap', 'no answer', async () => {
    await setMac('web1', invented);
    return observeNoAnswer(scene, toWorld);
  });
  await scene.check('web1 with the new MAC address: out, in, from next door', 'answered', async () => {
    await setMac('web1', fresh);
    const first = await reaches();
    await waitFor(scene, 'web1', 'moved');
    const others = await Promise.all([
      observeAnswer(scene, { from: 'world', address: shared.ipv4, port: 8080 }, { by: 'web1' }),
      observeAnswer(scene, { from: 'db1', address: scene.lease('web1').ipv4, port: 80 }, { by: 'web1' }),
    ]);
    return allOf([first, ...others]);
  });
  await scene.check('web1 with the old MAC address after it has retired', 'no answer', async () => {
    await waitFor(scene, 'web1');
    await setMac('web1', old);
    const refused = await observeNoAnswer(scene, toWorld);
    await setMac('web1', fresh);
    return refused;
  });
  await scene.check('web1 with the new one again', 'world answers', reaches);
}

/** New MAC addresses for guests that go on working. Leaves them with their new ones. */
export async function checkRotation(scene: Scene, lab: PreparedLab): Promise<void> {
  try {
    await applySite(scene);
    await checkMoving(scene);
    await scene.check('a hook fails: api1 keeps its MAC address, and it is said why', 'exit status 7', async () => {
      const before = await macOf('api1');
      await scene.gateway.client.rotations.rotate({ nics: [{ guest: 'api1', nic: 0 }] });
      const { error = 'no error' } = (await waitFor(scene, 'api1', 'failed')) ?? {};
      const answer = await observeAnswer(scene, { from: 'api1', address: world.ipv4, port: 80 }, { by: 'world' });
      await scene.gateway.cli('rotate', 'api1/0', '--back');
      const kept = (await macOf('api1')) === before;
      return { seen: error, ok: kept && answer.ok && /exit status 7: no such machine/.test(error) };
    });
    await checkOverlap(scene);
  } finally {
    await scene.gateway.cli('apply', sitePath);
    await lab.renewLeases();
  }
}
