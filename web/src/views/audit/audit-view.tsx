import { Badge, Button, Center, Stack, Table, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconFileCertificate } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../../../src/client/audit.ts';
import { client } from '../../data/client.ts';
import { useMay } from '../../data/me.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { exactTime } from '../../parts/moment.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { WideTable } from '../../parts/wide-table.tsx';
import style from './audit.module.css';
import { AuditEntryDialog } from './audit-entry.tsx';
import { AuditFilter, noFilter, queryOfFilter } from './audit-filter.tsx';
import { ExportMenu } from './export-menu.tsx';
import { VerifyButton } from './verify-button.tsx';

/** Entries of one page. */
const pageSize = 100;

/** The journal. */
export function AuditView() {
  const { t } = useTranslation('audit');
  const isAdmin = useMay('admin');
  const [filter, setFilter] = useState(noFilter);
  const [settled] = useDebouncedValue(filter, 300);
  const [opened, setOpened] = useState<AuditEntry>();
  const query = queryOfFilter(settled);
  const list = useInfiniteQuery({
    queryKey: ['audit', query],
    queryFn: ({ pageParam }) =>
      client.audit.list(query, { limit: pageSize, ...(pageParam === '' ? {} : { after: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  });
  const entries = list.data?.pages.flatMap((page) => page.entries);
  return (
    <>
      <PageHead title={t('title')} about={t('about')}>
        <VerifyButton />
        {isAdmin && <ExportMenu query={query} />}
      </PageHead>
      <Stack>
        <AuditFilter filter={filter} onChange={setFilter} />
        {list.error ? (
          <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
        ) : entries === undefined ? (
          <Loading />
        ) : entries.length === 0 ? (
          <EmptyState icon={IconFileCertificate} title={t(settled === noFilter ? 'empty' : 'none')}>
            {settled === noFilter ? undefined : t('none-about')}
          </EmptyState>
        ) : (
          <>
            <WideTable minWidth={720}>
              <Table highlightOnHover aria-busy={list.isFetching}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('when')}</Table.Th>
                    <Table.Th>{t('kind')}</Table.Th>
                    <Table.Th>{t('text')}</Table.Th>
                    <Table.Th>{t('who')}</Table.Th>
                    <Table.Th>{t('from')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {entries.map((entry) => (
                    <Table.Tr key={entry.id}>
                      <Table.Td className={style.time ?? ''}>{exactTime(entry.at)}</Table.Td>
                      <Table.Td>
                        <Badge color="gray" miw="max-content">
                          {entry.kind}
                        </Badge>
                      </Table.Td>
                      <Table.Td>
                        <button type="button" className={style['row-text']} onClick={() => setOpened(entry)}>
                          {entry.text}
                        </button>
                      </Table.Td>
                      <Table.Td>{entry.who}</Table.Td>
                      <Table.Td className={style.time ?? ''}>{entry.from}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </WideTable>
            <Center>
              {list.hasNextPage ? (
                <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  {t('more')}
                </Button>
              ) : (
                <Text size="sm" c="dimmed">
                  {t('no-more')}
                </Text>
              )}
            </Center>
          </>
        )}
      </Stack>
      {opened && <AuditEntryDialog entry={opened} onClose={() => setOpened(undefined)} />}
    </>
  );
}
