import { renderPortRange } from '../../model/port-range.ts';
import { shared, world } from '../scenario.ts';
import type { Scene } from '../scene.ts';
import { allOf, observeAnswer, observeNoAnswer } from './attempts.ts';

const ownPorts = [
  ['tcp', 5060],
  ['udp', 5060],
  ['udp', 16384],
  ['udp', 16483],
] as const;

/** A guest that has the shared address itself: its ports are its own, everything else is the host's. */
export async function checkSameAddress(scene: Scene): Promise<void> {
  const { block } = scene.lease('sip1');
  for (const protocol of ['tcp', 'udp'] as const) {
    const to = { address: world.ipv4, port: protocol === 'tcp' ? 80 : 9000 };
    await scene.check(
      `sip1 reaches the world over ${protocol.toUpperCase()}`,
      `as ${shared.ipv4}, source port in ${renderPortRange(block)}`,
      () => observeAnswer(scene, { from: 'sip1', protocol, ...to }, { by: 'world', as: [shared.ipv4], ports: block }),
    );
  }
  for (const [protocol, port, target] of [
    ['udp', 5060, 9000],
    ['tcp', 16400, 80],
  ] as const) {
    await scene.check(`sip1 speaks from its own port ${port}/${protocol}`, `as ${shared.ipv4}:${port}`, () =>
      observeAnswer(
        scene,
        { from: 'sip1', protocol, address: world.ipv4, port: target, localAddress: shared.ipv4, localPort: port },
        { by: 'world', as: [shared.ipv4], ports: { first: port, last: port } },
      ),
    );
  }
  await scene.check(
    'sip1 speaks from a port that is not its own (22)',
    `as ${shared.ipv4}, source port in ${renderPortRange(block)}`,
    () =>
      observeAnswer(
        scene,
        { from: 'sip1', protocol: 'udp', address: world.ipv4, port: 9000, localAddress: shared.ipv4, localPort: 22 },
        { by: 'world', as: [shared.ipv4], ports: block },
      ),
  );
  const callers = [
    {
      from: 'world',
      as: [world.unlisted],
      localAddress: world.unlisted,
      told: `sip1 answers and sees ${world.unlisted}`,
    },
    { from: 'host', as: undefined, localAddress: undefined, told: 'sip1 answers' },
    { from: 'db1', as: [scene.lease('db1').ipv4, shared.ipv4], localAddress: undefined, told: 'sip1 answers' },
    { from: 'api1', as: [scene.lease('api1').ipv4, shared.ipv4], localAddress: undefined, told: 'sip1 answers' },
  ];
  for (const { from, as, localAddress, told } of callers) {
    await scene.check(`${from} calls ${shared.ipv4} on the ports of sip1`, told, async () =>
      allOf(
        await Promise.all(
          ownPorts.map(([protocol, port]) =>
            observeAnswer(
              scene,
              { from, protocol, address: shared.ipv4, port, ...(localAddress ? { localAddress } : {}) },
              { by: 'sip1', ...(as ? { as } : {}) },
            ),
          ),
        ),
      ),
    );
  }
  await scene.check('the world calls a port that is not of sip1 (80)', 'no answer by sip1', () =>
    observeNoAnswer(scene, { from: 'world', address: shared.ipv4, port: 80 }),
  );
}
