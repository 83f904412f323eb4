import { type AppError, isAppError } from '../../errors/app-error.ts';
import type { ImportItem, ImportOutcome } from '../../model/imported-nic.ts';
import { nicId, type Site } from '../../model/site.ts';
import type { Lease, Leases, LeaseWish, SegmentSpace } from '../../registry/leases/leases.ts';
import { isForTaking, restsFor } from '../../registry/leases/take-over.ts';
import { OrderPlanner } from './plan-order.ts';

/** What an import would do, item by item. */
export interface ImportPlan {
  readonly outcomes: ImportOutcome[];
  /** What is to be leased, and which item each is of. */
  readonly taken: { readonly index: number; readonly wish: LeaseWish }[];
  readonly segments: SegmentSpace[];
}

/** One item that could be read, and the addresses that it wants: `mac`, `segment ip`. */
interface Wanted {
  readonly item: ImportItem;
  readonly index: number;
  readonly wish: LeaseWish;
  readonly keys: readonly string[];
}

const held = new Set(['reserved', 'active', 'retiring']);

/** Compares what is to be taken over with who holds what. Changes nothing. */
export async function planImport(
  items: readonly ImportItem[],
  site: Site | undefined,
  leases: Leases,
  now: number,
): Promise<ImportPlan> {
  const planner = new OrderPlanner(site, {});
  const outcomes: ImportOutcome[] = [];
  const wanted: Wanted[] = [];
  let unknown: AppError | undefined;
  for (const [index, item] of items.entries()) {
    const { where, mac } = item;
    try {
      const wish = planner.wish(leaseItemOf(item));
      wanted.push({ item, index, wish, keys: keysOf(wish) });
    } catch (error) {
      if (!isAppError(error)) throw error;
      outcomes[index] = { where, mac, outcome: 'conflict', conflict: error.message };
      unknown = error.code === 'not-found' ? error : unknown;
    }
  }
  // None can be read, as the segment that all of them shall be in does not exist: one sentence says it.
  if (unknown !== undefined && outcomes.every(({ conflict }) => conflict === unknown?.message) && wanted.length === 0)
    throw unknown;
  const barring = await leases.barring(
    wanted.flatMap(({ keys }) => keys),
    now,
  );
  const nics = wanted.flatMap(({ wish: { guest, nic = 0 } }) => (guest === undefined ? [] : [{ guest, nic }]));
  const latest = nics.length === 0 ? new Map<string, Lease>() : await leases.latest(nics);
  const claims = new Map<string, ImportItem>();
  const taken: ImportPlan['taken'] = [];
  for (const entry of wanted) {
    const outcome = decide(entry, barring, latest, claims);
    outcomes[entry.index] = outcome;
    if (outcome.outcome === 'taken') taken.push(entry);
  }
  return { outcomes, taken, segments: planner.segments() };
}

function leaseItemOf({ where: _, ...item }: ImportItem) {
  return item;
}

function keysOf({ mac = '', segment, ipv4, ipv6 }: LeaseWish): string[] {
  return [mac, ...[ipv4, ipv6].flatMap((ip) => (ip === undefined ? [] : [`${segment} ${ip}`]))];
}

function decide(
  { item, wish, keys }: Wanted,
  barring: ReadonlyMap<string, Lease>,
  latest: ReadonlyMap<string, Lease>,
  claims: Map<string, ImportItem>,
): ImportOutcome {
  const { where } = item;
  const mac = wish.mac as string;
  const conflict = (sentence: string): ImportOutcome => ({ where, mac, outcome: 'conflict', conflict: sentence });
  const nic = wish.guest === undefined ? undefined : nicId(wish.guest, wish.nic ?? 0);
  const own = nic === undefined ? undefined : latest.get(nic);
  const has = own !== undefined && held.has(own.state) ? own : undefined;
  const same = (lease: Lease | undefined): boolean =>
    lease !== undefined &&
    (nic === undefined ? lease.guest === undefined && lease.owner === wish.owner : lease.id === has?.id);
  const bar = barring.get(mac);
  if (bar !== undefined && held.has(bar.state) && same(bar)) {
    const other = differingAddress(wish, bar);
    if (other === undefined) return { where, mac, outcome: 'known', lease: bar.id };
    return conflict(`NIC "${nic}" holds "${other.has}" already, so it cannot take over "${other.wanted}"`);
  }
  if (has !== undefined)
    return conflict(`NIC "${nic}" holds MAC address "${has.mac}" already, so it cannot take over "${mac}"`);
  for (const key of keys) {
    const address = key.slice(key.lastIndexOf(' ') + 1);
    const lease = barring.get(key);
    if (lease !== undefined && !makesRoom(lease, wish)) return conflict(`"${address}" ${holding(lease)}`);
    const claim = claims.get(key);
    if (claim !== undefined) return conflict(`"${address}" stands at ${claim.where} already`);
  }
  const claim = nic === undefined ? undefined : claims.get(nic);
  if (claim !== undefined)
    return conflict(`NIC "${nic}" stands at ${claim.where} already, with MAC address "${claim.mac}"`);
  for (const key of nic === undefined ? keys : [...keys, nic]) claims.set(key, item);
  return { where, mac, outcome: 'taken' };
}

/** As the store has it when it leases: see `mayTake` in claim-named.ts. */
function makesRoom(lease: Lease, { guest, owner, mac }: LeaseWish): boolean {
  if (guest === undefined) return false;
  if (!held.has(lease.state)) return restsFor(lease, guest, owner);
  return lease.mac === mac && isForTaking(lease, owner);
}

function differingAddress({ ipv4, ipv6 }: LeaseWish, lease: Lease): { has: string; wanted: string } | undefined {
  if (ipv4 !== undefined && lease.ipv4 !== ipv4) return { has: lease.ipv4 ?? 'no IPv4 address', wanted: ipv4 };
  if (ipv6 !== undefined && lease.ipv6 !== ipv6) return { has: lease.ipv6 ?? 'no IPv6 address', wanted: ipv6 };
  return undefined;
}

/** `is held by NIC "web1/0" of owner "team-a" since …`. */
function holding({ guest, nic, owner, id, state, since, freeAt }: Lease): string {
  const holder = guest === undefined ? `lease ${id}` : `NIC "${nicId(guest, nic ?? 0)}"`;
  const whole = owner === undefined ? holder : `${holder} of owner "${owner}"`;
  if (held.has(state)) return `is held by ${whole} since ${new Date(since).toISOString()}`;
  return `was released by ${whole} and rests until ${new Date(freeAt ?? since).toISOString()}`;
}
