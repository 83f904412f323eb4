import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RulesetMaker, RulesetStep } from './ruleset.ts';
import { runInNamespace, runTool } from './run-tool.ts';
import {
  type BenchNic,
  bridgeMac,
  clientAddress,
  forwardAt,
  type Position,
  type Scenario,
  segmentGateway,
  segmentSubnet,
  shared,
  uplink,
  uplinkMac,
} from './scenario.ts';

/** For client and guests. */
export const endSysctls = [
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  // No TIME_WAIT at the ends: ports are free again at once, and what is measured is the gateway.
  'net.ipv4.tcp_max_tw_buckets=0',
  'net.ipv4.tcp_syn_retries=2',
  'net.ipv4.ip_local_port_range=1024 65535',
  'net.core.somaxconn=4096',
  'net.ipv4.tcp_max_syn_backlog=4096',
  'net.ipv4.tcp_syncookies=0',
  // Buffers of one size: autotuning settles in one of two patterns of acknowledgements, which differ by 8 % of CPU.
  'net.ipv4.tcp_moderate_rcvbuf=0',
  'net.ipv4.tcp_rmem=4096 1048576 1048576',
  'net.ipv4.tcp_wmem=4096 1048576 1048576',
];
export const gatewaySysctls = [
  'net.ipv6.conf.all.disable_ipv6=1',
  'net.ipv6.conf.default.disable_ipv6=1',
  'net.ipv4.ip_forward=1',
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
];

let count = 0;

/** One gateway with its own client and guests: `client – gateway (uplink, bridge) – guests`, all by veth. */
export class Cell {
  readonly maker: RulesetMaker;
  readonly scenario: Scenario;
  readonly gateway: string;
  readonly client: string;
  readonly #guests = new Map<number, string>();

  constructor(maker: RulesetMaker, scenario: Scenario, positions: readonly Position[] = ['last']) {
    const id = ++count;
    this.maker = maker;
    this.scenario = scenario;
    this.gateway = `gateway${id}`;
    this.client = `client${id}`;
    this.#makeGateway();
    for (const position of positions) this.addGuest(forwardAt(scenario, position).nic);
    loadRuleset(this.gateway, maker.render(scenario));
  }

  #makeGateway(): void {
    const { gateway, client, maker } = this;
    for (const name of [gateway, client]) runTool(['ip', 'netns', 'add', name]);
    runInNamespace(gateway, ['sysctl', '-qw', ...gatewaySysctls]);
    runInNamespace(client, ['sysctl', '-qw', ...endSysctls]);
    ipBatch(gateway, [
      'link set lo up',
      `link add ${uplink} address ${uplinkMac} type veth peer name eth0 netns ${client}`,
      `link add ${maker.bridge} address ${bridgeMac} type bridge`,
      `link set ${uplink} up`,
      `link set ${maker.bridge} up`,
      `addr add ${shared}/24 dev ${uplink}`,
      `addr add ${segmentGateway}/20 dev ${maker.bridge}`,
    ]);
    ipBatch(client, [
      'link set lo up',
      'link set eth0 up',
      `addr add ${clientAddress}/24 dev eth0`,
      `route add ${segmentSubnet} via ${shared}`,
    ]);
  }

  /** Plugs in a guest with this NIC, unless it is there. */
  addGuest(nic: BenchNic): string {
    const known = this.#guests.get(nic.index);
    if (known !== undefined) return known;
    const guest = `${this.gateway}-guest${nic.index}`;
    runTool(['ip', 'netns', 'add', guest]);
    runInNamespace(guest, ['sysctl', '-qw', ...endSysctls]);
    ipBatch(this.gateway, [
      `link add ${nic.port} type veth peer name eth0 address ${nic.mac} netns ${guest}`,
      `link set ${nic.port} master ${this.maker.bridge} up`,
    ]);
    ipBatch(guest, [
      'link set lo up',
      'link set eth0 up',
      `addr add ${nic.ip}/20 dev eth0`,
      `route add default via ${segmentGateway}`,
    ]);
    this.#guests.set(nic.index, guest);
    return guest;
  }

  /** Where the server listens and what the client connects to, for a load from outside. */
  inbound(position: Position): { serve: Endpoint; from: string; to: { address: string; port: number } } {
    const { port, nic, targetPort } = forwardAt(this.scenario, position);
    const serve = { namespace: namespacePath(this.addGuest(nic)), address: nic.ip, port: targetPort };
    const to = this.maker.translates ? { address: shared, port } : { address: nic.ip, port: targetPort };
    return { serve, from: namespacePath(this.client), to };
  }

  /** Forgets all tracked connections, so that no run pays for the one before. */
  flush(): void {
    runInNamespace(this.gateway, ['conntrack', '-F']);
  }

  remove(): void {
    for (const name of [this.gateway, this.client, ...this.#guests.values()]) runTool(['ip', 'netns', 'del', name]);
  }
}

export interface Endpoint {
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
}

export function namespacePath(namespace: string): string {
  return `/run/netns/${namespace}`;
}

export function ipBatch(namespace: string, lines: readonly string[]): void {
  runInNamespace(namespace, ['ip', '-batch', '-'], `${lines.join('\n')}\n`);
}

/** Loads a system's rules into a namespace and answers the milliseconds that its tools took. */
export function loadRuleset(namespace: string, steps: readonly RulesetStep[]): number {
  const folder = mkdtempSync(join(tmpdir(), 'bridgekeeper-bench-'));
  try {
    const start = performance.now();
    for (const step of steps) {
      if (step.input === 'stdin') runInNamespace(namespace, step.command, step.text);
      else {
        const file = join(folder, 'rules');
        writeFileSync(file, step.text);
        runInNamespace(namespace, [...step.command, file]);
      }
    }
    return performance.now() - start;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
