import { Container } from '@mantine/core';
import { lazy, type ReactNode, useState } from 'react';
import { useMeQuery } from '../data/me.ts';
import { linkToken } from '../login/link-token.ts';
import { Loading } from '../parts/loading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';

const LoginView = lazy(async () => ({ default: (await import('../login/login-view.tsx')).LoginView }));

/** Shows the page to who is known, and the log-in view to a stranger. */
export function LoginGate({ children }: { readonly children: ReactNode }) {
  const { data, error, isPending, refetch } = useMeQuery();
  // Whoever opens a link that lets somebody in may be somebody else now.
  const [link, setLink] = useState(linkToken !== undefined);
  if (link) return <LoginView onDone={() => setLink(false)} />;
  if (data) return children;
  if (data === null) return <LoginView />;
  if (isPending) return <Loading />;
  return (
    <Container size="sm" py="xl" component="main">
      <ProblemNotice error={error} onRetry={() => void refetch()} />
    </Container>
  );
}
