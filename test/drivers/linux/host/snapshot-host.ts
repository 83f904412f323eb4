import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';

const run = (...argv: [string, ...string[]]): string => execFileSync(argv[0], argv.slice(1), { encoding: 'utf8' });

/** Runs a shell script in this namespace and answers what it printed. */
export function shell(script: string): string {
  return run('bash', '-ec', script);
}

function sysctls(directory: string, lines: string[]): string[] {
  for (const name of readdirSync(directory)) {
    const path = `${directory}/${name}`;
    if (statSync(path).isDirectory()) {
      sysctls(path, lines);
      continue;
    }
    // Counters, and what cannot be read here.
    if (/nf_conntrack_count|stable_secret|flush$|nf_conntrack_max|mcast_resolicit|_expires|gc_thresh/.test(name)) continue;
    try {
      lines.push(`${path}=${readFileSync(path, 'utf8').trim()}`);
    } catch {
      lines.push(`${path} unreadable`);
    }
  }
  return lines;
}

/** Everything about the network namespace that Bridgekeeper may change, as text that can be compared. */
export function snapshotHost(): Record<string, string> {
  return {
    links: run('ip', '-d', 'link', 'show')
      // Timers and counters of bridges, and what comes and goes by itself.
      .replace(/ (gc|hello|tcn|topology_change)_timer +[\d.]+/g, '')
      .replace(/ bridge_id \S+| designated_root \S+| state (UP|DOWN|UNKNOWN|LOWERLAYERDOWN)\b| qdisc \S+/g, '')
      .replace(/<[^>]*>/g, (flags) => (flags.includes('UP') ? '<UP>' : '<DOWN>')),
    addresses: run('ip', '-br', 'address', 'show', 'scope', 'global').replace(/ (UP|DOWN|UNKNOWN|LOWERLAYERDOWN) /g, ' '),
    routes: run('ip', 'route', 'show', 'table', 'all').replace(/ linkdown/g, ''),
    rules: run('ip', '-d', 'rule', 'show') + run('ip', '-d', '-6', 'rule', 'show'),
    neighbours: run('ip', 'neighbour', 'show', 'nud', 'permanent'),
    fdb: run('bridge', 'fdb', 'show', 'state', 'static'),
    sysctls: sysctls('/proc/sys/net', []).join('\n'),
  };
}
