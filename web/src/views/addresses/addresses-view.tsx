import { Tabs } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { PageHead } from '../../parts/page-head.tsx';
import { useSearchTexts } from '../../parts/use-search-text.ts';
import { Pools } from './pools.tsx';
import { SharedPorts } from './shared-ports.tsx';

/** Whose the addresses are: ports of the shared one, and MAC addresses. */
export function AddressesView() {
  const { t } = useTranslation('addresses');
  const [{ tab = 'shared' }, setSearch] = useSearchTexts();
  return (
    <>
      <PageHead title={t('title')} about={t('about')} />
      <Tabs
        value={tab === 'pools' ? 'pools' : 'shared'}
        onChange={(next) => setSearch({ tab: next === 'pools' ? 'pools' : undefined })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="shared">{t('shared')}</Tabs.Tab>
          <Tabs.Tab value="pools">{t('pools')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="shared">
          <SharedPorts />
        </Tabs.Panel>
        <Tabs.Panel value="pools">
          <Pools />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
