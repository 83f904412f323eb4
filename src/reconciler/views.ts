import type { Capabilities, Driver, DriverSnapshot } from '../drivers/driver.ts';
import { type Assignments, renderBlocks } from '../model/assignments.ts';
import { defaultPortName } from '../model/default-names.ts';
import type { DesiredState } from '../model/desired-state.ts';
import { nicId, type Site } from '../model/site.ts';
import type { Revision } from '../registry/registry.ts';
import type { DriftRepair } from './drift-repair.ts';
import type { EngineStatus, LeaseView } from './engine-contract.ts';
import type { StoredSite } from './stored-site.ts';

interface StatusParts {
  readonly driver: Driver;
  readonly capabilities: Capabilities;
  readonly stored: StoredSite;
  readonly desired: DesiredState | null;
  readonly head: Revision | undefined;
  readonly repair: DriftRepair;
}

const segmentCounts = new WeakMap<Site, ReadonlyMap<string, number>>();

/** Counted once for each site: `status` is asked for often. */
function nicsBySegment(site: Site | undefined): ReadonlyMap<string, number> {
  const known = site && segmentCounts.get(site);
  if (known !== undefined) return known;
  const counts = new Map<string, number>();
  for (const { nics } of site?.guests ?? [])
    for (const { segment } of nics) counts.set(segment, (counts.get(segment) ?? 0) + 1);
  if (site !== undefined) segmentCounts.set(site, counts);
  return counts;
}

/** The gateway at a glance, from memory: it never waits for a change that is being made. */
export function statusOf({
  driver,
  capabilities,
  stored,
  desired,
  head,
  repair,
}: StatusParts): Omit<EngineStatus, 'alerts'> {
  const { site } = stored;
  const snapshot = driver.snapshot();
  const perSegment = nicsBySegment(site);
  const total = [...perSegment.values()].reduce((sum, count) => sum + count, 0);
  const plugged = desired?.nics.size ?? 0;
  return {
    ...(site ? { site: site.name } : {}),
    ...(head ? { revision: head.number } : {}),
    driver: driver.name,
    ...(site?.uplink ? { uplink: uplinkOf(site.uplink) } : {}),
    capabilities,
    ...(head?.confirmBy === undefined ? {} : { confirmBy: head.confirmBy }),
    segments: (site?.segments ?? []).map((segment) => ({
      name: segment.name,
      bridge: segment.bridge,
      subnet: segment.subnet.text,
      nics: perSegment.get(segment.name) ?? 0,
    })),
    guests: site?.guests.length ?? 0,
    nics: { total, attached: plugged - snapshot.waiting.length, waiting: snapshot.waiting.length },
    forwards: site?.forwards.length ?? 0,
    policies: site?.policies.length ?? 0,
    ...(capabilities.sessions ? { sessionTable: driver.sessionTable() } : {}),
    drift: repair.drift,
    ...(repair.last ? { lastRepair: repair.last } : {}),
    services: [...snapshot.services],
    warnings: [...capabilities.missing, ...snapshot.notices, ...stored.warnings.map(({ message }) => message)],
  };
}

const uplinkOf = ({
  interface: name,
  ipv4,
  ipv6,
  bandwidth,
}: NonNullable<Site['uplink']>): NonNullable<EngineStatus['uplink']> => ({
  interface: name,
  ipv4,
  ...(ipv6 === undefined ? {} : { ipv6 }),
  ...(bandwidth === undefined ? {} : { bandwidth }),
});

/** One row a NIC, with what its guest holds. */
function leaseViews(site: Site | undefined, assignments: Assignments, snapshot: DriverSnapshot): LeaseView[] {
  const waiting = new Set(snapshot.waiting);
  return (site?.guests ?? []).flatMap((guest) =>
    guest.nics.flatMap((nic, index): LeaseView[] => {
      const lease = assignments.nics.get(nicId(guest.name, index));
      if (!lease) return [];
      const block = assignments.guests.get(guest.name);
      const port = nic.detached ? undefined : (nic.port ?? defaultPortName(guest.name, index));
      return [
        {
          guest: guest.name,
          nic: index,
          segment: lease.segment,
          mac: lease.mac,
          ipv4: lease.ipv4,
          ...(lease.ipv6 ? { ipv6: lease.ipv6 } : {}),
          ...(port ? { port } : {}),
          ...(guest.owner ? { owner: guest.owner } : {}),
          share: guest.share,
          portBlock: block ? renderBlocks(block) : '',
          attached: port !== undefined && !waiting.has(port),
        },
      ];
    }),
  );
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, index) => text === b[index]);

/** The same rows, made again only when the site, what it holds or what is plugged in has changed. Do not change them. */
export class LeaseViews {
  #made:
    | { site: Site | undefined; assignments: Assignments; waiting: readonly string[]; rows: LeaseView[] }
    | undefined;

  rows(site: Site | undefined, assignments: Assignments, snapshot: DriverSnapshot): LeaseView[] {
    const made = this.#made;
    const { waiting } = snapshot;
    if (made?.site === site && made?.assignments === assignments && sameTexts(made.waiting, waiting)) return made.rows;
    const rows = leaseViews(site, assignments, snapshot);
    this.#made = { site, assignments, waiting: [...waiting], rows };
    return rows;
  }
}
