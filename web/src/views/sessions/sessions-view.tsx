import { Tabs } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useHasSessions } from '../../data/guests.ts';
import { useMe } from '../../data/me.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useSearchTexts } from '../../parts/use-search-text.ts';
import { LiveSessions } from './live-sessions.tsx';
import { Talkers } from './talkers.tsx';
import { TraceForm } from './trace-form.tsx';

const tabs = ['live', 'talkers', 'trace'] as const;

function NoGateway() {
  const { t } = useTranslation('sessions');
  return (
    <EmptyState icon={IconPlugConnectedX} title={t('no-gateway')}>
      {t('no-gateway-next')}
    </EmptyState>
  );
}

/** What is open now, who uses most, and who it was. */
export function SessionsView() {
  const { t } = useTranslation('sessions');
  const [search, setSearch] = useSearchTexts();
  const hasSessions = useHasSessions();
  const { owner } = useMe();
  // Tracing tells of everybody: a tenant may not ask.
  const shown = tabs.filter((tab) => tab !== 'trace' || owner === undefined);
  const tab = shown.find((one) => one === search.tab) ?? 'live';
  const orNone = (view: React.ReactNode) =>
    hasSessions === undefined ? <Loading /> : hasSessions ? view : <NoGateway />;
  return (
    <>
      <PageHead title={t('title')} about={t('about')} />
      <Tabs
        value={tab}
        onChange={(next) => setSearch({ tab: next === 'live' ? undefined : (next ?? undefined) })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`tab-${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="live">{orNone(<LiveSessions />)}</Tabs.Panel>
        <Tabs.Panel value="talkers">{orNone(<Talkers />)}</Tabs.Panel>
        <Tabs.Panel value="trace">
          <TraceForm />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
