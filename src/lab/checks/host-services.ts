import { shared, world } from '../scenario.ts';
import type { Scene } from '../scene.ts';
import { observeAnswer } from './attempts.ts';

/** What the host itself offers stays reachable: nobody is locked out of it. */
export async function checkHostServices(scene: Scene): Promise<void> {
  const callers = [
    ['world', shared.ipv4],
    ['host', shared.ipv4],
    ['host', '127.0.0.1'],
    ['world', shared.ipv6],
    ['db1', shared.ipv4],
  ] as const;
  for (const [from, address] of callers) {
    await scene.check(`${from} opens the host's own port 22 at ${address}`, 'the host answers', () =>
      observeAnswer(scene, { from, address, port: 22 }, { by: 'host' }),
    );
  }
  for (const [address, as] of [
    [world.ipv4, shared.ipv4],
    [world.ipv6, shared.ipv6],
  ] as const) {
    await scene.check(`the host reaches the world at ${address}`, `as ${as}`, () =>
      observeAnswer(scene, { from: 'host', address, port: 80 }, { by: 'world', as: [as] }),
    );
  }
}
