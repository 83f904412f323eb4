import type { ErrorComponentProps } from '@tanstack/react-router';
import { isAppError } from '../../../src/errors/app-error.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';

/** In place of a view that failed; the rest of the page goes on. */
export function ViewFailure({ error, reset }: ErrorComponentProps) {
  // A part that could not be loaded while the daemon was away is not asked for again before the page is.
  return <ProblemNotice error={error} onRetry={isAppError(error) ? reset : () => location.reload()} />;
}
