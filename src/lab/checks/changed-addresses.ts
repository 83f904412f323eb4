import { ipBytes } from '../../system/raw-frame.ts';
import { runCommand } from '../../system/run-command.ts';
import type { FrameFilter } from '../agent/captures.ts';
import type { ConnectOutcome } from '../agent/connections.ts';
import { inventedIp, inventedIp6, inventedMac } from '../attacks.ts';
import { setGuestMac } from '../guests.ts';
import { shared, world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { type Attempt, attempt, observeAnswer, renderOutcome } from './attempts.ts';
import { attacker, capture, observeNeighbour, victim } from './bystanders.ts';

interface Change {
  readonly name: string;
  /** What is known of its frames where they arrive. */
  readonly filter: FrameFilter;
  /** Whom it tries to reach. */
  readonly targets: readonly Attempt[];
  readonly change: () => Promise<unknown>;
  readonly restore: () => Promise<unknown>;
}

/** Attacks with the guest's own interface set to something else, as its administrator would, and set back. */
export async function checkChangedAddresses(scene: Scene): Promise<void> {
  const me = scene.lease(attacker);
  const ip = (...words: string[]) => runCommand(['ip', '-n', attacker, ...words]);
  const flush = () => ip('-4', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
  const db1 = scene.lease(victim);
  const targets4 = [
    { from: attacker, address: world.ipv4, port: 80 },
    { from: attacker, address: db1.ipv4, port: 8000 },
  ];
  const foreign6 = ['address', 'replace', `${inventedIp6}/64`, 'dev', 'eth0', 'nodad'];
  const changes: Change[] = [
    // First, since a link that goes down forgets its default route until the next advertisement.
    {
      name: 'takes another IPv6 address',
      filter: { holds: [ipBytes(inventedIp6).toString('hex')] },
      targets: [
        { from: attacker, address: world.ipv6, port: 80, localAddress: inventedIp6 },
        { from: attacker, address: db1.ipv6 ?? world.ipv6, port: 8000, localAddress: inventedIp6 },
      ],
      change: () => ip('-6', ...foreign6),
      restore: () => ip('-6', 'address', 'delete', `${inventedIp6}/64`, 'dev', 'eth0'),
    },
    {
      name: 'changes the MAC of its interface',
      filter: { sourceIn: [inventedMac] },
      targets: targets4,
      change: () => setGuestMac(attacker, inventedMac),
      restore: () => setGuestMac(attacker, me.mac),
    },
    {
      name: 'changes its IPv4 address',
      filter: { holds: [ipBytes(inventedIp).toString('hex')] },
      targets: targets4,
      change: async () => {
        await flush();
        await ip('address', 'add', `${inventedIp}/24`, 'dev', 'eth0');
      },
      restore: flush,
    },
  ];
  for (const { name, filter, targets, change, restore } of changes) {
    await scene.check(`${attacker} ${name}`, 'reaches nobody, no gap at the neighbour', async () => {
      await observeNeighbour(scene);
      try {
        await change();
        await ip('route', 'replace', 'default', 'via', '10.77.10.1', 'dev', 'eth0', 'onlink');
        return await observeCutOff(scene, filter, targets);
      } finally {
        await restore();
        await restoreAddresses(scene);
      }
    });
    await scene.check(`${attacker} changes back`, `reaches the world again as ${shared.ipv4}`, () =>
      observeAnswer(scene, { from: attacker, address: world.ipv4, port: 80 }, { by: 'world', as: [shared.ipv4] }),
    );
  }
}

async function observeCutOff(scene: Scene, filter: FrameFilter, targets: readonly Attempt[]): Promise<Observation> {
  let outcomes: ConnectOutcome[] = [];
  const arrived = await capture(scene, filter, async () => {
    outcomes = await Promise.all(targets.map((target) => attempt(scene, target, 700)));
  });
  const stream = await observeNeighbour(scene);
  const reached = outcomes.filter((outcome) => outcome.greeting !== undefined);
  return {
    seen: `${outcomes.map(renderOutcome).join(', ')}, ${arrived.text}, ${stream.seen}`,
    ok: reached.length === 0 && arrived.total === 0 && stream.ok,
  };
}

/** What a flush or a link that went down took away. */
async function restoreAddresses(scene: Scene): Promise<void> {
  const { ipv4, ipv6 } = scene.lease(attacker);
  const ip = (...words: string[]) => runCommand(['ip', '-n', attacker, ...words]);
  await ip('address', 'replace', `${ipv4}/24`, 'dev', 'eth0');
  await ip('route', 'replace', 'default', 'via', '10.77.10.1', 'dev', 'eth0');
  if (ipv6) await ip('-6', 'address', 'replace', `${ipv6}/64`, 'dev', 'eth0');
  // The gateway is asked for anew; the check that follows waits for the answer.
  await attempt(scene, { from: attacker, address: world.ipv4, port: 80 });
}
