import { Anchor, Badge, Button, Group, Stack, Tabs } from '@mantine/core';
import { IconArrowLeft, IconBan, IconCopyPlus, IconRefresh, IconRoute, IconServerOff } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isAppError } from '../../../../src/errors/app-error.ts';
import { useHasSessions, useIsolations, useRotations } from '../../data/guests.ts';
import { useMay, useMe } from '../../data/me.ts';
import { useViolatingGuests } from '../../data/violating-guests.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { useTab } from '../../parts/use-tab.ts';
import { SessionTable } from '../sessions/session-table.tsx';
import { ForwardDialog } from './actions/forward-dialog.tsx';
import { IsolateDialog } from './actions/isolate-dialog.tsx';
import { MirrorDialog } from './actions/mirror-dialog.tsx';
import { RotateDialog } from './actions/rotate-dialog.tsx';
import { GuestEvents } from './guest-events.tsx';
import { GuestFacts } from './guest-facts.tsx';
import { GuestForwards } from './guest-forwards.tsx';
import { GuestMacs } from './guest-macs.tsx';
import { GuestNics } from './guest-nics.tsx';
import { useGuest } from './use-guest.ts';

const dialogs = { isolate: IsolateDialog, rotate: RotateDialog, mirror: MirrorDialog, forward: ForwardDialog } as const;
type DialogName = keyof typeof dialogs;

function Signs({ guest }: { readonly guest: string }) {
  const { t } = useTranslation('guests');
  const isolations = useIsolations().data?.filter((one) => one.guest === guest) ?? [];
  const isRotating = useRotations().data?.some((one) => one.guest === guest);
  const violates = useViolatingGuests().has(guest);
  return (
    <>
      {violates && <Badge color="red">{t('violates')}</Badge>}
      {isolations.length > 0 && (
        <Badge color="red" variant="filled">
          {t(isolations.some(({ limit }) => limit === undefined) ? 'isolated' : 'limited')}
        </Badge>
      )}
      {isRotating && <Badge color="blue">{t('rotating')}</Badge>}
    </>
  );
}

/** One guest: /guests/NAME. */
export function GuestView() {
  const { guest } = useParams({ from: '/guests/$guest' });
  const { t } = useTranslation('guests');
  const { data, error, isPending, refetch } = useGuest(guest);
  const hasSessions = useHasSessions();
  const mayChange = useMay('operator');
  const isTenant = useMe().owner !== undefined;
  const [dialog, setDialog] = useState<DialogName>();
  const tabs = ['nics', 'forwards', ...(hasSessions ? (['sessions'] as const) : []), 'macs', 'events'] as const;
  const [tab, openTab] = useTab(['nics', 'forwards', 'sessions', 'macs', 'events']);
  const owner = data?.nics[0]?.owner;
  const Dialog = dialog && dialogs[dialog];
  const action = (name: DialogName, words: string, Sign: typeof IconBan, colour?: string) => (
    <Button
      variant="default"
      size="xs"
      {...(colour === undefined ? {} : { c: colour })}
      leftSection={<Sign size={15} aria-hidden />}
      onClick={() => setDialog(name)}
    >
      {words}
    </Button>
  );
  if (isPending) return <Loading />;
  if (isAppError(error) && error.code === 'not-found' && !data) {
    return (
      <EmptyState
        icon={IconServerOff}
        title={t('no-guest', { guest })}
        actions={
          <Button variant="light" renderRoot={(props) => <Link to="/guests" {...props} />}>
            {t('all-guests')}
          </Button>
        }
      >
        {t('no-guest-next')}
      </EmptyState>
    );
  }
  return (
    <>
      <Anchor size="sm" renderRoot={(props) => <Link to="/guests" {...props} />}>
        <IconArrowLeft size={14} aria-hidden /> {t('all-guests')}
      </Anchor>
      <PageHead title={guest}>
        {mayChange && data && (
          <>
            {action('forward', t('add-forward'), IconRoute)}
            {action('rotate', t('rotate'), IconRefresh)}
            {!isTenant && hasSessions && action('mirror', t('mirror'), IconCopyPlus)}
            {hasSessions && action('isolate', t('isolate'), IconBan, 'var(--bad)')}
          </>
        )}
      </PageHead>
      <Group gap="xs" mt={-8} mb="md">
        {owner !== undefined && <Badge color="gray">{owner}</Badge>}
        <Signs guest={guest} />
      </Group>
      {error && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {data && (
        <Stack gap="md">
          <GuestFacts guest={guest} nics={data.nics} />
          <Tabs value={tab} onChange={openTab} keepMounted={false}>
            <Tabs.List mb="md">
              {tabs.map((name) => (
                <Tabs.Tab
                  key={name}
                  value={name}
                  rightSection={
                    name === 'forwards' && data.forwards.length > 0 ? (
                      <Badge size="sm" color="gray">
                        {data.forwards.length}
                      </Badge>
                    ) : undefined
                  }
                >
                  {t(`tab-${name}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Tabs.Panel value="nics">
              <GuestNics nics={data.nics} />
            </Tabs.Panel>
            <Tabs.Panel value="forwards">
              <GuestForwards guest={guest} forwards={data.forwards} onAdd={() => setDialog('forward')} />
            </Tabs.Panel>
            {hasSessions && (
              <Tabs.Panel value="sessions">
                <SessionTable filter={{ guest }} withGuest={false} />
              </Tabs.Panel>
            )}
            <Tabs.Panel value="macs">
              <GuestMacs guest={guest} />
            </Tabs.Panel>
            <Tabs.Panel value="events">
              <GuestEvents guest={guest} />
            </Tabs.Panel>
          </Tabs>
        </Stack>
      )}
      {Dialog && data && <Dialog guest={guest} nics={data.nics} onClose={() => setDialog(undefined)} />}
    </>
  );
}
