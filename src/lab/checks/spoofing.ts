import { etherType } from '../../system/raw-frame.ts';
import { type Attack, datagram, listAttacks, marker } from '../attacks.ts';
import { arpAnnouncement } from '../rogue-message.ts';
import { world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { attacker, capture, countOffences, observeNeighbour, victim, withNeighbour } from './bystanders.ts';
import { checkChangedAddresses } from './changed-addresses.ts';

const ROUNDS = 10;

async function observeAttack(scene: Scene, attack: Attack): Promise<Observation> {
  const { port } = scene.lease(attacker);
  const before = await countOffences(scene, port);
  await observeNeighbour(scene);
  const sent = attack.frames.length * ROUNDS;
  const known = attack.signatures ?? [marker];
  const arrived = await capture(scene, { holds: known.map((bytes) => bytes.toString('hex')) }, () =>
    scene.agent(attacker).call('sendFrames', {
      device: 'eth0',
      frames: attack.frames.map((frame) => frame.toString('hex')),
      times: ROUNDS,
      pause: 5,
    }),
  );
  const stream = await observeNeighbour(scene);
  const after = await countOffences(scene, port);
  const counted = attack.offences.reduce((sum, name) => sum + (after.get(name) ?? 0) - (before.get(name) ?? 0), 0);
  const named = counted === sent ? `${port} named` : `${counted} of ${sent} counted at ${port}`;
  return {
    seen: `${arrived.text} of ${sent}, ${named}, ${stream.seen}`,
    ok: arrived.total === 0 && counted === sent && stream.ok,
  };
}

const expectation = 'none arrives, port named, no gap at the neighbour';

/** A guest that breaks the rules is cut off, its port is named, and its neighbours notice nothing. */
export async function checkSpoofing(scene: Scene): Promise<void> {
  const me = scene.lease(attacker);
  const other = scene.lease(victim);
  await withNeighbour(scene, world.ipv4, async () => {
    await scene.check(
      `${attacker} sends honest raw frames`,
      `${ROUNDS} arrive at ${victim} (counting works)`,
      async () => {
        const frames = [datagram(me, other).toString('hex')];
        const arrived = await capture(scene, { holds: [marker.toString('hex')] }, () =>
          scene.agent(attacker).call('sendFrames', { device: 'eth0', frames, times: ROUNDS, pause: 5 }),
        );
        return { seen: arrived.text, ok: arrived.text === `${ROUNDS} at ${victim}` };
      },
    );
    for (const attack of listAttacks(me, other)) {
      await scene.check(`${attacker} ${attack.name}`, expectation, () => observeAttack(scene, attack));
    }
    await checkStorm(scene);
    await checkChangedAddresses(scene);
  });
}

/** `storm: {broadcast: 200/second}` of examples/devlab.yaml, and as many at once. */
const stormRate = 200;
const stormFrames = 1000;

/** Broadcasts that are honest but too many are cut down to the segment's rate, and the port is named. */
async function checkStorm(scene: Scene): Promise<void> {
  const me = scene.lease(attacker);
  const expected = `at most ${2 * stormRate} at each neighbour, port named, no gap`;
  await scene.check(`${attacker} sends ${stormFrames} honest broadcasts within a second`, expected, async () => {
    await observeNeighbour(scene);
    const start = performance.now();
    const frame = arpAnnouncement({ source: me.mac, senderMac: me.mac, senderIp: me.ipv4 });
    const frames = Array.from({ length: 20 }, () => frame.toString('hex'));
    const filter = { sourceIn: [me.mac], type: etherType.arp };
    const arrived = await capture(scene, filter, () =>
      scene.agent(attacker).call('sendFrames', { device: 'eth0', frames, times: stormFrames / 20, pause: 10 }),
    );
    const seconds = (performance.now() - start) / 1000;
    const stream = await observeNeighbour(scene);
    const named = ((await countOffences(scene, me.port)).get('storm') ?? 0) > 0;
    // A bucket of one second's worth, and what flows in meanwhile, at each of the two neighbours on the segment.
    const limit = 2 * (stormRate + Math.ceil(stormRate * seconds));
    return {
      seen: `${arrived.text} in ${seconds.toFixed(1)} s, ${named ? 'named' : 'not named'}, ${stream.seen}`,
      ok: arrived.total > 0 && arrived.total <= limit && named && stream.ok,
    };
  });
}
