import type { TrafficSums, TrafficView } from '../../../src/client/traffic.ts';

/** Bytes a second, as who is named sees it: of a guest, what it is sent and what it sends. */
export interface Rate {
  readonly received: number;
  readonly sent: number;
}

export interface Rates {
  readonly at: number;
  readonly uplink?: Rate;
  readonly segments: ReadonlyMap<string, Rate>;
  /** By `segment guest`: names hold no spaces. */
  readonly guests: ReadonlyMap<string, Rate>;
}

function rateOf(before: TrafficSums | undefined, now: TrafficSums, seconds: number): Rate {
  // A device that was made anew counts from 0.
  const grown = (one: number, other: number): number => Math.max(0, other - one) / seconds;
  if (before === undefined) return { received: 0, sent: 0 };
  return {
    received: grown(before.bytesReceived, now.bytesReceived),
    sent: grown(before.bytesSent, now.bytesSent),
  };
}

/** What went to and fro between two readings. */
export function ratesBetween(before: TrafficView, now: TrafficView): Rates {
  const seconds = (now.at - before.at) / 1000;
  const segmentsBefore = new Map(before.segments.map((sums) => [sums.segment, sums]));
  const nicsBefore = new Map(before.nics?.map((sums) => [`${sums.guest}/${sums.nic}`, sums]));
  const guests = new Map<string, Rate>();
  for (const nic of now.nics ?? []) {
    const key = `${nic.segment} ${nic.guest}`;
    const more = rateOf(nicsBefore.get(`${nic.guest}/${nic.nic}`), nic, seconds);
    const sum = guests.get(key) ?? { received: 0, sent: 0 };
    guests.set(key, { received: sum.received + more.received, sent: sum.sent + more.sent });
  }
  return {
    at: now.at,
    ...(now.uplink !== undefined && { uplink: rateOf(before.uplink, now.uplink, seconds) }),
    segments: new Map(
      now.segments.map((sums) => [sums.segment, rateOf(segmentsBefore.get(sums.segment), sums, seconds)]),
    ),
    guests,
  };
}
