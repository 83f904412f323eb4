import { useQuery } from '@tanstack/react-query';
import type { Me } from '../../../src/client/login.ts';
import { isAppError } from '../../../src/errors/app-error.ts';
import { client } from './client.ts';
import { setCsrf } from './fetch-transport.ts';
import { meKey } from './me-key.ts';
import { queryClient } from './query-client.ts';

export type { Me };
export type Role = Me['role'];

const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

/** Views that are about to go, while the log-in view is on its way, are drawn once more. */
let latest: Me | undefined;

async function readMe(): Promise<Me | null> {
  try {
    const me = await client.login.me();
    setCsrf(me.csrf);
    latest = me;
    return me;
  } catch (error) {
    if (isAppError(error) && error.status === 401) return null;
    throw error;
  }
}

/** Who is looking; `data` is null for a stranger, who gets the log-in view. */
export function useMeQuery() {
  return useQuery({ queryKey: meKey, queryFn: readMe, staleTime: 5 * 60_000, gcTime: Number.POSITIVE_INFINITY });
}

/** Who is looking. For views, which a stranger never gets to see. */
export function useMe(): Me {
  const me = useMeQuery().data ?? latest;
  if (!me) throw new TypeError('a view was shown to somebody who is not logged in');
  return me;
}

/** Whether who is looking may do what asks for at least this role. Only hides what the daemon would refuse anyway. */
export function useMay(least: Role): boolean {
  return ranks[useMe().role] >= ranks[least];
}

/** After a log-in or a log-out: whoever looks now sees nothing of what the one before saw. */
export async function forgetEverything(): Promise<void> {
  setCsrf(undefined);
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meKey[0] });
  await queryClient.resetQueries({ queryKey: meKey });
}
