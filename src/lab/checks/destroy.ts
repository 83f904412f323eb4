import { sitePath } from '../gateway.ts';
import { compareSnapshots, type HostSnapshot, takeSnapshot } from '../host-snapshot.ts';
import { shared, world } from '../scenario.ts';
import { parseLease, type Scene } from '../scene.ts';
import { allOf, observeAnswer } from './attempts.ts';

/** The gateway agrees with itself, leaves the host as it found it when told to, and gives everybody the same again. */
export async function checkDestroy(scene: Scene, found: HostSnapshot): Promise<void> {
  await scene.check('bridgekeeper verify', 'every check of the host holds', async () => {
    const { checks } = await scene.gateway.client.verify();
    const broken = checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.seen}`);
    return {
      seen: broken.length === 0 ? `${checks.length} hold` : broken.join('; '),
      ok: broken.length === 0 && checks.length > 0,
    };
  });
  await scene.check('bridgekeeper plan with the file that is applied', 'nothing to change', async () => {
    const { empty, lines } = JSON.parse(await scene.gateway.cli('plan', sitePath, '--json')) as {
      empty: boolean;
      lines: { text: string }[];
    };
    return { seen: empty ? 'nothing to change' : lines.map((line) => line.text).join('; '), ok: empty };
  });
  await scene.check(
    'bridgekeeper destroy',
    'links, addresses, routes, rules and settings as they were found',
    async () => {
      await scene.gateway.cli('destroy', '--yes');
      const differences = compareSnapshots(found, await takeSnapshot());
      return { seen: differences.slice(0, 5).join('; ') || 'as they were found', ok: differences.length === 0 };
    },
  );
  await scene.check('the same file is applied again', 'every guest holds what it held', async () => {
    await scene.gateway.cli('apply', sitePath);
    const held = (await scene.gateway.client.leases()).map((view) => ({ guest: view.guest, lease: parseLease(view) }));
    const changed = held.filter(({ guest, lease }) => JSON.stringify(lease) !== JSON.stringify(scene.lease(guest)));
    const seen = changed.map(({ guest, lease }) => `${guest}: ${JSON.stringify(lease)}`).join('; ');
    return { seen: seen || `${held.length} guests hold it`, ok: changed.length === 0 && held.length === 4 };
  });
  await scene.check('traffic flows again: out, forward, same-address', 'all answered', async () =>
    allOf(
      await Promise.all([
        observeAnswer(scene, { from: 'db1', address: world.ipv4, port: 80 }, { by: 'world', as: [shared.ipv4] }),
        observeAnswer(scene, { from: 'world', address: shared.ipv4, port: 8080 }, { by: 'web1' }),
        observeAnswer(scene, { from: 'world', address: shared.ipv4, port: 5060 }, { by: 'sip1' }),
      ]),
    ),
  );
}
