import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/connect.ts';
import { endSysctls, gatewaySysctls, ipBatch, namespacePath } from './cell.ts';
import { endWithBench, removeWithBench } from './end-with-bench.ts';
import { runInNamespace, runTool } from './run-tool.ts';
import { type BenchForward, clientAddress, type Scenario, segmentGateway, shared, uplink } from './scenario.ts';

const commandLine = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const startBound = 20_000;
let count = 0;

/** A gateway that the real daemon builds: it finds an uplink and the ports of all NICs, nothing else. */
export class DaemonCell {
  readonly scenario: Scenario;
  readonly gateway: string;
  readonly outside: string;
  readonly socket: string;
  readonly client: Client;
  readonly #folder: string;
  readonly #guests = new Map<number, string>();
  #daemon: ChildProcess | undefined;

  constructor(scenario: Scenario) {
    const id = ++count;
    this.scenario = scenario;
    this.gateway = `daemon${id}`;
    this.outside = `outside${id}`;
    this.#folder = mkdtempSync(join(tmpdir(), 'bridgekeeper-bench-'));
    removeWithBench(this.#folder);
    this.socket = join(this.#folder, 'socket');
    this.client = createClient({ socket: this.socket, author: 'bench' });
    this.#makeNamespaces();
  }

  #makeNamespaces(): void {
    const guests = `${this.gateway}-guests`;
    for (const name of [this.gateway, this.outside, guests]) runTool(['ip', 'netns', 'add', name]);
    this.#guests.set(-1, guests);
    runInNamespace(this.gateway, ['sysctl', '-qw', ...gatewaySysctls]);
    runInNamespace(this.outside, ['sysctl', '-qw', ...endSysctls]);
    ipBatch(this.gateway, [
      'link set lo up',
      `link add ${uplink} type veth peer name eth0 netns ${this.outside}`,
      `link set ${uplink} up`,
      `addr add ${shared}/24 dev ${uplink}`,
      ...this.scenario.nics.map(
        ({ port, mac, index }) => `link add ${port} type veth peer name nic${index} address ${mac} netns ${guests}`,
      ),
    ]);
    ipBatch(this.outside, ['link set lo up', 'link set eth0 up', `addr add ${clientAddress}/24 dev eth0`]);
    runInNamespace(guests, [
      'sysctl',
      '-qw',
      'net.ipv6.conf.all.disable_ipv6=1',
      'net.ipv6.conf.default.disable_ipv6=1',
    ]);
    ipBatch(
      guests,
      this.scenario.nics.map(({ index }) => `link set nic${index} up`),
    );
  }

  /** Starts the daemon and waits until it answers. */
  async start(): Promise<void> {
    // `ip netns exec`, because /sys must be that of the namespace: devices are looked up there.
    // Memory settings as in the launcher (packaging/setup).
    const node = [process.execPath, '--max-semi-space-size=8', commandLine, 'daemon'];
    const argv = ['netns', 'exec', this.gateway, ...node];
    const options = ['--state', join(this.#folder, 'state'), '--socket', this.socket, '--log-level', 'error'];
    const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
    this.#daemon = spawn('ip', [...argv, ...options], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    endWithBench(this.#daemon);
    const end = performance.now() + startBound;
    for (;;) {
      const failed = await this.client.status().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) return;
      if (this.#daemon.exitCode !== null || performance.now() > end) throw failed;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get pid(): number {
    const pid = this.#daemon?.pid;
    if (pid === undefined) throw new Error('the daemon was not started');
    return pid;
  }

  /** Bytes of the daemon's memory that are resident. */
  residentMemory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }

  /** Takes the guest end of a forward's NIC into a namespace of its own, with its address, and says where to listen. */
  plugIn({ nic, targetPort }: BenchForward): { namespace: string; address: string; port: number } {
    if (!this.#guests.has(nic.index)) {
      const guest = `${this.gateway}-guest${nic.index}`;
      runTool(['ip', 'netns', 'add', guest]);
      this.#guests.set(nic.index, guest);
      runInNamespace(guest, ['sysctl', '-qw', ...endSysctls]);
      ipBatch(this.#guests.get(-1) as string, [`link set nic${nic.index} netns ${guest}`]);
      ipBatch(guest, [
        'link set lo up',
        `link set nic${nic.index} up`,
        `addr add ${nic.ip}/20 dev nic${nic.index}`,
        `route add default via ${segmentGateway}`,
      ]);
    }
    return { namespace: namespacePath(this.#guests.get(nic.index) as string), address: nic.ip, port: targetPort };
  }

  async remove(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon && daemon.exitCode === null) {
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      const kill = setTimeout(() => daemon.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(kill);
    }
    for (const name of [this.gateway, this.outside, ...this.#guests.values()]) {
      for (const pid of runTool(['ip', 'netns', 'pids', name]).split('\n'))
        if (pid !== '') process.kill(Number(pid), 'SIGKILL');
      runTool(['ip', 'netns', 'del', name]);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
