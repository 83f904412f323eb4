import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { client } from '../../data/client.ts';
import { useLiveEvents } from '../../data/use-live-events.ts';

/** Everything that this view reads stands below it. */
export const alertsKey = ['alerts'] as const;

/** Milliseconds that an event waits for more of its kind before the list is read anew. */
const settle = 300;

/** Alerts, the newest first; `over`: those that are over, instead of those that are not. */
export function useAlerts(over: boolean) {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLiveEvents((events) => {
    if (!events.some(({ kind }) => kind === 'alert' || kind === 'isolation')) return;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({ queryKey: alertsKey });
    }, settle);
  });
  return useQuery({
    queryKey: [...alertsKey, 'list', over],
    queryFn: () => client.alerts.list(over ? { all: true, state: 'resolved' } : {}),
    refetchInterval: 5_000,
  });
}

/** Silences that hold. */
export function useSilences() {
  return useQuery({
    queryKey: [...alertsKey, 'silences'],
    queryFn: () => client.alerts.silences(),
    refetchInterval: 15_000,
  });
}

/** Rules that hold. */
export function useRules() {
  return useQuery({ queryKey: [...alertsKey, 'rules'], queryFn: () => client.alerts.rules(), staleTime: 30_000 });
}
