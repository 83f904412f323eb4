import { deepEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';

const run = (...argv: [string, ...string[]]): string => execFileSync(argv[0], argv.slice(1), { encoding: 'utf8' });

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

/** Runs a shell script in this namespace and answers what it printed. */
export function shell(script: string): string {
  return run('bash', '-ec', script);
}

function sysctls(directory: string, found: string[]): string[] {
  for (const name of readdirSync(directory)) {
    const path = `${directory}/${name}`;
    if (statSync(path).isDirectory()) {
      sysctls(path, found);
      continue;
    }
    // Counters, and what cannot be read here.
    if (/nf_conntrack_count|stable_secret|flush$/.test(name)) continue;
    found.push(`${path}=${readFileSync(path, 'utf8').trim()}`);
  }
  return found;
}

/** Every device with its settings, without what comes and goes by itself: indices, port numbers, timers, states. */
function links(): string[] {
  return run('ip', '-d', 'link', 'show')
    .replace(/^\d+: /gm, '')
    .replace(/ (port_id|port_no|designated_port) \S+/g, '')
    .replace(/ (hello|tcn|topology_change|gc|hold|message_age|forward_delay)_timer +[\d.]+/g, '')
    .replace(/ bridge_id \S+| designated_(root|bridge) \S+| state \S+| qdisc \S+/g, '')
    .replace(/<[^>]*>/g, (flags) => (flags.includes('UP') ? '<UP>' : '<DOWN>'))
    .split(/\n(?=\S)/)
    .map((text) => text.trim())
    .sort();
}

/** Everything about the network namespace that Bridgekeeper may change, in a form that can be compared. */
export function snapshotHost(): Record<string, string[]> {
  return {
    links: links(),
    addresses: lines(run('ip', '-o', 'address', 'show', 'scope', 'global').replace(/^\d+: /gm, '')).sort(),
    // Link-local and multicast routes come by themselves when duplicate address detection ends.
    routes: lines(run('ip', '-4', 'route', 'show', 'table', 'all').replace(/ linkdown/g, '')).sort(),
    routes6: lines(run('ip', '-6', 'route', 'show', 'table', 'all').replace(/ linkdown/g, ''))
      .filter((line) => !/fe80|ff00|anycast/.test(line))
      .sort(),
    // Sorted: rules of one preference that exclude each other have no order among them.
    rules: lines(run('ip', '-d', 'rule', 'show')).sort(),
    rules6: lines(run('ip', '-d', '-6', 'rule', 'show')).sort(),
    neighbours: lines(run('ip', 'neighbour', 'show', 'nud', 'permanent')).sort(),
    fdb: lines(run('bridge', 'fdb', 'show', 'state', 'static')).sort(),
    sysctls: sysctls('/proc/sys/net', []).sort(),
  };
}

/** Fails with the lines that only one of the two has. */
export function sameHost(
  seen: Readonly<Record<string, string[]>>,
  expected: Readonly<Record<string, string[]>>,
  when: string,
): void {
  const all = (snapshot: Readonly<Record<string, string[]>>): string[] =>
    Object.entries(snapshot).flatMap(([name, found]) => found.map((line) => `${name}: ${line}`));
  const [seenLines, expectedLines] = [all(seen), all(expected)];
  const [seenSet, expectedSet] = [new Set(seenLines), new Set(expectedLines)];
  const more = seenLines.filter((line) => !expectedSet.has(line));
  const less = expectedLines.filter((line) => !seenSet.has(line));
  deepEqual({ when, more, less, count: seenLines.length }, { when, more: [], less: [], count: expectedLines.length });
}
