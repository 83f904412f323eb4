/** Addresses of every bench: one shared address, one segment, one client outside. */
export const shared = '203.0.113.10';
export const clientAddress = '203.0.113.20';
export const uplink = 'up0';
export const uplinkMac = '02:00:00:00:00:10';
export const bridgeMac = '02:00:00:00:00:01';
export const segmentGateway = '10.77.0.1';
export const segmentSubnet = '10.77.0.0/20';

/** A guest's NIC; `port` is the device on the host's side. */
export interface BenchNic {
  readonly index: number;
  readonly port: string;
  readonly mac: string;
  readonly ip: string;
}

/** One published TCP port. */
export interface BenchForward {
  readonly port: number;
  readonly nic: BenchNic;
  readonly targetPort: number;
}

/** So many forwards over so many NICs. `forwards` stands in the order in which a linear ruleset is walked. */
export interface Scenario {
  readonly forwards: readonly BenchForward[];
  readonly nics: readonly BenchNic[];
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** Forward i goes to NIC i mod `nics`, so each NIC of a large site has several. At most 10,000 forwards and 4,000 NICs. */
export function buildScenario(forwards: number, nics: number): Scenario {
  const list = Array.from({ length: nics }, (_, index) => ({
    index,
    port: `vnet${index}`,
    mac: `02:1a:3f:00:${hex(index >> 8)}:${hex(index & 255)}`,
    ip: `10.77.${(index + 10) >> 8}.${(index + 10) & 255}`,
  }));
  return {
    nics: list,
    forwards: Array.from({ length: forwards }, (_, i) => ({
      port: 10_000 + i,
      nic: list[i % nics] as BenchNic,
      targetPort: 8000 + Math.floor(i / nics),
    })),
  };
}

export type Position = 'last' | 'middle';

/** The forward that the load goes to. The last one is what a linear ruleset finds last. */
export function forwardAt(scenario: Scenario, position: Position): BenchForward {
  const { length } = scenario.forwards;
  return scenario.forwards[position === 'last' ? length - 1 : Math.floor((length - 1) / 2)] as BenchForward;
}
