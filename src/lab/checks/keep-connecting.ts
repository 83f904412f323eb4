import type { Observation, Scene } from '../scene.ts';
import { attempt, renderOutcome } from './attempts.ts';

export interface Path {
  readonly from: string;
  readonly address: string;
  readonly port: number;
}

export interface KeptConnecting {
  readonly connections: number;
  /** New connections that nobody answered, a sentence each. */
  readonly lost: readonly string[];
  readonly streams: Observation;
}

/** A lost first segment is sent again after 1 s and 3 s; that is late, but nothing is lost. */
const limit = 8_000;
const pause = 25;

/**
 * A stream on every path, and new connections one after the other besides, until it is called again. Rejects when a
 * stream cannot begin.
 */
export async function keepConnecting(scene: Scene, paths: readonly Path[]): Promise<() => Promise<KeptConnecting>> {
  const named = paths.map((path, n) => ({ ...path, name: `kept-${n}` }));
  await Promise.all(named.map(({ from, ...stream }) => scene.agent(from).call('startStream', stream)));
  let stopped = false;
  let connections = 0;
  const lost: string[] = [];
  const loops = paths.map(async (path) => {
    while (!stopped) {
      const outcome = await attempt(scene, path, limit);
      connections++;
      if (outcome.failure !== undefined) lost.push(`${path.from} to ${path.address}: ${renderOutcome(outcome)}`);
      // As many as a guest's sessions allow: closed ones count for some seconds more.
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  });
  return async () => {
    stopped = true;
    await Promise.all(loops);
    const reports = await Promise.all(named.map(({ from, name }) => scene.agent(from).call('reportStream', { name })));
    await Promise.all(named.map(({ from, name }) => scene.agent(from).call('stopStream', { name })));
    const failures = reports.flatMap(({ failure, bytes }) => failure ?? (bytes === 0 ? 'silent' : []));
    const gap = Math.round(Math.max(...reports.map(({ longestGap }) => longestGap)));
    const seen = failures.length === 0 ? `${reports.length} streams, gap ${gap} ms` : `streams: ${failures.join(', ')}`;
    return { connections, lost, streams: { seen, ok: failures.length === 0 } };
  };
}
