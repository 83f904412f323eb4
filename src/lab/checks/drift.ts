import { AppError } from '../../errors/app-error.ts';
import { runCommand } from '../../system/run-command.ts';
import { shared } from '../scenario.ts';
import type { Observation, Scene } from '../scene.ts';
import { attempt } from './attempts.ts';

/** Drift must be mended within this time (milliseconds). */
const MEND_LIMIT_MS = 2000;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const inHost = (...words: string[]): string[] => ['ip', 'netns', 'exec', 'host', ...words];

/** Tries anew every 100 ms, without waiting for a try that hangs, until one succeeds; says how long that took. */
async function observeMending(mended: () => Promise<boolean>): Promise<Observation> {
  const start = performance.now();
  const tries: Promise<void>[] = [];
  let took: number | undefined;
  while (took === undefined && performance.now() - start < 3 * MEND_LIMIT_MS) {
    const attempted = mended().then((held) => {
      if (held) took ??= Math.round(performance.now() - start);
    });
    tries.push(attempted);
    await Promise.race([attempted, pause(100)]);
    if (took === undefined) await pause(20);
  }
  await Promise.all(tries);
  if (took === undefined) return { seen: `not mended after ${3 * MEND_LIMIT_MS} ms`, ok: false };
  return { seen: `mended after ${took} ms`, ok: took <= MEND_LIMIT_MS };
}

/** What somebody else breaks on the host is mended soon. */
export async function checkDrift(scene: Scene): Promise<void> {
  const opens = async (port: number, by: string): Promise<boolean> => {
    const outcome = await attempt(scene, { from: 'world', address: shared.ipv4, port }, 120);
    return outcome.greeting?.name === by;
  };
  const both = async (): Promise<boolean> => (await opens(8080, 'web1')) && (await opens(5060, 'sip1'));
  const within = `works again within ${MEND_LIMIT_MS / 1000} s`;
  await scene.check('somebody deletes the table "inet bridgekeeper"', within, async () => {
    await runCommand(inHost('nft', 'delete', 'table', 'inet', 'bridgekeeper'));
    return observeMending(both);
  });
  await scene.check(
    'somebody flushes the whole ruleset',
    `forwards and guard ${within.replace('works', 'work')}`,
    async () => {
      await runCommand(inHost('nft', 'flush', 'ruleset'));
      return observeMending(async () => (await both()) && (await guardStands(scene)));
    },
  );
  const named = async (): Promise<boolean> => {
    const question = { server: '10.77.10.1', name: 'web1.dev.example', family: 4 as const, timeout: 100 };
    return (await scene.agent('db1').call('resolve', question)).addresses.includes(scene.lease('web1').ipv4);
  };
  await scene.check(
    'somebody deletes the bridge of segment "dev"',
    `forwards and names ${within.replace('works', 'work')}`,
    async () => {
      await runCommand(['ip', '-n', 'host', 'link', 'delete', 'bk-dev']);
      return observeMending(async () => (await both()) && (await named()));
    },
  );
  await scene.check('somebody kills dnsmasq of segment "dev"', `names ${within.replace('works', 'work')}`, async () => {
    process.kill(await pidOfListener('10.77.10.1', 53), 'SIGKILL');
    return observeMending(named);
  });
}

async function guardStands(scene: Scene): Promise<boolean> {
  const { stdout } = await runCommand(inHost('nft', 'list', 'tables'));
  if (!stdout.includes('table bridge bridgekeeper')) return false;
  const { stdout: known } = await runCommand(inHost('nft', 'list', 'set', 'bridge', 'bridgekeeper', 'nic_ipv4'));
  return known.includes(scene.lease('web1').mac);
}

/** Process that listens there; one that is just starting is waited for (1 s at most). */
async function pidOfListener(address: string, port: number): Promise<number> {
  for (let i = 0; ; i++) {
    const { stdout } = await runCommand(inHost('ss', '-H', '-ulnp', 'sport', '=', `:${port}`));
    const line = stdout.split('\n').find((text) => text.includes(`${address}%`) || text.includes(`${address}:${port}`));
    const pid = Number(/pid=(\d+)/.exec(line ?? '')?.[1]);
    if (pid) return pid;
    if (i === 20) throw new AppError('not-found', `nobody listens on ${address} UDP port ${port}: ${stdout.trim()}`);
    await pause(50);
  }
}
