import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { runTool } from './run-tool.ts';

const marker = 'BRIDGEKEEPER_BENCH_ISOLATED';

/**
 * Makes sure that the bench runs in network and mount namespaces of its own: it starts itself again there and answers
 * its exit status, or answers undefined when it is there already. The machine's own network is never touched.
 */
export function isolate(): number | undefined {
  if (process.env[marker] === undefined) {
    const flags = process.getuid?.() === 0 ? '-nm' : '-Urnm';
    const result = spawnSync('unshare', [flags, process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
      stdio: 'inherit',
      env: { ...process.env, [marker]: '1' },
    });
    if (result.error) throw result.error;
    return result.status ?? 1;
  }
  const devices = readdirSync('/proc/sys/net/ipv4/conf').filter((name) => !['all', 'default', 'lo'].includes(name));
  if (devices.length > 0)
    throw new Error(`this is no fresh network namespace: it has the devices ${devices.join(', ')}`);
  // `ip netns` and iptables' lock live under /run; a private one vanishes with the bench.
  runTool(['mount', '-t', 'tmpfs', 'tmpfs', '/run']);
  return undefined;
}
