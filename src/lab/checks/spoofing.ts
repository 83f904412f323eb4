import { runCommand } from '../../system/run-command.ts';
import type { FrameFilter } from '../agent/captures.ts';
import { type Attack, datagram, inventedMac, listAttacks, marker } from '../attacks.ts';
import { setGuestMac } from '../guests.ts';
import { etherType } from '../raw-frame.ts';
import { arpAnnouncement } from '../rogue-message.ts';
import { shared, world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { answers, attempt, observeAnswer, renderOutcome } from './attempts.ts';
import { judgeStream } from './streams.ts';

const attacker = 'web1';
const victim = 'db1';
/** Who could be hurt: both neighbours on the segment, a guest of another one, and the world. */
const bystanders = ['db1', 'sip1', 'api1', 'world'] as const;
const ROUNDS = 10;
const neighbourStream = 'neighbour';

const settle = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Frames that came in at each bystander while `act` ran. */
async function capture(
  scene: Scene,
  filter: FrameFilter,
  act: () => Promise<unknown>,
): Promise<{ total: number; text: string }> {
  const name = 'rogue';
  await Promise.all(bystanders.map((n) => scene.agent(n).call('startCapture', { name, device: 'eth0', filter })));
  try {
    await act();
    await settle(60);
    const counts = await Promise.all(bystanders.map((n) => scene.agent(n).call('reportCapture', { name })));
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const where = bystanders.map((n, i) => [n, counts[i]?.count ?? 0] as const).filter(([, count]) => count > 0);
    return { total, text: where.map(([n, count]) => `${count} at ${n}`).join(', ') || '0 arrive' };
  } finally {
    await Promise.all(bystanders.map((n) => scene.agent(n).call('stopCapture', { name })));
  }
}

/** Frames that the guard has counted against a port, by offence. */
async function countOffences(scene: Scene, port: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const found of await scene.gateway.offenders()) {
    if (found.port === port) counts.set(found.offence, (counts.get(found.offence) ?? 0) + found.packets);
  }
  return counts;
}

async function observeAttack(scene: Scene, attack: Attack): Promise<Observation> {
  const { port } = scene.lease(attacker);
  const before = await countOffences(scene, port);
  await scene.agent(victim).call('reportStream', { name: neighbourStream });
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
  const stream = judgeStream(await scene.agent(victim).call('reportStream', { name: neighbourStream }));
  const after = await countOffences(scene, port);
  const counted = attack.offences.reduce((sum, name) => sum + (after.get(name) ?? 0) - (before.get(name) ?? 0), 0);
  const named = counted === sent ? `${port} named` : `${counted} of ${sent} counted at ${port}`;
  return {
    seen: `${arrived.text} of ${sent}; ${named}; ${stream.seen}`,
    ok: arrived.total === 0 && counted === sent && stream.ok,
  };
}

const expectation = 'none arrives; every frame counted and the port named; no gap at the neighbour';

/** A guest that breaks the rules is cut off, its port is named, and its neighbours notice nothing. */
export async function checkSpoofing(scene: Scene): Promise<void> {
  const me = scene.lease(attacker);
  const other = scene.lease(victim);
  await scene.agent(victim).call('startStream', { name: neighbourStream, address: world.ipv4, port: 80 });
  try {
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
    await checkRealChanges(scene);
  } finally {
    await scene.agent(victim).call('stopStream', { name: neighbourStream });
  }
}

/** `storm: {broadcast: 200/second}` of examples/devlab.yaml, and as many at once. */
const stormRate = 200;
const stormFrames = 1000;

/** Broadcasts that are honest but too many are cut down to the segment's rate, and the port is named. */
async function checkStorm(scene: Scene): Promise<void> {
  const me = scene.lease(attacker);
  const expected = `at most ${2 * stormRate} arrive at each neighbour; port named; no gap at the neighbour`;
  await scene.check(`${attacker} sends ${stormFrames} honest broadcasts within a second`, expected, async () => {
    await scene.agent(victim).call('reportStream', { name: neighbourStream });
    const start = performance.now();
    const frame = arpAnnouncement({ source: me.mac, senderMac: me.mac, senderIp: me.ipv4 });
    const frames = Array.from({ length: 20 }, () => frame.toString('hex'));
    const filter = { sourceIn: [me.mac], type: etherType.arp };
    const arrived = await capture(scene, filter, () =>
      scene.agent(attacker).call('sendFrames', { device: 'eth0', frames, times: stormFrames / 20, pause: 10 }),
    );
    const seconds = (performance.now() - start) / 1000;
    const stream = judgeStream(await scene.agent(victim).call('reportStream', { name: neighbourStream }));
    const named = ((await countOffences(scene, me.port)).get('storm') ?? 0) > 0;
    // A bucket of one second's worth, and what flows in meanwhile, at each of the two neighbours on the segment.
    const limit = 2 * (stormRate + Math.ceil(stormRate * seconds));
    return {
      seen: `${arrived.text} in ${seconds.toFixed(1)} s; ${named ? 'named' : 'not named'}; ${stream.seen}`,
      ok: arrived.total > 0 && arrived.total <= limit && named && stream.ok,
    };
  });
}

/** The same with the guest's own interface set to something else, as its administrator would, and set back. */
async function checkRealChanges(scene: Scene): Promise<void> {
  const me = scene.lease(attacker);
  const ip = (...words: string[]) => runCommand(['ip', '-n', attacker, ...words]);
  const changes = [
    {
      name: 'changes the MAC of its interface',
      sourceIn: [inventedMac] as string[],
      change: () => setGuestMac(attacker, inventedMac),
      restore: () => setGuestMac(attacker, me.mac),
    },
    {
      name: 'changes its IPv4 address',
      sourceIn: undefined,
      change: async () => {
        await ip('-4', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
        await ip('address', 'add', '10.77.10.199/24', 'dev', 'eth0');
      },
      restore: () => ip('-4', 'address', 'flush', 'dev', 'eth0', 'scope', 'global'),
    },
  ];
  for (const { name, sourceIn, change, restore } of changes) {
    await scene.check(
      `${attacker} ${name}`,
      'reaches nobody, no frame of it arrives; no gap at the neighbour',
      async () => {
        await scene.agent(victim).call('reportStream', { name: neighbourStream });
        try {
          await change();
          await ip('route', 'replace', 'default', 'via', '10.77.10.1', 'dev', 'eth0', 'onlink');
          return await observeCutOff(scene, sourceIn);
        } finally {
          await restore();
          await restoreAddresses(scene);
        }
      },
    );
    await scene.check(`${attacker} changes back`, `reaches the world again as ${shared.ipv4}`, () =>
      observeAnswer(scene, { from: attacker, address: world.ipv4, port: 80 }, { by: 'world', as: [shared.ipv4] }),
    );
  }
}

async function observeCutOff(scene: Scene, sourceIn: string[] | undefined): Promise<Observation> {
  const targets = [
    { from: attacker, address: world.ipv4, port: 80 },
    { from: attacker, address: scene.lease(victim).ipv4, port: 8000 },
  ];
  let outcomes: Awaited<ReturnType<typeof attempt>>[] = [];
  const arrived = await capture(
    scene,
    sourceIn ? { sourceIn } : { holds: [Buffer.from([10, 77, 10, 199]).toString('hex')] },
    async () => {
      outcomes = await Promise.all(targets.map((target) => attempt(scene, target, 700)));
    },
  );
  const stream = judgeStream(await scene.agent(victim).call('reportStream', { name: neighbourStream }));
  const reached = outcomes.filter((outcome) => outcome.greeting !== undefined);
  return {
    seen: `${outcomes.map(renderOutcome).join(', ')}; ${arrived.text}; ${stream.seen}`,
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
  answers(await attempt(scene, { from: attacker, address: world.ipv4, port: 80 }), { by: 'world' });
}
