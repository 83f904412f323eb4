import { askDhcp } from '../guests.ts';
import { shared, world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { allOf, observeAnswer } from './attempts.ts';
import { judgeStream } from './streams.ts';

/** Streams through every way in and out: a guest's own, a forward, a same-address guest. */
const streams = [
  { name: 'out', from: 'db1', address: world.ipv4, port: 80 },
  { name: 'in', from: 'world', address: shared.ipv4, port: 8080 },
  { name: 'same-address', from: 'world', address: shared.ipv4, port: 5060 },
] as const;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function observeStreams(scene: Scene): Promise<Observation> {
  const reports = await Promise.all(
    streams.map(async ({ name, from }) => {
      const judged = judgeStream(await scene.agent(from).call('reportStream', { name }));
      return { ...judged, seen: `${name}: ${judged.seen}` };
    }),
  );
  return { seen: reports.map((report) => report.seen).join('; '), ok: reports.every((report) => report.ok) };
}

async function observeNewFlows(scene: Scene): Promise<Observation> {
  return allOf(
    await Promise.all([
      observeAnswer(scene, { from: 'web1', address: world.ipv4, port: 80 }, { by: 'world', as: [shared.ipv4] }),
      observeAnswer(scene, { from: 'world', address: shared.ipv4, port: 8080 }, { by: 'web1', as: [world.ipv4] }),
      observeAnswer(scene, { from: 'world', address: shared.ipv4, port: 5060 }, { by: 'sip1' }),
      observeAnswer(scene, { from: 'api1', address: scene.lease('db1').ipv4, port: 5432 }, { by: 'db1' }),
    ]),
  );
}

async function observeDhcp(guest: string, address: string): Promise<Observation> {
  const output = await askDhcp(guest, '/bin/true');
  const seen = /lease of (\S+) obtained/.exec(output)?.[1]?.replace(/,$/, '') ?? 'no lease';
  return { seen, ok: seen === address };
}

/** A daemon that dies takes nothing with it, and one that comes back disturbs nothing. */
export async function checkResilience(scene: Scene): Promise<void> {
  await Promise.all(
    streams.map(({ name, from, address, port }) => scene.agent(from).call('startStream', { name, address, port })),
  );
  try {
    await pause(300);
    await scene.check('the daemon is killed (-9) with three streams running', 'no gap in any of them', async () => {
      await observeStreams(scene);
      await scene.gateway.kill();
      await pause(700);
      return observeStreams(scene);
    });
    await scene.check('new flows without a daemon: out, in, same-address, by policy', 'all answered', () =>
      observeNewFlows(scene),
    );
    await scene.check('db1 asks for its address by DHCP without a daemon', scene.lease('db1').ipv4, () =>
      observeDhcp('db1', scene.lease('db1').ipv4),
    );
    await scene.check('the daemon is started again', 'no gap in any stream', async () => {
      await observeStreams(scene);
      await scene.gateway.start();
      await pause(700);
      return observeStreams(scene);
    });
    await scene.check('what the daemon sees after its start', 'the site as it was, nothing to mend', async () => {
      const { site, drift, nics } = await scene.gateway.client.status();
      const seen = `site ${site ?? 'none'}, ${nics.attached} NICs, ${drift.length === 0 ? 'no drift' : drift.join(' ')}`;
      return { seen, ok: site === 'devlab' && nics.attached === 4 && drift.length === 0 };
    });
  } finally {
    await Promise.all(streams.map(({ name, from }) => scene.agent(from).call('stopStream', { name })));
  }
}
