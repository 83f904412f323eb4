import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { runTool } from './run-tool.ts';

const marker = 'BRIDGEKEEPER_BENCH_ISOLATED';

/** Bytes of the largest ruleset here as one netlink message, generously. */
const largestMessage = 16 << 20;

/**
 * Why the bench cannot run here, as a sentence. Only root of the initial user namespace can send a netlink message
 * larger than net.core.wmem_default (nft 1.0.6 asks for SO_SNDBUFFORCE alone), and a ruleset with 10,000 forwards is one message.
 */
export function reasonAgainst(): string | undefined {
  const limit = Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8'));
  if (process.getuid?.() === 0 || limit >= largestMessage) return undefined;
  return `The bench needs root, or net.core.wmem_default of at least ${largestMessage} bytes: it is ${limit}, and 10,000 forwards are one netlink message.`;
}

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
