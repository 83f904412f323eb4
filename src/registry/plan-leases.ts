import { AppError } from '../errors/app-error.ts';
import type { Assignments, NicAssignment } from '../model/assignments.ts';
import { macFromInteger, macToInteger } from '../model/mac-address.ts';
import { type MacRange, parseMacRange } from '../model/mac-range.ts';
import { parseDuration } from '../model/quantity.ts';
import { defaultQuarantine, quarantineOf } from './quarantine.ts';
import type { Commit, RememberedLease } from './registry.ts';
import { type NicRow, type RegistryState, rememberedOf } from './registry-state.ts';

/** What becomes of leases in one commit. Rows are released before new ones are written: both may name one address. */
export interface LeaseWrites {
  readonly released: readonly { readonly id: number; readonly nic: string; readonly lease: RememberedLease }[];
  readonly started: readonly NicRow[];
  /** Remembered rows that become history: their NIC has it all again, or others needed an address of theirs. */
  readonly forgotten: readonly number[];
}

/** Leases kept for guests that may come back after their quarantine; beyond it the oldest are forgotten. */
const rememberedLimit = 10_000;

/** What a commit says of leases: all of it, or the leases alone change. */
export type LeaseChange = Pick<Commit, 'at' | 'put' | 'assignments'>;

export function planLeases(state: RegistryState, commit: LeaseChange): LeaseWrites {
  const [before, after] = [state.assignments.nics, commit.assignments.nics];
  if (before === after) return { released: [], started: [], forgotten: [] };
  const gone: [string, NicAssignment][] = [];
  const started: NicRow[] = [];
  for (const entry of before) if (!after.has(entry[0])) gone.push(entry);
  for (const [id, lease] of after) {
    const had = before.get(id);
    if (had === lease || (had !== undefined && sameLease(had, lease))) continue;
    if (had !== undefined) gone.push([id, had]);
    started.push(leaseRowOf(lease, state.next.lease + started.length, commit.at));
  }
  return { released: release(gone, state, commit), started, forgotten: forget(state, started, commit.at) };
}

function sameLease(a: NicAssignment, b: NicAssignment): boolean {
  return a.mac === b.mac && a.ipv4 === b.ipv4 && a.ipv6 === b.ipv6 && a.segment === b.segment;
}

function leaseRowOf(lease: NicAssignment, id: number, since: number): NicRow {
  const { guest, nic, segment, mac, ipv4, ipv6 } = lease;
  return {
    id,
    mac: macToInteger(mac),
    alias: null,
    ended: 0,
    state: 'active',
    guest,
    nic,
    owner: null,
    segment,
    ipv4,
    ipv6: ipv6 ?? null,
    source: 'site',
    since,
    released_at: null,
    free_at: null,
    comment: null,
  };
}

function release(
  gone: readonly [string, NicAssignment][],
  state: RegistryState,
  commit: LeaseChange,
): LeaseWrites['released'] {
  if (gone.length === 0) return [];
  const pools = poolsOf(state, commit);
  // A clock that went back since the last revision must not shorten the quarantine.
  const from = Math.max(commit.at, state.head?.at ?? commit.at);
  return gone.map(([nic, lease]) => {
    const id = state.leaseIds.get(nic);
    if (id === undefined) throw new AppError('internal', `NIC "${nic}" holds a lease that has no row`);
    return { id, nic, lease: rememberedOf(lease, from + quarantineOf(lease.mac, pools) * 1000) };
  });
}

/** Pools before and after the change: what leaves with its pool still rests as long as that pool said. */
function poolsOf(state: RegistryState, commit: LeaseChange): { range: MacRange; quarantine: number }[] {
  const standing = [...state.objects.values()]
    .filter(({ row }) => row.kind === 'pool')
    .map(({ row }) => JSON.parse(row.body));
  const bodies = [...standing, ...commit.put.filter(({ kind }) => kind === 'pool').map(({ body }) => body)];
  return bodies.map((body: { range?: unknown; quarantine?: unknown } | null) => ({
    range: parseMacRange(String(body?.range)),
    quarantine: body?.quarantine === undefined ? defaultQuarantine : parseDuration(String(body.quarantine)),
  }));
}

function forget(state: RegistryState, started: readonly NicRow[], at: number): number[] {
  if (started.length === 0 && state.remembered.size <= rememberedLimit) return [];
  const taken = new Map<string, NicRow>();
  for (const row of started) for (const key of keysOf({ ...row, mac: macFromInteger(row.mac) })) taken.set(key, row);
  const addresses = new Set(started.flatMap(({ mac, ipv4, ipv6 }) => [macFromInteger(mac), ipv4, ipv6]));
  const forgotten: number[] = [];
  let surplus = state.remembered.size - rememberedLimit;
  for (const [id, lease] of state.remembered) {
    const crowdedOut = lease.freeAt <= at && surplus > 0;
    const touched = addresses.has(lease.mac) || addresses.has(lease.ipv4) || addresses.has(lease.ipv6 ?? '');
    if (!touched && !crowdedOut) continue;
    const takers = keysOf(lease).map((key) => taken.get(key));
    const hasItAll = takers.every((row) => row?.guest === lease.guest && row.nic === lease.nic);
    const needed = lease.freeAt <= at && takers.some((row) => row !== undefined);
    if (!hasItAll && !needed && !crowdedOut) continue;
    forgotten.push(id);
    surplus--;
  }
  return forgotten;
}

function keysOf(lease: { segment: string; mac: string; ipv4: string; ipv6?: string | null | undefined }): string[] {
  const keys = [lease.mac, `${lease.segment} ${lease.ipv4}`];
  if (lease.ipv6) keys.push(`${lease.segment} ${lease.ipv6}`);
  return keys;
}

/** The sentence for a duplicate that a unique key refused. */
export function describeDuplicate(assignments: Assignments): string | undefined {
  const holders = new Map<string, string>();
  for (const [id, { segment, mac, ipv4, ipv6 }] of assignments.nics) {
    const addresses: [string, string, string | undefined][] = [
      ['MAC address', 'in the site', mac],
      ['IPv4 address', segment, ipv4],
      ['IPv6 address', segment, ipv6],
    ];
    for (const [kind, domain, address] of addresses) {
      if (address === undefined) continue;
      const holder = holders.get(`${domain} ${address}`);
      if (holder !== undefined) {
        return `${kind} "${address}" of NIC "${id}" is already held by NIC "${holder}"${kind === 'MAC address' ? '' : ` on segment "${segment}"`}; expected an address that is free`;
      }
      holders.set(`${domain} ${address}`, id);
    }
  }
  return undefined;
}
