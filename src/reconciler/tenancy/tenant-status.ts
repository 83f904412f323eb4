import type { AlertView } from '../alerts/contract.ts';
import type { EngineStatus, LeaseView, SiteView } from '../engine-contract.ts';
import type { IsolationView } from '../isolation/contract.ts';
import type { OwnSite } from './own-site.ts';
import { summaryOf } from './tenant-alerts.ts';

interface StatusParts {
  readonly view: SiteView;
  readonly own: OwnSite;
  /** The owner's. */
  readonly leases: readonly LeaseView[];
  readonly alerts: readonly AlertView[];
  readonly isolations: readonly IsolationView[];
  readonly capabilities: EngineStatus['capabilities'];
  readonly driver: string;
  readonly uplink: EngineStatus['uplink'];
}

/** The gateway at a glance, as far as one owner is concerned. */
export function tenantStatus({ view, own, leases, alerts, isolations, ...host }: StatusParts): EngineStatus {
  const total = [...own.guests.values()].reduce((sum, { nics }) => sum + nics.length, 0);
  const attached = leases.filter((lease) => lease.attached).length;
  const plugged = leases.filter(({ port }) => port !== undefined).length;
  return {
    ...(view.site === undefined ? {} : { site: view.site.name }),
    driver: host.driver,
    // The shared address is where its forwards are reached; how the host is made is the operators' business.
    ...(host.uplink === undefined ? {} : { uplink: sharedOf(host.uplink) }),
    capabilities: { ...host.capabilities, missing: [] },
    segments: [...own.segments.values()].map(({ name, bridge: _, subnet }) => ({
      name,
      bridge: '-',
      subnet: subnet.text,
      nics: leases.filter(({ segment }) => segment === name).length,
    })),
    guests: own.guests.size,
    nics: { total, attached, waiting: plugged - attached },
    forwards: own.forwards.size,
    policies: 0,
    drift: [],
    services: [],
    warnings: isolations.map(
      ({ nic, until, reason }) => `NIC "${nic}" is isolated until ${new Date(until).toISOString()}: ${reason}`,
    ),
    alerts: summaryOf(alerts),
  };
}

function sharedOf({
  bandwidth: _,
  ...uplink
}: NonNullable<EngineStatus['uplink']>): NonNullable<EngineStatus['uplink']> {
  return { ...uplink, interface: '-' };
}
