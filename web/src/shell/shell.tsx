import { AppShell, Box, Burger, Group } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet } from '@tanstack/react-router';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { ChangeBanner } from '../change/change-banner.tsx';
import { AccountMenu } from '../login/account-menu.tsx';
import { Loading } from '../parts/loading.tsx';
import { ColourSchemeButton } from './colour-scheme-button.tsx';
import { HealthSign } from './health-sign.tsx';
import { LanguageMenu } from './language-menu.tsx';
import { Navigation } from './navigation.tsx';
import style from './shell.module.css';

/** What stands around every view: head, ways to the views, the banner of a change that waits. */
export function Shell() {
  const { t } = useTranslation('shell');
  const [open, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className={style.skip} href="#content">
        {t('skip')}
      </a>
      <AppShell.Header className={style.head ?? ''}>
        <Group h="100%" px={{ base: 'sm', sm: 'md' }} justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('views')}
              aria-expanded={open}
            />
            <Link to="/" className={style.brand} onClick={close} aria-label="Bridgekeeper">
              <img src="/favicon.svg" alt="" width={26} height={26} />
              <Box component="span" visibleFrom="xs">
                Bridgekeeper
              </Box>
            </Link>
          </Group>
          <Group gap={6} wrap="nowrap" miw={0}>
            <HealthSign />
            <LanguageMenu />
            <ColourSchemeButton />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className={style.side ?? ''} aria-label={t('views')}>
        <Navigation onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <div className={style.content}>
          <ChangeBanner />
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
