import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../errors/app-error.ts';
import { shared, world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { attempt } from './attempts.ts';

/** What the other side saw: who was behind it only the lab knows. */
interface Seen {
  readonly guest: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly at: number;
  readonly peer?: string;
}

const talkers = ['web1', 'db1', 'api1', 'sip1'] as const;
const rounds = 10;

/** Guests speak to the world, which notes as whom it saw them; the world speaks to published ports. */
async function talk(scene: Scene): Promise<Seen[]> {
  const seen: Seen[] = [];
  const note = async (guest: string, protocol: 'tcp' | 'udp'): Promise<void> => {
    const port = protocol === 'tcp' ? 80 : 9000;
    const at = Date.now();
    const { greeting, failure } = await attempt(scene, { from: guest, protocol, address: world.ipv4, port });
    if (!greeting) throw new AppError('command-failed', `${guest} could not reach the world: ${failure}`);
    seen.push({ guest, address: greeting.peer, port: greeting.peerPort, protocol, at });
  };
  for (let round = 0; round < rounds; round++) {
    await Promise.all(talkers.flatMap((guest) => [note(guest, 'tcp'), note(guest, 'udp')]));
  }
  for (const [port, guest] of [
    [8080, 'web1'],
    [5060, 'sip1'],
  ] as const) {
    const at = Date.now();
    const { greeting } = await attempt(scene, { from: 'world', address: shared.ipv4, port });
    const peer = `${greeting?.peer}:${greeting?.peerPort}`;
    seen.push({ guest, address: shared.ipv4, port, protocol: 'tcp', at, peer });
  }
  return seen;
}

async function observeTraces(scene: Scene, seen: readonly Seen[]): Promise<Observation> {
  const questions = seen.map(({ address, port, protocol, at, peer }) => ({
    address,
    port,
    protocol,
    // As somebody elsewhere would note it: to the second.
    at: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    within: '2s',
    ...(peer === undefined ? {} : { peer }),
  }));
  const results = await scene.gateway.client.trace.askMany(questions);
  const wrong: string[] = [];
  let logged = 0;
  results.forEach((result, index) => {
    const { guest, port } = seen[index] as Seen;
    const named = 'answer' in result ? result.answer.guests.map((one) => one.guest).join(', ') : result.failure.detail;
    if (named !== guest) wrong.push(`port ${port} was ${guest}, traced to ${named || 'nobody'}`);
    if ('answer' in result && result.answer.sessions.length > 0) logged++;
  });
  const first = wrong[0] === undefined ? '' : `: ${wrong[0]}`;
  const text = `${seen.length - wrong.length} of ${seen.length} right, ${logged} with their session${first}`;
  return { seen: text, ok: wrong.length === 0 && logged === seen.length };
}

/** Whoever complains about the shared address, with port and time, hears which guest it was. */
export async function checkTrace(scene: Scene): Promise<void> {
  const seen = await talk(scene);
  const told = `${seen.length} right, from the log of sessions`;
  await scene.check('trace what the world saw of four guests', told, () => observeTraces(scene, seen));
  await scene.check('the same after the daemon was killed (-9) and started again', told, async () => {
    // What the recorder took is in its files a second later at most.
    await sleep(1_200);
    await scene.gateway.kill();
    await scene.gateway.start();
    return observeTraces(scene, seen);
  });
}
