/** What went to and fro since the devices were made: it only grows, and begins at 0 again with a new device. */
export interface TrafficSums {
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
}

/** One segment's NICs together, as the guests see it: what guests of it sent each other counts at both. */
export interface SegmentTraffic extends TrafficSums {
  readonly segment: string;
  /** NICs whose device is there. */
  readonly nics: number;
}

/** One NIC, as its guest sees it. */
export interface NicTraffic extends TrafficSums {
  readonly guest: string;
  readonly nic: number;
  readonly segment: string;
  readonly owner?: string;
}

export interface TrafficView {
  /** When the counters were read, in milliseconds since the epoch: two answers make a rate. */
  readonly at: number;
  /** What carries the shared address, as the host sees it: with the host's own traffic. Absent for tenants. */
  readonly uplink?: TrafficSums;
  readonly segments: readonly SegmentTraffic[];
  /** Those that were asked for and whose device is there. */
  readonly nics?: readonly NicTraffic[];
}

export interface TrafficQuery {
  /** NICs one by one as well. */
  readonly nics?: boolean;
  /** Only NICs of this segment, of this guest, of this owner. */
  readonly segment?: string;
  readonly guest?: string;
  readonly owner?: string;
}

/** How much goes to and fro, by the counters of the devices. Reads one file, at most twice a second. */
export interface Traffic {
  /** Rejects with `not-found` for a segment or guest that the site does not have. */
  show(query?: TrafficQuery): Promise<TrafficView>;
}
