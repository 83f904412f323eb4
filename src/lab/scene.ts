import type { LeaseView } from '../client/client.ts';
import { AppError } from '../errors/app-error.ts';
import { type Ipv4Address, type Ipv6Address, parseIpv4, parseIpv6 } from '../model/ip-address.ts';
import { type MacAddress, parseMacAddress } from '../model/mac-address.ts';
import { type PortRange, parsePortRange } from '../model/port-range.ts';
import type { Agent } from './agent-client.ts';
import type { Gateway } from './gateway.ts';

/** What the registry gave to a guest's first NIC. */
export interface Lease {
  readonly mac: MacAddress;
  readonly ipv4: Ipv4Address;
  readonly ipv6?: Ipv6Address;
  readonly port: string;
  readonly block: PortRange;
}

/** One thing that was tried: what should have been seen, what was seen. */
export interface CheckResult {
  readonly topic: string;
  readonly name: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
  readonly milliseconds: number;
}

export interface Observation {
  readonly seen: string;
  readonly ok: boolean;
}

/** Everything that checks act on. They leave the lab as they found it. */
export interface Scene {
  readonly gateway: Gateway;
  agent(namespace: string): Agent;
  lease(guest: string): Lease;
  /** Tries one thing. What is thrown counts as seen, and as not held. */
  check(name: string, expected: string, observe: () => Promise<Observation>): Promise<void>;
}

export function parseLease(view: LeaseView): Lease {
  return {
    mac: parseMacAddress(view.mac),
    ipv4: parseIpv4(view.ipv4),
    ...(view.ipv6 === undefined ? {} : { ipv6: parseIpv6(view.ipv6) }),
    port: view.port ?? '',
    block: parsePortRange(view.portBlock.split(', ')[0] as string),
  };
}

/** One topic's checks at work: each result goes to `report` as soon as it is there. */
export function createScene(parts: {
  gateway: Gateway;
  agents: ReadonlyMap<string, Agent>;
  leases: ReadonlyMap<string, Lease>;
  topic: string;
  report: (result: CheckResult) => void;
}): Scene {
  const pick = <T>(map: ReadonlyMap<string, T>, kind: string, name: string): T => {
    const found = map.get(name);
    if (found === undefined) throw new AppError('not-found', `${kind} of "${name}" is not part of this lab`);
    return found;
  };
  return {
    gateway: parts.gateway,
    agent: (namespace) => pick(parts.agents, 'agent', namespace),
    lease: (guest) => pick(parts.leases, 'lease', guest),
    async check(name, expected, observe) {
      const start = performance.now();
      let observation: Observation;
      try {
        observation = await observe();
      } catch (error) {
        observation = { seen: error instanceof Error ? error.message : String(error), ok: false };
      }
      const milliseconds = Math.round(performance.now() - start);
      parts.report({ topic: parts.topic, name, expected, ...observation, milliseconds });
    },
  };
}
