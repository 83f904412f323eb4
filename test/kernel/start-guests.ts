import type { AgentOperations } from '../../src/lab/agent.ts';
import { type Agent, startAgent } from '../../src/lab/agent-client.ts';
import type { Engine, LeaseView } from '../../src/reconciler/engine-contract.ts';
import type { Scope } from '../reconciler/open-engine.ts';
import { configureGuest } from './network.ts';

type ConnectRequest = Parameters<AgentOperations['connect']>[0];
export type Outcome = Awaited<ReturnType<AgentOperations['connect']>>;

/** Guests that are set up with what was leased to them, and agents that act in their place. */
export interface Guests {
  agent(namespace: string): Agent;
  lease(guest: string): LeaseView;
  /** Listeners of TCP, or of both with `udp/53`. */
  listen(services: Readonly<Record<string, readonly (number | string)[]>>): Promise<void>;
  /** Connects once; who greeted from where, or why nobody did. */
  connect(from: string, address: string, port: number, more?: Partial<ConnectRequest>): Promise<Outcome>;
  /** Name of whoever answered, or why nobody did (`timeout`). */
  answer(from: string, address: string, port: number, more?: Partial<ConnectRequest>): Promise<string>;
}

/** Sets every leased guest up and starts an agent in each of their namespaces and in `others`. */
export async function startGuests(
  scope: Scope,
  engine: Pick<Engine, 'leases'>,
  others: readonly string[],
): Promise<Guests> {
  const leases = new Map((await engine.leases()).filter(({ nic }) => nic === 0).map((lease) => [lease.guest, lease]));
  for (const lease of leases.values()) configureGuest(lease);
  const started = await Promise.all([...leases.keys(), ...others].map((name) => startAgent(name)));
  const agents = new Map(started.map((agent) => [agent.name, agent]));
  scope.after(() => Promise.all(started.map((agent) => agent.close())));
  const agent = (name: string): Agent => {
    const found = agents.get(name);
    if (!found) throw new Error(`no agent was started in "${name}"`);
    return found;
  };
  const connect: Guests['connect'] = (from, address, port, more = {}) =>
    agent(from).call('connect', { protocol: 'tcp', address, port, timeout: 1_200, ...more });
  return {
    agent,
    lease(guest) {
      const found = leases.get(guest);
      if (!found) throw new Error(`guest "${guest}" has no lease`);
      return found;
    },
    async listen(services) {
      for (const [name, ports] of Object.entries(services)) {
        const requests = ports.map((port) => {
          const [protocol, number] = typeof port === 'number' ? ['tcp', port] : port.split('/');
          return { protocol: protocol as 'tcp' | 'udp', port: Number(number) };
        });
        await agent(name).call('listen', requests);
      }
    },
    connect,
    answer: async (...request) => {
      const { greeting, failure } = await connect(...request);
      return greeting?.name ?? failure ?? 'nothing';
    },
  };
}
