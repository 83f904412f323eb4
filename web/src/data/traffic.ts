import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { TrafficSums, TrafficView } from '../../../src/client/traffic.ts';
import { client } from './client.ts';

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

/** Milliseconds between two looks; of the first two less, so that rates are there soon. */
const lookEvery = 2_000;
const firstAfter = 700;

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

interface Looked {
  readonly view: TrafficView;
  /** Absent after the first look, and as long as the clock does not go on. */
  readonly rates?: Rates;
}

/** Rates of segments, and of guests if asked for (`nics`), every two seconds while the page is looked at. */
export function useRates(nics: boolean): Rates | undefined {
  const { data } = useQuery({
    queryKey: ['traffic', nics],
    queryFn: async ({ client: known, queryKey }): Promise<Looked> => {
      const before = known.getQueryData<Looked>(queryKey);
      const view = await client.traffic.show(nics ? { nics } : {});
      if (before === undefined) return { view };
      const passed = view.at - before.view.at;
      // Of two looks at the same reading the rates are those of before; after a rest they would be an average of hours.
      if (passed === 0) return before;
      return passed < 0 || passed > 10 * lookEvery ? { view } : { view, rates: ratesBetween(before.view, view) };
    },
    refetchInterval: ({ state }) => (state.data?.rates === undefined ? firstAfter : lookEvery),
    placeholderData: keepPreviousData,
  });
  return data?.rates;
}
