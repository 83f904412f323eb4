import { renderPortRange } from '../../model/port-range.ts';
import { runCommand } from '../../system/run-command.ts';
import { shared, world } from '../scenario.ts';
import type { Scene } from '../scene.ts';
import { allOf, observeAnswer } from './attempts.ts';

const natGuests = ['web1', 'db1', 'api1'] as const;

/** Guests reach the world and are seen there as the shared address, with a source port of their own block. */
export async function checkOutbound(scene: Scene): Promise<void> {
  for (const guest of natGuests) {
    const { block, ipv6 } = scene.lease(guest);
    const seenAs = (address: string) => `as ${address}, source port in ${renderPortRange(block)}`;
    for (const [protocol, port] of [
      ['tcp', 80],
      ['udp', 9000],
    ] as const) {
      await scene.check(`${guest} reaches the world over ${protocol.toUpperCase()}`, seenAs(shared.ipv4), async () => {
        const what = { from: guest, protocol, address: world.ipv4, port };
        const answer = { by: 'world', as: [shared.ipv4], ports: block };
        return allOf(await Promise.all([1, 2, 3].map(() => observeAnswer(scene, what, answer))));
      });
    }
    await scene.check(`${guest} pings the world`, 'an echo reply', async () => {
      const argv = ['ip', 'netns', 'exec', guest, 'busybox', 'ping', '-c', '1', '-W', '2', world.ipv4];
      const { stdout } = await runCommand(argv);
      return { seen: /1 packets received/.test(stdout) ? 'an echo reply' : stdout.trim(), ok: true };
    });
    if (ipv6 === undefined) continue;
    await scene.check(`${guest} reaches the world over IPv6`, seenAs(shared.ipv6), () =>
      observeAnswer(
        scene,
        { from: guest, address: world.ipv6, port: 80, localAddress: ipv6 },
        { by: 'world', as: [shared.ipv6], ports: block },
      ),
    );
  }
}
