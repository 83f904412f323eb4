import type { Assignments, NicAssignment } from '../model/assignments.ts';
import { macFromInteger, macToInteger } from '../model/mac-address.ts';
import { type MacRange, parseMacRange } from '../model/mac-range.ts';
import { parseDuration } from '../model/quantity.ts';
import { nicId } from '../model/site.ts';
import { nextLeaseState } from './leases/lease-states.ts';
import type { LeaseState } from './leases/leases.ts';
import { type HoldingWrites, planHoldings } from './plan-holdings.ts';
import { type Owners, planOwners } from './plan-owners.ts';
import { defaultQuarantine, quarantineOf } from './quarantine.ts';
import type { Commit } from './registry.ts';
import type { RegistryState } from './registry-state.ts';

/** Seconds of `dhcp: {}`, as src/model/site-schema.ts has it. */
const defaultDhcpLease = 600;

/** What a row says of one MAC address of a NIC of the site. Only the one that is in use carries the IP addresses. */
export interface NicLease {
  readonly mac: number;
  readonly state: 'reserved' | 'active' | 'retiring';
  readonly guest: string;
  readonly nic: number;
  readonly segment: string;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

/**
 * What becomes of leases in one commit, in this order: what ends makes room for what changes and begins. Quarantines
 * are in seconds.
 */
export interface LeaseWrites {
  readonly ended: readonly { readonly lease: NicLease; readonly quarantine: number }[];
  /** When quarantines begin at the earliest: a clock that went back since the last revision must not shorten them. */
  readonly restFrom: number;
  /** Leases whose state changes, and their IP addresses with it: a rotation. */
  readonly turned: readonly { readonly before: NicLease; readonly after: NicLease }[];
  readonly begun: readonly NicLease[];
  readonly owners: Owners;
  /** The same as stretches of time. */
  readonly holdings: HoldingWrites;
}

/** What a commit says of leases: all of it, or the leases alone change. */
export type LeaseChange = Pick<Commit, 'at' | 'kernelSince' | 'put' | 'assignments'>;

/** Compares the NICs of a change with those that stand. Throws `conflict` for a step that no lease can take. */
export function planLeases(state: RegistryState, change: LeaseChange): LeaseWrites {
  const [before, after] = [state.assignments.nics, change.assignments.nics];
  const gone: NicLease[] = [];
  const turned: { before: NicLease; after: NicLease }[] = [];
  const begun: NicLease[] = [];
  if (before !== after) {
    for (const [id, had] of before) if (!after.has(id)) gone.push(...leasesOf(had));
    for (const [id, has] of after) {
      const had = before.get(id);
      if (had === has) continue;
      const standing = new Map((had === undefined ? [] : leasesOf(had)).map((lease) => [lease.mac, lease]));
      for (const lease of leasesOf(has)) {
        const was = standing.get(lease.mac);
        if (was !== undefined && sameLease(was, lease)) standing.delete(lease.mac);
        else if (was !== undefined && was.segment === lease.segment && was.state !== lease.state) {
          standing.delete(lease.mac);
          refuseStep(was.state, lease);
          turned.push({ before: was, after: lease });
        } else begun.push(lease);
      }
      gone.push(...standing.values());
    }
  }
  const restFrom = Math.max(change.at, state.head?.at ?? change.at);
  const owners = planOwners(state, change, [...begun, ...turned.map((turn) => turn.after)]);
  const since = Math.min(change.kernelSince ?? change.at, change.at);
  const holdings = planHoldings({ before, after, owners, since });
  return { ended: rest(gone, state, change), restFrom, turned, begun, owners, holdings };
}

/** The rows that stand for a NIC. */
function leasesOf({ guest, nic, segment, mac, ipv4, ipv6, also }: NicAssignment): NicLease[] {
  const common = { guest, nic, segment };
  const used: NicLease = { ...common, mac: macToInteger(mac), state: 'active', ipv4, ipv6: ipv6 ?? null };
  if (also === undefined) return [used];
  return [used, { ...common, mac: macToInteger(also.mac), state: also.state, ipv4: null, ipv6: null }];
}

function sameLease(a: NicLease, b: NicLease): boolean {
  return a.state === b.state && a.ipv4 === b.ipv4 && a.ipv6 === b.ipv6 && a.segment === b.segment;
}

function refuseStep(from: LeaseState, { mac, state, guest, nic }: NicLease): void {
  const event = state === 'retiring' ? 'retire' : from === 'retiring' ? 'restore' : 'activate';
  nextLeaseState(from, event, `the lease of "${macFromInteger(mac)}" of NIC "${nicId(guest, nic)}"`);
}

function rest(gone: readonly NicLease[], state: RegistryState, change: LeaseChange): LeaseWrites['ended'] {
  if (gone.length === 0) return [];
  const pools = poolsOf(state, change);
  const dhcp = dhcpLeasesOf(state, change);
  return gone.map((lease) => {
    // The check of pools knows nothing of an address outside of them; its guest may still go by its DHCP lease.
    const seconds = Math.max(quarantineOf(macFromInteger(lease.mac), pools), dhcp.get(lease.segment) ?? 0);
    return { lease, quarantine: seconds };
  });
}

/** Seconds that a DHCP lease holds, by segment; the longer one where a change alters it. */
function dhcpLeasesOf(state: RegistryState, change: LeaseChange): Map<string, number> {
  const found = new Map<string, number>();
  for (const { name, body } of objectsOf('segment', state, change)) {
    const { dhcp } = (body ?? {}) as { dhcp?: { lease?: unknown } };
    if (dhcp === undefined) continue;
    const seconds = dhcp.lease === undefined ? defaultDhcpLease : parseDuration(String(dhcp.lease));
    found.set(name, Math.max(seconds, found.get(name) ?? 0));
  }
  return found;
}

/** Objects of a kind as they stand, and as the change puts them. */
function objectsOf(
  kind: 'pool' | 'segment',
  state: RegistryState,
  change: LeaseChange,
): { name: string; body: unknown }[] {
  const standing = [...state.objects.values()]
    .filter(({ row }) => row.kind === kind)
    .map(({ row }) => ({ name: row.name, body: JSON.parse(row.body) as unknown }));
  return [...standing, ...change.put.filter((object) => object.kind === kind)];
}

/** Pools before and after the change: what leaves with its pool still rests as long as that pool said. */
function poolsOf(state: RegistryState, change: LeaseChange): { name: string; range: MacRange; quarantine: number }[] {
  return objectsOf('pool', state, change).map(({ name, body }) => {
    const { range, quarantine, parent } = (body ?? {}) as { range?: unknown; quarantine?: unknown; parent?: unknown };
    return {
      name,
      range: parseMacRange(String(range)),
      quarantine: quarantine === undefined ? defaultQuarantine : parseDuration(String(quarantine)),
      ...(parent === undefined ? {} : { parent: String(parent) }),
    };
  });
}

/** The sentence for a duplicate that a unique key refused. */
export function describeDuplicate(assignments: Assignments): string | undefined {
  const holders = new Map<string, string>();
  for (const [id, { segment, mac, also, ipv4, ipv6 }] of assignments.nics) {
    const addresses: [string, string, string | undefined][] = [
      ['MAC address', 'in the site', mac],
      ['MAC address', 'in the site', also?.mac],
      ['IPv4 address', segment, ipv4],
      ['IPv6 address', segment, ipv6],
    ];
    for (const [kind, domain, address] of addresses) {
      if (address === undefined) continue;
      const holder = holders.get(`${domain} ${address}`);
      if (holder !== undefined) {
        const where = kind === 'MAC address' ? '' : ` on segment "${segment}"`;
        return `${kind} "${address}" of NIC "${id}" is already held by NIC "${holder}"${where}; expected an address that is free`;
      }
      holders.set(`${domain} ${address}`, id);
    }
  }
  return undefined;
}
