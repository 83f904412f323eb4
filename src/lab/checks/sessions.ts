import { shared, world } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { allOf, attempt } from './attempts.ts';
import { judgeStream } from './streams.ts';

/** Streams from two guests to the same service: one is ended, the other must not notice. */
const streams = [
  { name: 'ended', from: 'web1', address: world.ipv4, port: 80 },
  { name: 'kept', from: 'db1', address: world.ipv4, port: 80 },
] as const;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function observeKill(scene: Scene): Promise<Observation> {
  const { client } = scene.gateway;
  const report = (from: string, name: string) => scene.agent(from).call('reportStream', { name });
  await Promise.all(streams.map(({ from, name }) => report(from, name)));
  const { ended } = await client.sessions.kill({ guest: 'web1', state: 'established', peer: world.ipv4 });
  await pause(1_200);
  const [cut, kept] = await Promise.all(streams.map(({ from, name }) => report(from, name)));
  const others = judgeStream(kept as NonNullable<typeof kept>);
  const silent = cut !== undefined && (cut.failure !== undefined || cut.longestGap > 900);
  const seen = `${ended} ended, web1 ${silent ? 'is cut off' : 'still speaks'}, db1: ${others.seen}`;
  return { seen, ok: ended === 1 && silent && others.ok };
}

async function observeMirror(scene: Scene): Promise<Observation> {
  const { mirrors } = scene.gateway.client;
  const what = { guest: 'web1', nic: 0, protocol: 'udp', port: 9000 } as const;
  const { id } = await mirrors.start({ ...what, to: `vxlan://${world.ipv4}:4789/42`, seconds: 60 });
  try {
    for (const from of ['web1', 'db1']) {
      await attempt(scene, { from, protocol: 'udp', address: world.ipv4, port: 9000 });
    }
    const copied = (await mirrors.list()).find((one) => one.id === id)?.packets;
    return { seen: `${copied} frames copied`, ok: copied === 2 };
  } finally {
    await mirrors.stop(id);
  }
}

/** Flows whose way `explain` knows beforehand, and what really happens to them. */
const explained = [
  { from: 'web1', to: world.ipv4, port: 80 },
  { from: 'api1', to: 'db1', port: 5432 },
  { from: 'api1', to: 'db1', port: 22 },
  { from: 'world', to: shared.ipv4, port: 8080 },
  { from: 'world', to: shared.ipv4, port: 2222 },
  { from: 'world', to: shared.ipv4, port: 5060 },
] as const;

async function observeExplanations(scene: Scene): Promise<Observation> {
  const { client } = scene.gateway;
  return allOf(
    await Promise.all(
      explained.map(async ({ from, to, port }) => {
        const address = to === 'db1' ? scene.lease('db1').ipv4 : to;
        const { verdict } = await client.explain.explain({
          from: from === 'world' ? world.ipv4 : from,
          to: `${to}:${port}`,
        });
        const outcome = await attempt(scene, { from, address, port }, verdict === 'delivered' ? undefined : 500);
        // Nobody listening is an answer of the guest: the packet was delivered.
        const arrived = outcome.greeting !== undefined || outcome.failure === 'ECONNREFUSED';
        const seen = `${from} to ${to}:${port} ${verdict} as explained`;
        return arrived === (verdict === 'delivered')
          ? { seen, ok: true }
          : {
              seen: `${from} to ${to}:${port}: explained as ${verdict}, ${arrived ? 'arrived' : 'did not arrive'}`,
              ok: false,
            };
      }),
    ),
  );
}

/** What is open is seen in the site's words, can be ended, copied and explained. */
export async function checkSessions(scene: Scene): Promise<void> {
  const { client } = scene.gateway;
  await Promise.all(
    streams.map(({ name, from, address, port }) => scene.agent(from).call('startStream', { name, address, port })),
  );
  try {
    await scene.check(
      'the open sessions of db1',
      `one, seen by the world as ${shared.ipv4}, in its block`,
      async () => {
        const { sessions } = await client.sessions.list({
          guest: 'db1',
          protocol: 'tcp',
          state: 'established',
          port: 80,
        });
        const [one] = sessions;
        const { block } = scene.lease('db1');
        const port = one?.public?.port ?? 0;
        const seen = `${sessions.length}: ${one?.inner.address}:${one?.inner.port} as ${one?.public?.address}:${port}`;
        const ok = one?.public?.address === shared.ipv4 && port >= block.first && port <= block.last;
        return { seen, ok: sessions.length === 1 && ok };
      },
    );
    await scene.check("web1's session is ended", 'web1 is cut off, the stream of db1 has no gap', () =>
      observeKill(scene),
    );
  } finally {
    await Promise.all(streams.map(({ name, from }) => scene.agent(from).call('stopStream', { name })));
  }
  await scene.check('frames of web1 are copied to a collector', '2, none of db1', () => observeMirror(scene));
  await scene.check('explain against what really happens, six flows', 'the same', () => observeExplanations(scene));
}
