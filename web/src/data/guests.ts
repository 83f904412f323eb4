import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client } from './client.ts';
import { queryClient } from './query-client.ts';
import { useStatus } from './status.ts';
import { useLiveEvents } from './use-live-events.ts';

export const leasesKey = ['leases'] as const;

/** What each NIC of the site holds; read anew when the site or a port has changed. */
export function useLeases() {
  const { data: status } = useStatus();
  const mark = status && `${status.revision} ${status.nics.attached} ${status.nics.waiting}`;
  useEffect(() => {
    if (mark !== undefined) void queryClient.invalidateQueries({ queryKey: leasesKey });
  }, [mark]);
  useLiveEvents((events) => {
    if (events.some(({ kind }) => kind === 'link')) void queryClient.invalidateQueries({ queryKey: leasesKey });
  });
  return useQuery({ queryKey: leasesKey, queryFn: () => client.leases(), staleTime: 60_000, refetchInterval: 60_000 });
}

/** Whether there are sessions to show: without a gateway there are none. Undefined while it is not known yet. */
export function useHasSessions(): boolean | undefined {
  return useStatus().data?.capabilities.sessions;
}

/** Open sessions by guest; all of them. */
export function useGuestSessions(every = 3_000) {
  return useQuery({
    queryKey: ['sessions', 'by-guest'],
    queryFn: () => client.sessions.summary({ limit: 10_000 }),
    refetchInterval: every,
    enabled: useHasSessions() === true,
  });
}

export const isolationsKey = ['isolations'] as const;

export function useIsolations() {
  return useQuery({ queryKey: isolationsKey, queryFn: () => client.isolation.list(), refetchInterval: 5_000 });
}

export const rotationsKey = ['rotations'] as const;

export function useRotations() {
  return useQuery({ queryKey: rotationsKey, queryFn: () => client.rotations.list(), refetchInterval: 5_000 });
}
