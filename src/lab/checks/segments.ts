import { runCommand } from '../../system/run-command.ts';
import { shared } from '../scenario.ts';
import type { Scene } from '../scene.ts';
import { observeAnswer, observeNoAnswer } from './attempts.ts';

/** Between segments nothing passes but what a policy allows; within one, guests talk freely. */
export async function checkSegments(scene: Scene): Promise<void> {
  const at = (guest: string) => scene.lease(guest).ipv4;
  await scene.check('web1 opens port 8000 of db1 on the same segment', `db1 answers and sees ${at('web1')}`, () =>
    observeAnswer(scene, { from: 'web1', address: at('db1'), port: 8000 }, { by: 'db1', as: [at('web1')] }),
  );
  await scene.check('api1 opens port 5432 of db1, as a policy allows', `db1 answers and sees ${at('api1')}`, () =>
    observeAnswer(scene, { from: 'api1', address: at('db1'), port: 5432 }, { by: 'db1', as: [at('api1')] }),
  );
  const refused = [
    ['api1', 'db1', 'tcp', 8000],
    ['api1', 'db1', 'tcp', 22],
    ['api1', 'web1', 'tcp', 80],
    ['api1', 'web1', 'tcp', 5432],
    ['api1', 'web1', 'udp', 30050],
    ['web1', 'api1', 'tcp', 80],
    ['db1', 'api1', 'tcp', 80],
    ['sip1', 'api1', 'tcp', 80],
  ] as const;
  for (const [from, to, protocol, port] of refused) {
    await scene.check(`${from} tries port ${port}/${protocol} of ${to} on another segment`, 'no answer', () =>
      observeNoAnswer(scene, { from, protocol, address: at(to), port }),
    );
  }
  await scene.check("web1 opens port 22 of the host at its gateway's address", 'no answer', () =>
    observeNoAnswer(scene, { from: 'web1', address: '10.77.10.1', port: 22 }),
  );
  await scene.check("the world routes to db1's inner address and opens port 8000", 'no answer', async () => {
    const route = ['10.77.10.0/24', 'via', shared.ipv4];
    await runCommand(['ip', '-n', 'world', 'route', 'replace', ...route]);
    try {
      return await observeNoAnswer(scene, { from: 'world', address: at('db1'), port: 8000 });
    } finally {
      await runCommand(['ip', '-n', 'world', 'route', 'delete', ...route]);
    }
  });
}
