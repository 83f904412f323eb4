import type { AppError } from '../../errors/app-error.ts';
import { ownPrefix } from '../../model/owner.ts';
import { type Rate, renderRate } from '../../model/quantity.ts';
import { quoteValue } from '../../model/quote-value.ts';
import { type Guest, type Nic, nicId } from '../../model/site.ts';
import type { LeaseView } from '../engine-contract.ts';
import { tellTenant } from './blind-failures.ts';
import type { OwnSite } from './own-site.ts';
import type { TenantPorts } from './tenant-ports.ts';

const refused = (sentence: string): AppError => tellTenant('forbidden', sentence);

const perDay = { second: 86_400, minute: 1_440, hour: 24, day: 1 } as const;
const eachDay = ({ count, per }: Rate): number => count * perDay[per];

/** Who it is, and that the tenant may make it. Says the same whether somebody else has a guest of that name or not. */
function checkName({ name, owner: named }: Guest, owner: string, own: OwnSite): void {
  if (named !== undefined && named !== owner)
    throw refused(
      `guest ${quoteValue(name)} would be of owner ${quoteValue(named)}; expected ${quoteValue(owner)}, or none`,
    );
  if (own.guests.has(name)) return;
  if (own.entry === undefined)
    throw refused(`owner ${quoteValue(owner)} is not in \`owners\` of the site, so its tenant cannot add guests`);
  const prefix = ownPrefix(owner);
  if (!name.startsWith(prefix))
    throw refused(
      `guest ${quoteValue(name)} cannot have this name; expected one that begins with ${quoteValue(prefix)}, such as ${quoteValue(prefix + name.slice(0, 40))}`,
    );
}

/** What decides how the host treats the guest is the operator's: as it is, it may stay. */
function checkTreatment(guest: Guest, before: Guest | undefined, own: OwnSite): void {
  const about = `guest ${quoteValue(guest.name)}`;
  const ports = (of: Guest | undefined): string => JSON.stringify(of?.ports ?? []);
  if (guest.share === 'same-address' && (before?.share !== guest.share || ports(before) !== ports(guest)))
    throw refused(`${about} would have the shared address itself; tenants publish ports by forwards (share: nat)`);
  if (guest.kind !== undefined && guest.kind !== before?.kind)
    throw refused(`${about} has kind ${quoteValue(guest.kind)}, which chooses a program of the host; leave "kind" out`);
  const rate = guest.limits?.newSessions;
  const most = own.site?.limits.newSessionsPerGuest;
  const held = before?.limits?.newSessions;
  if (rate === undefined || most === undefined || eachDay(rate) <= eachDay(most)) return;
  if (held !== undefined && eachDay(rate) <= eachDay(held)) return;
  throw refused(`${about} may begin ${renderRate(rate)} new sessions; expected at most ${renderRate(held ?? most)}`);
}

/** What a NIC has now: what the site names, and what it was given. */
interface HeldNic {
  readonly named: Nic | undefined;
  readonly given: LeaseView | undefined;
}

function checkNic(id: string, nic: Nic, { named, given }: HeldNic, own: OwnSite, ports: readonly unknown[]): void {
  const { segment, mac, ip, ip6, pool, port } = nic;
  const about = `NIC ${quoteValue(id)}`;
  if (segment !== named?.segment && !own.entry?.segments.includes(segment))
    throw tellTenant('not-found', `there is no segment ${quoteValue(segment)} that ${about} could be in`);
  const has = given?.segment === segment ? given : undefined;
  if (mac !== undefined && mac !== named?.mac && mac !== given?.mac)
    throw refused(`${about} names MAC address ${mac}; tenants get theirs from a pool: leave "mac" out`);
  const exclusive = own.exclusive.has(segment);
  const chosen = ip !== undefined && ip !== named?.ip && ip !== has?.ipv4 ? ip : undefined;
  const chosen6 = ip6 !== undefined && ip6 !== named?.ip6 && ip6 !== has?.ipv6 ? ip6 : undefined;
  if (!exclusive && (chosen ?? chosen6) !== undefined)
    throw refused(
      `${about} names IP address ${chosen ?? chosen6}, and segment ${quoteValue(segment)} is not for its owner alone; leave "${chosen ? 'ip' : 'ip6'}" out, then it is given one`,
    );
  if (pool !== undefined && pool !== named?.pool)
    throw refused(`${about} names a pool; leave "pool" out: the segment or the owner decides`);
  if (port !== undefined && !ports.includes(port))
    throw refused(
      `${about} names port ${quoteValue(port)}, a device of the host; expected ${quoteValue(ports[0])}, or none`,
    );
}

/** Refuses a guest that a tenant may not make, or change so; `leases` is what its NICs hold now. */
export function checkGuest(
  guest: Guest,
  owner: string,
  own: OwnSite,
  leases: readonly LeaseView[],
  ports: TenantPorts,
): void {
  checkName(guest, owner, own);
  const before = own.guests.get(guest.name);
  checkTreatment(guest, before, own);
  guest.nics.forEach((nic, index) => {
    const named = before?.nics[index];
    const given = leases.find((lease) => lease.guest === guest.name && lease.nic === index);
    checkNic(nicId(guest.name, index), nic, { named, given }, own, ports.allowed(guest.name, index, named));
  });
}
