import { shared, world } from '../scenario.ts';
import type { Scene } from '../scene.ts';
import { allOf, attempt, observeAnswer, observeNoAnswer, renderOutcome } from './attempts.ts';

const published = { address: shared.ipv4, port: 8080 } as const;

/** Published ports work from everywhere, keep the client's address, and hold their source lists and rates. */
export async function checkForwards(scene: Scene): Promise<void> {
  for (const address of [world.ipv4, world.unlisted]) {
    await scene.check(`the world (${address}) opens port 8080`, `web1 answers and sees ${address}`, () =>
      observeAnswer(scene, { from: 'world', ...published, localAddress: address }, { by: 'web1', as: [address] }),
    );
  }
  await scene.check('the world opens port 8080 over IPv6', `web1 answers and sees ${world.ipv6}`, () =>
    observeAnswer(scene, { from: 'world', address: shared.ipv6, port: 8080 }, { by: 'web1', as: [world.ipv6] }),
  );
  const inside = [
    ['host', 'the host itself'],
    ['db1', 'a sibling on the same segment (hairpin)'],
    ['web1', 'the target itself (hairpin)'],
    ['api1', 'a guest of another segment'],
  ] as const;
  for (const [from, who] of inside) {
    await scene.check(`${from}, ${who}, opens port 8080`, 'web1 answers', () =>
      observeAnswer(scene, { from, ...published }, { by: 'web1' }),
    );
  }
  await scene.check(
    'the world uses UDP ports 30000, 30050 and 30099',
    `web1 answers and sees ${world.ipv4}`,
    async () =>
      allOf(
        await Promise.all(
          [30000, 30050, 30099].map((port) =>
            observeAnswer(
              scene,
              { from: 'world', protocol: 'udp', address: shared.ipv4, port },
              { by: 'web1', as: [world.ipv4] },
            ),
          ),
        ),
      ),
  );
  for (const from of ['host', 'db1']) {
    await scene.check(`${from} uses UDP port 30050`, 'web1 answers', () =>
      observeAnswer(scene, { from, protocol: 'udp', address: shared.ipv4, port: 30050 }, { by: 'web1' }),
    );
  }
  await scene.check('the world uses UDP port 30100, which is not published', 'no answer', () =>
    observeNoAnswer(scene, { from: 'world', protocol: 'udp', address: shared.ipv4, port: 30100 }),
  );
  await checkRestricted(scene);
}

/** `rate: 10/minute` of examples/devlab.yaml. */
const ratePerMinute = 10;

async function checkRestricted(scene: Scene): Promise<void> {
  const ssh = { address: shared.ipv4, port: 2222 } as const;
  for (const address of [world.ipv4, world.unlisted]) {
    await scene.check(
      `the world opens port 2222 from ${address}, which is not listed`,
      'no answer, 15 times',
      async () =>
        // More often than the rate allows: who is not listed must not use it up for who is.
        allOf(
          await Promise.all(
            Array.from({ length: 15 }, () => observeNoAnswer(scene, { from: 'world', ...ssh, localAddress: address })),
          ),
        ),
    );
  }
  for (const from of ['web1', 'api1']) {
    await scene.check(`${from} opens port 2222 (hairpin), and is not listed`, 'no answer', () =>
      observeNoAnswer(scene, { from, ...ssh }),
    );
  }
  await scene.check(`the world opens port 2222 from ${world.listed}`, `db1 answers and sees ${world.listed}`, () =>
    observeAnswer(scene, { from: 'world', ...ssh, localAddress: world.listed }, { by: 'db1', as: [world.listed] }),
  );
  await scene.check(
    `the world opens port 2222 30 times at once from ${world.listed}`,
    `1 to ${ratePerMinute} answers (rate ${ratePerMinute}/minute)`,
    async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, () => attempt(scene, { from: 'world', ...ssh, localAddress: world.listed }, 800)),
      );
      const answered = outcomes.filter((outcome) => outcome.greeting !== undefined);
      const wrong = answered.find((outcome) => outcome.greeting?.name !== 'db1');
      const seen = wrong ? renderOutcome(wrong) : `${answered.length} answers`;
      return { seen, ok: wrong === undefined && answered.length >= 1 && answered.length <= ratePerMinute };
    },
  );
}
