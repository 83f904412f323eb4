import { Container } from '@mantine/core';
import { lazy, type ReactNode } from 'react';
import { useMeQuery } from '../data/me.ts';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

const LoginView = lazy(async () => ({ default: (await import('../login/login-view.tsx')).LoginView }));

/** Shows the page to who is known, and the log-in view to a stranger. */
export function LoginGate({ children }: { readonly children: ReactNode }) {
  const { data, error, isPending, refetch } = useMeQuery();
  if (data) return children;
  if (data === null) return <LoginView />;
  if (isPending) return <Loading />;
  return (
    <Container size="sm" py="xl" component="main">
      <ProblemNotice error={error} onRetry={() => void refetch()} />
    </Container>
  );
}
