import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

/** What stands behind the `?` of the page's address. */
export type SearchTexts = Readonly<Record<string, string | undefined>>;

/**
 * What a view is set to, kept in the page's address so that it can be sent to somebody else. The setter replaces what is
 * named; `undefined` takes it out. No history entry is made: going back leaves the view.
 */
export function useSearchTexts(): readonly [SearchTexts, (change: SearchTexts) => void] {
  const found = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const texts: SearchTexts = Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, value === undefined ? undefined : String(value)]),
  );
  const put = useCallback(
    (change: SearchTexts) => {
      void navigate({
        to: '.',
        replace: true,
        resetScroll: false,
        search: ((before: object) => {
          const next = Object.entries({ ...before, ...change });
          return Object.fromEntries(next.filter(([, value]) => value !== undefined && value !== ''));
        }) as never,
      });
    },
    [navigate],
  );
  return [texts, put];
}
