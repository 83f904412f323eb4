import type { ErrorComponentProps } from '@tanstack/react-router';
import { ProblemNotice } from '../parts/problem-notice.tsx';

/** In place of a view that failed; the rest of the page goes on. */
export function ViewFailure({ error, reset }: ErrorComponentProps) {
  return <ProblemNotice error={error} onRetry={reset} />;
}
