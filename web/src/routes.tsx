import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Loading } from './parts/loading.tsx';
import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';
import { ViewFailure } from './shell/view-failure.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: ViewFailure });

/** Views are loaded when they are first looked at (or when the pointer rests on the way to them). */
const routes = [
  createRoute({
    getParentRoute: () => root,
    path: '/',
    component: lazyRouteComponent(() => import('./views/overview/overview-view.tsx'), 'OverviewView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/guests',
    component: lazyRouteComponent(() => import('./views/guests/guests-view.tsx'), 'GuestsView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/guests/$guest',
    component: lazyRouteComponent(() => import('./views/guests/guest-view.tsx'), 'GuestView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/addresses',
    component: lazyRouteComponent(() => import('./views/addresses/addresses-view.tsx'), 'AddressesView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/sessions',
    component: lazyRouteComponent(() => import('./views/sessions/sessions-view.tsx'), 'SessionsView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/alerts',
    component: lazyRouteComponent(() => import('./views/alerts/alerts-view.tsx'), 'AlertsView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/audit',
    component: lazyRouteComponent(() => import('./views/audit/audit-view.tsx'), 'AuditView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/history',
    component: lazyRouteComponent(() => import('./views/history/history-view.tsx'), 'HistoryView'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/site',
    component: lazyRouteComponent(() => import('./views/site/site-view.tsx'), 'SiteView'),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  defaultErrorComponent: ViewFailure,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
