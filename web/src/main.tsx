// In a layer: what our own style sheets say counts more, in whichever order they come.
import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme/page.css';
import { MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './data/query-client.ts';
import './i18n/i18n.ts';
import { Loading } from './parts/loading.tsx';
import { router } from './routes.tsx';
import { LoginGate } from './shell/login-gate.tsx';
import { colourScheme } from './theme/colour-scheme.ts';
import { cssVariables, theme } from './theme/theme.ts';

/** A newer page is served than this one: its parts have other names. Once, so that a part that is missing is no loop. */
async function reloadIfServed(): Promise<void> {
  // Nobody answers: a reload would leave nothing to look at, and take along what is typed but not applied.
  const answer = await fetch('/', { cache: 'no-store' }).catch(() => undefined);
  const key = 'bridgekeeper-reloaded-at';
  if (!answer?.ok || Date.now() - Number(sessionStorage.getItem(key)) < 60_000) return;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
}

window.addEventListener('vite:preloadError', (event) => {
  event.preventDefault();
  void reloadIfServed();
});

const place = document.getElementById('page');
if (place === null) throw new TypeError('index.html has no element "page"');

createRoot(place).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colourScheme}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queryClient}>
        <Suspense fallback={<Loading />}>
          <ModalsProvider>
            <Notifications position="bottom-right" />
            <LoginGate>
              <RouterProvider router={router} />
            </LoginGate>
          </ModalsProvider>
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
