import { spawnSync } from 'node:child_process';

/** Runs a tool to its end and gives what it printed. Throws with its own words when it fails. */
export function runTool(argv: readonly string[], input?: string): string {
  const [program, ...rest] = argv as [string, ...string[]];
  const result = spawnSync(program, rest, { encoding: 'utf8', input: input ?? '', maxBuffer: 1 << 28 });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    throw new Error(`${argv.join(' ')} ended with status ${result.status}: ${result.stderr.trim().slice(0, 2000)}`);
  }
  return result.stdout;
}

/** The same in a network namespace made by `ip netns`. */
export function runInNamespace(namespace: string, argv: readonly string[], input?: string): string {
  return runTool(['nsenter', `--net=/run/netns/${namespace}`, ...argv], input);
}
