import { useQuery } from '@tanstack/react-query';
import { client } from './client.ts';

export const statusKey = ['status'] as const;

/** The gateway at a glance, read anew every 5 s while the page is looked at. */
export function useStatus() {
  return useQuery({ queryKey: statusKey, queryFn: () => client.status(), refetchInterval: 5_000 });
}
