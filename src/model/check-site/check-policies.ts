import { isMulticast } from '../mac-address.ts';
import { quoteValue } from '../quote-value.ts';
import type { Guest, Nic, Policy, PolicyPeer, Segment } from '../site.ts';
import { type Subnet, subnetsOverlap } from '../subnet.ts';
import type { SiteIndex } from './site-index.ts';

type Peer<K extends PolicyPeer['kind']> = Extract<PolicyPeer, { kind: K }>;

interface Held {
  readonly guest: Guest;
  readonly nic: Nic;
}

/** Declared MAC addresses and who has them. Made only when a policy names one. */
function macHolders({ site }: SiteIndex): Map<string, Held> {
  const holders = new Map<string, Held>();
  for (const guest of site.guests) {
    for (const nic of guest.nics) if (nic.mac !== undefined) holders.set(nic.mac, { guest, nic });
  }
  return holders;
}

const within = (inner: Subnet, outer: Subnet): boolean =>
  inner.family === outer.family && inner.first >= outer.first && inner.last <= outer.last;

const networksOf = ({ subnet, subnet6 }: Segment): Subnet[] => (subnet6 ? [subnet, subnet6] : [subnet]);

/** Segments that a peer lies in wholly; empty when it may be outside all of them. */
function segmentsOf(peer: PolicyPeer, { site, guests }: SiteIndex): Set<string> {
  if (peer.kind === 'segment') return new Set([peer.segment]);
  if (peer.kind === 'guest') return new Set(guests.get(peer.guest)?.nics.map((nic) => nic.segment));
  if (peer.kind !== 'subnet') return new Set();
  const { subnet } = peer;
  const holder = site.segments.find((segment) => networksOf(segment).some((network) => within(subnet, network)));
  return new Set(holder ? [holder.name] : []);
}

function checkSides(path: string, { from, to }: Policy, index: SiteIndex): void {
  const { report } = index;
  if (from.kind === 'host') {
    const message = 'flows that the host itself starts are not filtered, so that nobody is locked out';
    report.error(`${path}.from`, message, '"host"', 'a guest, a segment, "world" or a subnet');
  } else if (from.kind === 'world' && (to.kind === 'world' || to.kind === 'host')) {
    const message = `flows from the world to the ${to.kind} are not filtered; a policy concerns guests`;
    report.error(`${path}.to`, message, quoteValue(to.kind), 'a guest, a segment or a subnet of one');
  } else if (from.kind === 'subnet' && to.kind === 'subnet' && from.subnet.family !== to.subnet.family) {
    const message = `no flow goes from ${from.subnet.text} to ${to.subnet.text}: they are of different IP versions`;
    report.error(`${path}.to`, message, to.subnet.text, `a subnet of IPv${from.subnet.family}`);
  }
}

function checkWithinSegment(path: string, policy: Policy, index: SiteIndex): void {
  const segments = new Set([...segmentsOf(policy.from, index)]);
  const targets = segmentsOf(policy.to, index);
  if (segments.size !== 1 || targets.size !== 1) return;
  const [segment] = segments as Set<string>;
  if (!targets.has(segment as string)) return;
  const quoted = quoteValue(segment);
  index.report.error(
    path,
    `both sides are in segment ${quoted}, and frames inside a segment do not pass the policies; put the guests into two segments`,
    `segment ${quoted} on both sides`,
    'two different segments, "world" or "host"',
  );
}

function checkSameAddress(path: string, policy: Policy, { site, guests, report }: SiteIndex): void {
  for (const [key, other] of [
    ['from', 'to'],
    ['to', 'from'],
  ] as const) {
    const peer = policy[key];
    const guest = peer.kind === 'guest' ? guests.get(peer.guest) : undefined;
    if (guest?.share !== 'same-address') continue;
    const alike = site.guests.filter(({ share }) => share === 'same-address').length;
    if (alike > 1) {
      report.error(
        `${path}.${key}`,
        `guest ${quoteValue(guest.name)} is one of ${alike} guests that have the shared address itself, and a policy cannot tell them apart`,
        quoteValue(guest.name),
        'a guest with share: nat, or one same-address guest in the site',
      );
      continue;
    }
    if (policy[other].kind === 'world') continue;
    report.error(
      `${path}.${other}`,
      `guest ${quoteValue(guest.name)} has the shared address itself, so its flows to and from the segments cannot be told from the host's; only "world" can be on the other side`,
      describePeer(policy[other]),
      '"world"',
    );
  }
}

function describePeer(peer: PolicyPeer): string {
  switch (peer.kind) {
    case 'guest':
      return quoteValue(peer.guest);
    case 'segment':
      return quoteValue(peer.segment);
    case 'subnet':
      return peer.subnet.text;
    case 'mac':
      return peer.mac;
    default:
      return quoteValue(peer.kind);
  }
}

/** The security-group form. What lies in the NIC's own segment does not pass the policies; the rest does. */
function checkMacForm(
  path: string,
  from: Peer<'mac'>,
  to: Peer<'subnet'>,
  holder: Held | undefined,
  index: SiteIndex,
): void {
  const { site, unread, report } = index;
  if (isMulticast(from.mac)) {
    const message = `MAC address "${from.mac}" is a group address, which no NIC has`;
    report.error(`${path}.macAddress`, message, from.mac, 'the MAC address of a NIC');
  } else if (!holder) {
    if (unread.holdsAny('guest')) return;
    const message = `no NIC of the site declares MAC address "${from.mac}"; the policy waits until one holds it`;
    report.warning(`${path}.macAddress`, message, from.mac, 'the "mac" of a NIC');
  } else if (holder.guest.share === 'same-address') {
    const inner = site.segments.find((segment) =>
      networksOf(segment).some((network) => subnetsOverlap(network, to.subnet)),
    );
    if (!inner) return;
    const message = `MAC address "${from.mac}" is that of guest ${quoteValue(holder.guest.name)}, which has the shared address itself; only addresses of the world can be on the other side`;
    report.error(`${path}.ipRange`, message, to.subnet.text, 'a subnet outside all segments');
  }
}

/** Policies decide about flows that the gateway sees and can tell apart. */
export function checkPolicies(index: SiteIndex): void {
  const { site } = index;
  let holders: Map<string, Held> | undefined;
  site.policies.forEach((policy, i) => {
    const path = `policies[${i}]`;
    const { from, to } = policy;
    if (from.kind === 'mac' && to.kind === 'subnet') {
      holders ??= macHolders(index);
      checkMacForm(path, from, to, holders.get(from.mac), index);
      return;
    }
    checkSides(path, policy, index);
    checkWithinSegment(path, policy, index);
    checkSameAddress(path, policy, index);
  });
}
