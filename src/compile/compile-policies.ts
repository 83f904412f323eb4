import type { DesiredNic, DesiredSegment, DesiredState, PolicyBox } from '../model/desired-state.ts';
import { ipv4FromInteger, ipv6FromInteger } from '../model/ip-address.ts';
import type { Policy, PolicyPeer, Site } from '../model/site.ts';
import { type Subnet, subnetsOverlap } from '../model/subnet.ts';
import { layerBoxes } from './layer-boxes.ts';

type Place = keyof DesiredState['policies'];
type Range = { readonly family: 4 | 6; readonly bounds: readonly [string, string] };
type Context = {
  segments: ReadonlyMap<string, DesiredSegment>;
  nicsOf: (match: (nic: DesiredNic) => boolean) => DesiredNic[];
};

const everywhere: readonly Range[] = [
  { family: 4, bounds: ['0.0.0.0', '255.255.255.255'] },
  { family: 6, bounds: ['::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'] },
];
/** IANA protocol numbers; `icmp` stands for ICMP on IPv4 and ICMPv6 on IPv6. */
const protocols = { tcp: [6, 6], udp: [17, 17], icmp: [1, 58] } as const;

const single = (family: 4 | 6, address: string): Range => ({ family, bounds: [address, address] });

function rangeOf(subnet: Subnet): Range {
  return subnet.family === 4
    ? { family: 4, bounds: [ipv4FromInteger(subnet.first), ipv4FromInteger(subnet.last)] }
    : { family: 6, bounds: [ipv6FromInteger(subnet.first), ipv6FromInteger(subnet.last)] };
}

function rangesOf(peer: PolicyPeer, context: Context): readonly Range[] {
  switch (peer.kind) {
    case 'world':
    case 'host':
      return everywhere;
    case 'subnet':
      return [rangeOf(peer.subnet)];
    case 'segment': {
      const segment = context.segments.get(peer.segment);
      return [segment?.subnet, segment?.subnet6].filter((subnet) => subnet !== undefined).map(rangeOf);
    }
    default: {
      const found = context.nicsOf((nic) => (peer.kind === 'guest' ? nic.guest === peer.guest : nic.mac === peer.mac));
      // A same-address guest is seen as the shared address.
      return found.flatMap((nic) => [
        ...nic.sources4.map((address) => single(4, address)),
        ...(nic.ipv6 ? [single(6, nic.ipv6)] : []),
      ]);
    }
  }
}

/** Whether a subnet lies within the segments, outside of all of them, or both. */
function sidesOf(subnet: Subnet, context: Context): Place[] {
  const own = [...context.segments.values()].flatMap((segment) => [segment.subnet, segment.subnet6 ?? []].flat());
  const touching = own.filter((other) => subnetsOverlap(subnet, other));
  if (touching.length === 0) return ['world'];
  return touching.some((other) => other.first <= subnet.first && subnet.last <= other.last)
    ? ['inner']
    : ['inner', 'world'];
}

/** Where a flow between two peers is judged. A subnet may lie on either side of the uplink, or on both. */
function placesOf(from: PolicyPeer, to: PolicyPeer, context: Context): Place[] {
  if (to.kind === 'host') return ['host'];
  if (from.kind === 'world' || to.kind === 'world') return ['world'];
  const sides = [from, to].flatMap((peer) => (peer.kind === 'subnet' ? [sidesOf(peer.subnet, context)] : []));
  return sides.reduce((left, right) => left.filter((place) => right.includes(place)), sides[0] ?? ['inner']);
}

function boxesOf(policy: Policy, from: readonly Range[], to: readonly Range[]): PolicyBox[] {
  const boxes: PolicyBox[] = [];
  const kinds = policy.ports.length > 0 ? policy.ports : [undefined];
  for (const source of from) {
    for (const destination of to) {
      if (source.family !== destination.family) continue;
      for (const kind of kinds) {
        const number = kind && protocols[kind.protocol][source.family === 4 ? 0 : 1];
        boxes.push({
          policy: policy.name,
          action: policy.action,
          family: source.family,
          source: source.bounds,
          destination: destination.bounds,
          protocol: number === undefined ? [0, 255] : [number, number],
          ports: kind?.ports ? [kind.ports.first, kind.ports.last] : [0, 65535],
        });
      }
    }
  }
  return boxes;
}

function compileAll(policies: readonly Policy[], context: Context): DesiredState['policies'] {
  const boxes: Record<Place, PolicyBox[]> = { inner: [], world: [], host: [] };
  for (const policy of policies) {
    const directions: [PolicyPeer, PolicyPeer][] = [[policy.from, policy.to]];
    if (policy.bothWays) directions.push([policy.to, policy.from]);
    for (const [from, to] of directions) {
      for (const place of placesOf(from, to, context)) {
        boxes[place].push(...boxesOf(policy, rangesOf(from, context), rangesOf(to, context)));
      }
    }
  }
  return { inner: layerBoxes(boxes.inner), world: layerBoxes(boxes.world), host: layerBoxes(boxes.host) };
}

const none: DesiredState['policies'] = { inner: [], world: [], host: [] };
let last: { key: readonly unknown[]; policies: DesiredState['policies'] } | undefined;

/** Policies → boxes of addresses, protocol and ports, in layers whose order keeps "the first match decides". */
export function compilePolicies(
  site: Site,
  segments: ReadonlyMap<string, DesiredSegment>,
  nics: ReadonlyMap<string, DesiredNic>,
): DesiredState['policies'] {
  if (site.policies.length === 0) return none;
  const key = [...site.policies, segments, nics];
  if (last && last.key.length === key.length && last.key.every((value, i) => value === key[i])) return last.policies;
  const all = [...nics.values()];
  const policies = compileAll(site.policies, { segments, nicsOf: (match) => all.filter(match) });
  last = { key, policies };
  return policies;
}
