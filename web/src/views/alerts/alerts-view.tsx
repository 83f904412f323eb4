import { Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../data/me.ts';
import { PageHead } from '../../parts/page-head.tsx';
import { useTab } from '../../parts/use-tab.ts';
import { AlertList } from './alert-list.tsx';
import { NotifierTable } from './notifier-table.tsx';
import { RuleTable } from './rule-table.tsx';
import { SilenceTable } from './silence-table.tsx';

/** What somebody must know, who is told, and what keeps them from being told. */
export function AlertsView() {
  const { t } = useTranslation('alerts');
  const [tab, open] = useTab(['alerts', 'silences', 'rules', 'notifiers']);
  const isTenant = useMe().owner !== undefined;
  return (
    <>
      <PageHead title={t('title')} about={t('about')} />
      {isTenant ? (
        <AlertList />
      ) : (
        <Tabs value={tab} onChange={open} keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="alerts">{t('alerts')}</Tabs.Tab>
            <Tabs.Tab value="silences">{t('silences')}</Tabs.Tab>
            <Tabs.Tab value="rules">{t('rules')}</Tabs.Tab>
            <Tabs.Tab value="notifiers">{t('notifiers')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="alerts">
            <AlertList />
          </Tabs.Panel>
          <Tabs.Panel value="silences">
            <SilenceTable />
          </Tabs.Panel>
          <Tabs.Panel value="rules">
            <RuleTable />
          </Tabs.Panel>
          <Tabs.Panel value="notifiers">
            <NotifierTable />
          </Tabs.Panel>
        </Tabs>
      )}
    </>
  );
}
