import { PortClaims } from '../port-claims.ts';
import { portCount, renderPortRange } from '../port-range.ts';
import { quoteValue } from '../quote-value.ts';
import { type Forward, forwardId, type Guest } from '../site.ts';
import type { SiteIndex } from './site-index.ts';

/** Who holds a port of the shared address: a forward, or a same-address guest. */
export type PortHolder = Forward | Guest;

function describeHolder(holder: PortHolder): string {
  return 'protocol' in holder
    ? `the forward ${forwardId(holder)} to ${quoteValue(holder.to.guest)}`
    : `same-address guest ${quoteValue(holder.name)}`;
}

function checkTarget(i: number, forward: Forward, { guests, unread, report }: SiteIndex): void {
  const { guest: name, nic, first } = forward.to;
  const guest = guests.get(name);
  const path = `forwards[${i}].to`;
  if (!guest) {
    if (!unread.mayHold('guest', name)) report.missing(path, 'guest', name, guests.keys());
    return;
  }
  if (guest.share === 'same-address') {
    const message = `guest ${quoteValue(name)} has the shared address itself; a port becomes its own in its "ports", not by a forward`;
    report.error(path, message, quoteValue(name), 'a guest whose "share" is "nat"');
  } else if (nic >= guest.nics.length) {
    const count = guest.nics.length;
    const message = `guest ${quoteValue(name)} has no NIC ${nic}; it has ${count}, and the first is 0`;
    report.error(path, message, String(nic), count === 1 ? '0' : `0 to ${count - 1}`);
  }
  if (unread.gapsOf(forward)?.has('to')) return;
  const last = first + portCount(forward.ports) - 1;
  if (last > 65_535) {
    const message = `the published ports ${renderPortRange(forward.ports)} lead to target ports ${first}-${last}, and ports end at 65535`;
    report.error(path, message, `${first}-${last}`, `a first target port of at most ${65_535 - (last - first)}`);
  }
}

function claimForwards(index: SiteIndex, claims: PortClaims<PortHolder>): void {
  const { forwards } = index.site;
  for (let i = 0; i < forwards.length; i++) {
    const forward = forwards[i] as Forward;
    const guest = index.guests.get(forward.to.guest);
    // The common case is a single port to a NIC that is there; only the others are looked at closely.
    const plain =
      guest?.share === 'nat' && forward.to.nic < guest.nics.length && forward.ports.first === forward.ports.last;
    if (!plain) checkTarget(i, forward, index);
    if (index.unread.gapsOf(forward)?.has('protocol')) continue;
    const holder = claims.claim(forward.ports, forward.protocol, forward);
    if (!holder) continue;
    const message = `forward ${forwardId(forward)} to ${quoteValue(forward.to.guest)} and ${describeHolder(holder)} publish the same port`;
    index.report.error(`forwards[${i}].port`, message, renderPortRange(forward.ports), 'ports that nothing else has');
  }
}

function claimOwnPorts(g: number, guest: Guest, { report }: SiteIndex, claims: PortClaims<PortHolder>): void {
  guest.ports.forEach((range, p) => {
    const holder = claims.claim(range, 'tcp', guest);
    const other = claims.claim(range, 'udp', guest);
    const found = holder ?? other;
    if (!found) return;
    const text = renderPortRange(range);
    const twice = found === guest;
    const message = twice
      ? `guest ${quoteValue(guest.name)} has ports of ${text} twice`
      : `ports ${text} of same-address guest ${quoteValue(guest.name)} are already those of ${describeHolder(found)}`;
    report.error(`guests[${g}].ports[${p}]`, message, text, 'ports that nothing else has');
  });
}

function checkShare(g: number, guest: Guest, { unread, report }: SiteIndex): void {
  const gaps = unread.gapsOf(guest);
  const quoted = quoteValue(guest.name);
  if (guest.share === 'nat') {
    if (guest.ports.length === 0 || gaps?.has('share')) return;
    const message = `guest ${quoted} has "ports", but its "share" is "nat"; publish its ports by forwards`;
    report.error(
      `guests[${g}].ports`,
      message,
      `${guest.ports.length} port ranges`,
      'no "ports", or "share: same-address"',
    );
    return;
  }
  if (guest.ports.length === 0 && !gaps?.has('ports')) {
    const message = `same-address guest ${quoted} has no "ports", so nothing could reach it`;
    report.error(`guests[${g}]`, message, 'no ports', 'a list such as "ports: [5060, 16384-16483]"');
  }
  if (guest.nics.length !== 1) {
    const message = `same-address guest ${quoted} has ${guest.nics.length} NICs; the shared address can be on one only`;
    report.error(`guests[${g}].nics`, message, `${guest.nics.length} NICs`, 'exactly one NIC');
  }
}

/** Every port of the shared address belongs to one forward or one guest, and forwards lead somewhere. */
export function checkPorts(index: SiteIndex): PortClaims<PortHolder> {
  const claims = new PortClaims<PortHolder>();
  claimForwards(index, claims);
  const { guests } = index.site;
  for (let g = 0; g < guests.length; g++) {
    const guest = guests[g] as Guest;
    checkShare(g, guest, index);
    if (guest.share === 'same-address') claimOwnPorts(g, guest, index, claims);
  }
  return claims;
}
