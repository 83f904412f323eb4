import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithBench } from '../gateway/end-with-bench.ts';
import { runTool } from '../gateway/run-tool.ts';

/** Bytes of messages that may wait in the kernel; as many as Bridgekeeper's recorder asks for. */
const buffer = 256 * 1024 * 1024;

/** What others log sessions with, writing to a file. */
export interface Listener {
  readonly name: string;
  readonly pid: number;
  readonly file: string;
  /** Begins and ends in the file. */
  count(): { begun?: number; ended: number };
  bytes(): number;
  stop(): Promise<void>;
}

function linesWith(file: string, text: string): number {
  return Number(runTool(['sh', '-c', 'grep -c -- "$1" "$2" || true', 'sh', text, file]).trim());
}

async function listen(name: string, child: ChildProcess, file: string, count: Listener['count']): Promise<Listener> {
  endWithBench(child);
  await sleep(1000);
  if (child.exitCode !== null || child.pid === undefined)
    throw new Error(`${name} ended with status ${child.exitCode}`);
  return {
    name,
    pid: child.pid,
    file,
    count,
    bytes: () => statSync(file).size,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const inNamespace = (namespace: string): string[] => [`--net=/run/netns/${namespace}`];

/** ulogd2 with its input for conntrack, reliable, one JSON line for each session at its end. */
export function startUlogd(namespace: string, folder: string): Promise<Listener> {
  const file = join(folder, 'ulogd.json');
  const config = join(folder, 'ulogd.conf');
  const plugins = runTool(['sh', '-c', 'dirname /usr/lib/*/ulogd/ulogd_inpflow_NFCT.so']).trim();
  writeFileSync(
    config,
    `[global]
logfile="${join(folder, 'ulogd.log')}"
loglevel=5
plugin="${plugins}/ulogd_inpflow_NFCT.so"
plugin="${plugins}/ulogd_filter_IP2STR.so"
plugin="${plugins}/ulogd_output_JSON.so"
stack=ct1:NFCT,ip2str1:IP2STR,json1:JSON
[ct1]
hash_enable=1
hash_buckets=262144
hash_max_entries=2097152
event_mask=0x00000005
reliable=1
netlink_socket_buffer_size=${buffer}
netlink_socket_buffer_maxsize=${buffer}
[json1]
file="${file}"
sync=0
`,
  );
  writeFileSync(file, '');
  const child = spawn('nsenter', [...inNamespace(namespace), 'ulogd', '-c', config, '-p', join(folder, 'ulogd.pid')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const count = () => ({ ended: linesWith(file, 'flow.end') });
  return listen('ulogd2, JSON, reliable', child, file, count);
}

/** `conntrack -E` into a file. */
export function startConntrack(namespace: string, folder: string): Promise<Listener> {
  const file = join(folder, 'conntrack.txt');
  const output = openSync(file, 'w');
  const words = ['-E', '-e', 'NEW,DESTROY', '-o', 'timestamp,id,extended', '-b', String(buffer)];
  const child = spawn('nsenter', [...inNamespace(namespace), 'conntrack', ...words], {
    stdio: ['ignore', output, 'ignore'],
  });
  closeSync(output);
  const count = () => ({ begun: linesWith(file, '\\[NEW\\]'), ended: linesWith(file, '\\[DESTROY\\]') });
  return listen('conntrack -E', child, file, count);
}
