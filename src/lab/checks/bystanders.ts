import type { FrameFilter } from '../agent/captures.ts';
import type { Observation, Scene } from '../scene.ts';
import { judgeStream } from './streams.ts';

/** The guest that breaks the rules, and its neighbour on the segment. */
export const attacker = 'web1';
export const victim = 'db1';
/** Who could be hurt: both neighbours on the segment, a guest of another one, and the world. */
const bystanders = ['db1', 'sip1', 'api1', 'world'] as const;
const neighbourStream = 'neighbour';
/** Frames on their way, and the captures' polling. */
const SETTLE_MS = 60;

/** Runs `act` while the neighbour keeps a stream to the world, which `observeNeighbour` then judges. */
export async function withNeighbour(scene: Scene, address: string, act: () => Promise<void>): Promise<void> {
  await scene.agent(victim).call('startStream', { name: neighbourStream, address, port: 80 });
  try {
    await act();
  } finally {
    await scene.agent(victim).call('stopStream', { name: neighbourStream });
  }
}

/** What the neighbour's stream did since it was last looked at. */
export async function observeNeighbour(scene: Scene): Promise<Observation> {
  return judgeStream(await scene.agent(victim).call('reportStream', { name: neighbourStream }));
}

/** Frames that came in at each bystander while `act` ran. */
export async function capture(
  scene: Scene,
  filter: FrameFilter,
  act: () => Promise<unknown>,
): Promise<{ total: number; text: string }> {
  const name = 'rogue';
  await Promise.all(bystanders.map((n) => scene.agent(n).call('startCapture', { name, device: 'eth0', filter })));
  try {
    await act();
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const counts = await Promise.all(bystanders.map((n) => scene.agent(n).call('reportCapture', { name })));
    const total = counts.reduce((sum, { count }) => sum + count, 0);
    const where = bystanders.map((n, i) => [n, counts[i]?.count ?? 0] as const).filter(([, count]) => count > 0);
    return { total, text: where.map(([n, count]) => `${count} at ${n}`).join(', ') || '0 arrive' };
  } finally {
    await Promise.all(bystanders.map((n) => scene.agent(n).call('stopCapture', { name })));
  }
}

/** Frames that the guard has counted against a port, by offence. */
export async function countOffences(scene: Scene, port: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const found of await scene.gateway.offences()) {
    if (found.port === port) counts.set(found.offence, found.packets);
  }
  return counts;
}
