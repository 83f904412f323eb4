import { quoteValue } from '../../model/quote-value.ts';
import type { NicTraffic, SegmentTraffic, Traffic, TrafficQuery, TrafficView } from '../traffic/contract.ts';
import { blindly, tellTenant } from './blind-failures.ts';
import type { OwnSite } from './own-site.ts';

interface TrafficParts {
  readonly traffic: Traffic;
  readonly owner: string;
  readonly own: () => OwnSite;
}

/** The owner's NICs of one segment together. */
function sumOf(segment: string, nics: readonly NicTraffic[]): SegmentTraffic {
  const sum = (key: 'bytesSent' | 'bytesReceived' | 'packetsSent' | 'packetsReceived'): number =>
    nics.reduce((all, nic) => all + nic[key], 0);
  return {
    segment,
    nics: nics.length,
    bytesSent: sum('bytesSent'),
    bytesReceived: sum('bytesReceived'),
    packetsSent: sum('packetsSent'),
    packetsReceived: sum('packetsReceived'),
  };
}

/** What went to and from NICs of the owner. */
export class TenantTraffic implements Traffic {
  readonly #parts: TrafficParts;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  show({ nics, segment, guest, owner }: TrafficQuery = {}): Promise<TrafficView> {
    return blindly(async () => {
      const own = this.#parts.own();
      if (owner !== undefined && owner !== this.#parts.owner)
        throw tellTenant('not-found', `there is no owner ${quoteValue(owner)}`);
      if (guest !== undefined && !own.guests.has(guest))
        throw tellTenant('not-found', `there is no guest ${quoteValue(guest)}`);
      if (segment !== undefined && !own.segments.has(segment))
        throw tellTenant('not-found', `there is no segment ${quoteValue(segment)}`);
      const view = await this.#parts.traffic.show({
        nics: true,
        owner: this.#parts.owner,
        ...(guest === undefined ? {} : { guest }),
        ...(segment === undefined ? {} : { segment }),
      });
      const mine = (view.nics ?? []).filter((nic) => own.guests.has(nic.guest));
      const bySegment = Map.groupBy(mine, (nic) => nic.segment);
      return {
        at: view.at,
        segments: [...bySegment].map(([name, each]) => sumOf(name, each)),
        ...(nics ? { nics: mine } : {}),
      };
    });
  }
}
