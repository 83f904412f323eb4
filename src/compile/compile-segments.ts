import type { DesiredSegment } from '../model/desired-state.ts';
import type { Segment, Site } from '../model/site.ts';
import { gateway6Of, gatewayOf } from '../model/subnet.ts';
import { memoized, rememberMap } from './memo.ts';

const compileSegment = memoized(
  (segment: Segment): DesiredSegment => ({
    name: segment.name,
    bridge: segment.bridge,
    mtu: segment.mtu,
    subnet: segment.subnet,
    gateway: gatewayOf(segment.subnet),
    ...(segment.subnet6 ? { subnet6: segment.subnet6, gateway6: gateway6Of(segment.subnet6) } : {}),
    ...(segment.dhcp ? { dhcp: segment.dhcp } : {}),
    ...(segment.domain ? { domain: segment.domain } : {}),
    storm: segment.storm.broadcast,
    ...(segment.udp === undefined ? {} : { udp: segment.udp }),
  }),
);

const remember = rememberMap<DesiredSegment>();

export function compileSegments(site: Site): ReadonlyMap<string, DesiredSegment> {
  return remember(new Map(site.segments.map((segment) => [segment.name, compileSegment(segment)])));
}
