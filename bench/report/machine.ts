import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { runTool } from '../gateway/run-tool.ts';
import { megabytes } from './format.ts';

/** What the numbers were measured on, one fact a line. */
export function describeMachine(): string[] {
  const [first] = cpus();
  const memory = megabytes(totalmem());
  const version = (argv: string[]): string => runTool(argv).trim().split('\n')[0] ?? '';
  const distribution = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  return [
    `Date: ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    `Machine: ${cpus().length} × ${first?.model ?? 'unknown processor'}, ${memory} memory`,
    `System: ${distribution}, kernel ${release()}`,
    `Tools: ${version(['nft', '--version'])}; ${version(['iptables-nft', '--version'])}; Node ${process.version}`,
    `Load average at the start: ${loadavg()
      .map((value) => value.toFixed(2))
      .join(', ')}`,
  ];
}
