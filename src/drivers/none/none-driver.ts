import { AppError } from '../../errors/app-error.ts';
import { SessionRecords } from '../../model/session-record.ts';
import type { Driver } from '../driver.ts';

/** Touches no host: Bridgekeeper is then the registry alone, which hands out addresses on any machine. */
export function createNoneDriver(): Driver {
  return {
    name: 'none',
    probe: async () => ({
      gateway: false,
      flowtable: false,
      bridgeMeta: false,
      ctTimeout: false,
      socketMatch: false,
      frameSamples: false,
      wire: false,
      sessions: false,
      missing: [],
    }),
    plan: async () => ({ lines: [], raw: '', empty: true }),
    apply: async () => ({ timings: {} }),
    observe: async () => [],
    snapshot: () => ({ waiting: [], services: [], notices: [] }),
    verify: async () => [],
    heard: async () => [],
    sessions: async () => new SessionRecords(1),
    sessionTable: () => ({ count: 0, max: 0 }),
    endSessions: async () => 0,
    announce: async () => {},
    forget: async () => {},
    // Nothing on the host is ours, so nobody can change it.
    watch: () => {},
    sightings: async () => [],
    ask: async () => [],
    links: async () => new Map(),
    dhcp: async () => ({ leases: [], waiting: [], troubles: [] }),
    watchWire: () => () => {},
    refusals: async () => [],
    mirror: async () => {},
    mirrored: async () => new Map(),
    violations: async () => [],
    watchViolations: () => {},
    isolate: async () => {},
    isolated: async () => new Map(),
    capture: async () => {
      throw new AppError('unsupported', 'the registry alone has no ports whose frames could be captured');
    },
    trace: async () => {
      throw new AppError('unsupported', 'the registry alone has no rules that packets could be followed through');
    },
    render: () => new Map(),
    close: async () => {},
  };
}
