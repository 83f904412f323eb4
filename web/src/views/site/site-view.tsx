import { Tabs } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../data/me.ts';
import { Loading } from '../../parts/loading.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { useTab } from '../../parts/use-tab.ts';
import { SiteFile } from './site-file.tsx';

const ImportGuests = lazy(async () => ({ default: (await import('./import-guests.tsx')).ImportGuests }));

/** The site as one file, and the import of what exists already. */
export function SiteView() {
  const { t } = useTranslation('site');
  const [tab, open] = useTab(['file', 'import']);
  const may = useMay('operator');
  return (
    <>
      <PageHead title={t('title')} about={t('about')} />
      <Tabs value={may ? tab : 'file'} onChange={open} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="file">{t('file')}</Tabs.Tab>
          {may && <Tabs.Tab value="import">{t('import')}</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="file">
          <SiteFile onImport={() => open('import')} />
        </Tabs.Panel>
        <Tabs.Panel value="import">
          <Suspense fallback={<Loading />}>
            <ImportGuests />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
