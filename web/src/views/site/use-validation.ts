import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { Problem } from '../../../../src/client/client.ts';
import { request } from '../../../../src/client/request.ts';
import { isAppError } from '../../../../src/errors/app-error.ts';
import { transport } from '../../data/client.ts';

export type Mistake = NonNullable<Problem['mistakes']>[number];

/** What the daemon says about a text, as `POST /v1/validate` answers. */
export interface Validation {
  readonly valid: boolean;
  readonly counts?: Readonly<Record<'segments' | 'guests' | 'nics' | 'forwards' | 'policies', number>>;
  readonly mistakes: readonly Mistake[];
}

/** Milliseconds without a key before a text is checked. */
const pause = 350;

/** What is no text at all is one mistake at its beginning. */
function mistakeOf(error: unknown): Validation {
  if (!isAppError(error) || error.code === 'daemon-unreachable') throw error;
  return { valid: false, mistakes: [{ path: '', line: 1, column: 1, message: error.message, severity: 'error' }] };
}

/** The same mistakes as `bridgekeeper validate` finds, for the text as it was a moment ago. */
export function useValidation(text: string): { readonly data: Validation | undefined; readonly checking: boolean } {
  const [settled] = useDebouncedValue(text, pause);
  const query = useQuery({
    queryKey: ['validate', settled],
    queryFn: () => request<Validation>(transport, 'POST', '/v1/validate', { site: settled }).catch(mistakeOf),
    enabled: settled.trim() !== '',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
    placeholderData: (before) => before,
  });
  return { data: query.data, checking: query.isFetching || settled !== text };
}
