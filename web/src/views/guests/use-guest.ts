import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import type { LeaseView, StoredObject } from '../../../../src/client/client.ts';
import { queryOf, requestList } from '../../../../src/client/request.ts';
import type { TrafficView } from '../../../../src/client/traffic.ts';
import { client, transport } from '../../data/client.ts';
import { useHasSessions } from '../../data/guests.ts';
import { queryClient } from '../../data/query-client.ts';
import { useStatus } from '../../data/status.ts';

/** Everything of one guest begins with this key, so that one action renews all of it. */
export const guestKey = (guest: string) => ['guest', guest] as const;

export function renewGuest(guest: string): void {
  void queryClient.invalidateQueries({ queryKey: guestKey(guest) });
  void queryClient.invalidateQueries({ queryKey: ['leases'] });
  void queryClient.invalidateQueries({ queryKey: ['isolations'] });
  void queryClient.invalidateQueries({ queryKey: ['rotations'] });
}

/** The guest as the site says it, and what its NICs hold. Read anew with each revision. */
export function useGuest(guest: string) {
  const revision = useStatus().data?.revision;
  return useQuery({
    queryKey: [...guestKey(guest), 'site', revision],
    queryFn: async () => {
      const [object, nics, forwards] = await Promise.all([
        client.object('guest', guest),
        requestList<LeaseView>(transport, `/v1/leases${queryOf({ guest })}`),
        requestList<StoredObject>(transport, `/v1/forwards${queryOf({ guest })}`),
      ]);
      return { object, nics, forwards };
    },
    refetchInterval: 10_000,
    placeholderData: (before) => (before?.object.name === guest ? before : undefined),
  });
}

export function useGuestSums(guest: string) {
  return useQuery({
    queryKey: [...guestKey(guest), 'sums'],
    queryFn: async () =>
      (await client.sessions.summary({ guest, limit: 10 })).guests.find((one) => one.guest === guest),
    refetchInterval: 3_000,
    enabled: useHasSessions() === true,
  });
}

/** One look at the counters of a guest's devices. */
export interface Sample {
  readonly at: number;
  readonly sent: number;
  readonly received: number;
}

/** Looks that are kept: five minutes. */
const mostSamples = 150;
const every = 2_000;

function sumOf(view: TrafficView): Sample {
  const add = (key: 'bytesSent' | 'bytesReceived'): number => (view.nics ?? []).reduce((sum, nic) => sum + nic[key], 0);
  return { at: view.at, sent: add('bytesSent'), received: add('bytesReceived') };
}

/** Bytes a second that a guest sends and receives, since the page shows it; the newest last. */
export function useGuestRates(guest: string): readonly Sample[] {
  const sums = useRef<{ guest: string; last?: Sample; rates: Sample[] }>({ guest, rates: [] });
  const { data } = useQuery({
    queryKey: [...guestKey(guest), 'traffic'],
    queryFn: async () => {
      const now = sumOf(await client.traffic.show({ nics: true, guest }));
      if (sums.current.guest !== guest) sums.current = { guest, rates: [] };
      const { last, rates } = sums.current;
      if (last !== undefined && now.at > last.at) {
        const seconds = (now.at - last.at) / 1000;
        // A device that was made anew counts from 0.
        const rate = (key: 'sent' | 'received'): number => Math.max(0, now[key] - last[key]) / seconds;
        sums.current.rates = [...rates, { at: now.at, sent: rate('sent'), received: rate('received') }].slice(
          -mostSamples,
        );
      }
      if (last === undefined || now.at > last.at) sums.current.last = now;
      return sums.current.rates;
    },
    refetchInterval: every,
    enabled: useHasSessions() === true,
    structuralSharing: false,
  });
  return data ?? [];
}
