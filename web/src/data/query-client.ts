import { QueryClient } from '@tanstack/react-query';
import { isAppError } from '../../../src/errors/app-error.ts';

/** Failures that a second try does not cure. */
const lasting = (error: unknown): boolean => isAppError(error) && error.status < 500;

/**
 * What the page read, kept for a moment. Queries with `refetchInterval` rest while the page is hidden; what is shown
 * again after a while is read anew.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      gcTime: 60_000,
      retry: (count, error) => count < 2 && !lasting(error),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
