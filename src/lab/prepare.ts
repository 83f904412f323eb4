import { runCommand } from '../system/run-command.ts';
import type { ListenRequest } from './agent/listeners.ts';
import { type Agent, startAgent } from './agent-client.ts';
import { applyLab } from './build.ts';
import { Gateway, sitePath } from './gateway.ts';
import { configureGuest, type DhcpLease } from './guests.ts';
import { type HostSnapshot, takeSnapshot } from './host-snapshot.ts';
import { labGuests, namespaces } from './scenario.ts';
import { type Lease, parseLease } from './scene.ts';

const tcp = (...ports: number[]): ListenRequest[] => ports.map((port) => ({ protocol: 'tcp', port }));
const udp = (...ports: number[]): ListenRequest[] => ports.map((port) => ({ protocol: 'udp', port }));

/** What is offered in each namespace. */
const services: Readonly<Record<string, ListenRequest[]>> = {
  world: [...tcp(80), ...udp(9000)],
  host: tcp(22),
  web1: [...tcp(80, 5432), ...udp(30000, 30050, 30099, 30100)],
  db1: tcp(22, 5432, 8000),
  api1: tcp(80),
  sip1: [...tcp(80, 5060), ...udp(5060, 16384, 16483)],
};

/** A lab with the gateway at work on it. */
export interface PreparedLab {
  readonly gateway: Gateway;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly leases: ReadonlyMap<string, Lease>;
  /** What each guest that asked was told by DHCP. */
  readonly dhcp: ReadonlyMap<string, DhcpLease | Error>;
  /** MAC of the host's uplink. */
  readonly uplinkMac: string;
  /** The host as it was before anything was applied. */
  readonly found: HostSnapshot;
  /** Reads anew what the registry gave to the guests. */
  renewLeases(): Promise<void>;
  close(): Promise<void>;
}

async function startAgents(): Promise<Map<string, Agent>> {
  const agents = await Promise.all(namespaces.map((namespace) => startAgent(namespace)));
  await Promise.all(agents.map((agent) => agent.call('listen', services[agent.name] ?? [])));
  return new Map(agents.map((agent) => [agent.name, agent]));
}

/**
 * Builds the lab, starts the daemon, applies examples/devlab.yaml and sets the guests up with what was leased to them.
 * To be run inside the lab's namespaces. `progress` is told each step; `page` is as in `InsideOrder`. Rejects with what
 * failed.
 */
export async function prepareLab(progress: (step: string) => void, page?: number): Promise<PreparedLab> {
  progress('building the lab: the world, a host, four guests');
  await applyLab();
  const [agents, found] = await Promise.all([startAgents(), takeSnapshot()]);
  progress('starting the daemon');
  const gateway = new Gateway(page);
  await gateway.start();
  progress('applying examples/devlab.yaml');
  await gateway.cli('apply', sitePath);
  const leases = new Map<string, Lease>();
  const renewLeases = async (): Promise<void> => {
    for (const view of await gateway.client.leases()) if (view.nic === 0) leases.set(view.guest, parseLease(view));
  };
  await renewLeases();
  progress('setting the guests up: leased MACs, real DHCP');
  const dhcp = new Map<string, DhcpLease | Error>();
  await Promise.all(
    labGuests.map(async ({ name }) => {
      const lease = leases.get(name);
      const told = lease && (await configureGuest(name, lease));
      if (told) dhcp.set(name, told);
    }),
  );
  const { stdout } = await runCommand(['ip', '-n', 'host', '-j', 'link', 'show', 'eth0']);
  const [{ address: uplinkMac }] = JSON.parse(stdout) as [{ address: string }];
  return {
    gateway,
    agents,
    leases,
    dhcp,
    uplinkMac,
    found,
    renewLeases,
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.close()));
      await gateway.kill();
    },
  };
}
