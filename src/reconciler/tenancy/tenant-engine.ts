import type { StoredObject } from '../../registry/registry.ts';
import type { Engine } from '../engine-contract.ts';
import { blindly, closedToTenants } from './blind-failures.ts';
import { BlindNumbers } from './blind-numbers.ts';
import { closedParts } from './closed-parts.ts';
import { OwnSites, ownObjects, ownView } from './own-site.ts';
import { viewOwner } from './owner-desk.ts';
import { TenantAlerts } from './tenant-alerts.ts';
import { TenantChanges } from './tenant-changes.ts';
import { TenantEvents } from './tenant-events.ts';
import { TenantIsolation } from './tenant-isolation.ts';
import { TenantLimits } from './tenant-limits.ts';
import { TenantMacs } from './tenant-macs.ts';
import { TenantPorts } from './tenant-ports.ts';
import { TenantRotations } from './tenant-rotations.ts';
import { TenantSessions } from './tenant-sessions.ts';
import { tenantStatus } from './tenant-status.ts';
import { TenantTraffic } from './tenant-traffic.ts';

/** How somebody who acts for an owner is called in history and journal: `team-a/alice`. */
export const tenantName = (owner: string, who: string): string => `${owner}/${who}`;

/** An engine, and the objects of its site, as far as they belong to one owner. */
export interface TenantServices {
  readonly engine: Engine;
  objects(): Promise<StoredObject[]>;
}

/**
 * An engine that holds nothing but what belongs to one owner, and changes nothing else: its guests, the forwards that
 * lead to them, their addresses, sessions, events and alerts. That there are others does not show: not in what it
 * answers, not in why it refuses, not in numbers that are counted through. Whatever is not the owner's business refuses
 * with `forbidden`, and so does every part of an engine that nobody has thought about here.
 *
 * `secret`: that of the registry, under which numbers are hidden.
 */
export function tenantEngine(engine: Engine, owner: string, secret: string): TenantServices {
  const sites = new OwnSites(owner);
  const own = () => sites.of(engine.view().site);
  const nameOf = (who: string): string => tenantName(owner, who);
  const isOwn = (who: string | undefined): boolean => who?.startsWith(nameOf('')) ?? false;
  const idsOf = (kind: string): BlindNumbers => new BlindNumbers(secret, `tenant\0${owner}\0${kind}`);
  const changes = new TenantChanges({ engine, owner, sites, nameOf, ports: new TenantPorts(secret, owner) });
  const alone = <T>(work: () => Promise<T>): Promise<T> => changes.alone(work);
  const { macs, rotations, sessions } = engine;
  const alerts = new TenantAlerts({ alerts: engine.alerts, owner, ids: idsOf('alert'), isOwn, nameOf });
  const isolation = new TenantIsolation({ isolation: engine.isolation, owner, own, nameOf });
  const leases = async () => (await engine.leases()).filter((lease) => lease.owner === owner);
  const tenant: Engine = {
    ...closedParts,
    alerts,
    events: new TenantEvents({ events: engine.events, owner, ids: idsOf('event'), isOwn }),
    isolation,
    limits: new TenantLimits({ limits: engine.limits, own }),
    macs: new TenantMacs({ macs, owner, own, ids: idsOf('lease'), nameOf, alone }),
    owners: { list: () => blindly(async () => [await viewOwner(engine.view().site, owner, macs)]) },
    rotations: new TenantRotations({ rotations, macs, owner, own, nameOf, alone }),
    sessions: new TenantSessions({ sessions, owner, own, nameOf }),
    traffic: new TenantTraffic({ traffic: engine.traffic, owner, own }),
    view: () => ownView(engine.view(), own()),
    status: () =>
      blindly(async () => {
        const { capabilities, driver, uplink } = await engine.status();
        return tenantStatus({
          view: engine.view(),
          own: own(),
          leases: await leases(),
          alerts: await alerts.list(),
          isolations: await isolation.list(),
          capabilities,
          driver,
          uplink,
        });
      }),
    leases: () => blindly(leases),
    planChange: (order, options) => changes.plan(order, options),
    change: (order, options) => changes.change(order, options),
    putObject: (kind, body, author, from) => changes.change({ objects: [{ op: 'put', kind, body }] }, by(author, from)),
    removeObject: (kind, name, author, from) =>
      changes.change({ objects: [{ op: 'remove', kind, name }] }, by(author, from)),
    attach: (guest, nic, port, author, from) =>
      changes.change({ objects: [{ op: 'attach', guest, nic, port }] }, by(author, from)),
    detach: (guest, nic, author, from) =>
      changes.change({ objects: [{ op: 'attach', guest, nic, port: null }] }, by(author, from)),
    plan: () => refuse('Planning a site file'),
    apply: () => refuse('Applying a site file'),
    confirm: () => refuse('Confirming a change'),
    siteAt: () => refuse('The site file'),
    rollback: () => refuse('Going back to a revision'),
    history: () => refuse('The history of the site'),
    journal: () => refuse('The journal'),
    verify: () => refuse('Comparing the host with the site'),
    destroy: () => refuse('Taking the gateway away'),
    close: () => refuse('Ending the daemon'),
  };
  return { engine: tenant, objects: () => blindly(() => objectsOf(engine, own)) };
}

const by = (author: string, from: string | undefined) => ({ author, ...(from === undefined ? {} : { from }) });

async function refuse(what: string): Promise<never> {
  throw closedToTenants(what);
}

/** The same list as long as it is the same site, so that what is worked out of it is not worked out again. */
const known = new WeakMap<object, StoredObject[]>();

function objectsOf(engine: Engine, own: () => ReturnType<OwnSites['of']>): StoredObject[] {
  const mine = own();
  const held = known.get(mine) ?? ownObjects(engine.view(), mine);
  known.set(mine, held);
  return held;
}
