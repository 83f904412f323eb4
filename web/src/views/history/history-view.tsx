import { Button, Grid } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Revision } from '../../../../src/client/client.ts';
import { requestPage } from '../../../../src/client/request.ts';
import { transport } from '../../data/client.ts';
import { useStatus } from '../../data/status.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { RevisionDetails } from './revision-details.tsx';
import { RevisionList } from './revision-list.tsx';

const pageSize = 50;

/** What was applied, and the way back. */
export function HistoryView() {
  const { t } = useTranslation('history');
  const status = useStatus().data;
  const [chosen, setChosen] = useState<number>();
  const list = useInfiniteQuery({
    // A further revision begins the list anew.
    queryKey: ['revisions', status?.revision, status?.confirmBy],
    queryFn: ({ pageParam }) =>
      requestPage<Revision>(
        transport,
        `/v1/revisions?limit=${pageSize}${pageParam === '' ? '' : `&after=${encodeURIComponent(pageParam)}`}`,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
  });
  const revisions = list.data?.pages.flatMap(({ items }) => items);
  const newest = revisions?.[0];
  const shown = revisions?.find(({ number }) => number === chosen) ?? newest;
  return (
    <>
      <PageHead title={t('title')} about={t('about')} />
      {list.error ? (
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      ) : revisions === undefined ? (
        <Loading />
      ) : newest === undefined || shown === undefined ? (
        <EmptyState
          icon={IconHistory}
          title={t('none')}
          actions={<Button renderRoot={(props) => <Link to="/site" {...props} />}>{t('to-site')}</Button>}
        >
          {t('none-about')}
        </EmptyState>
      ) : (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, md: 4, xl: 3 }}>
            <RevisionList
              revisions={revisions}
              newest={newest.number}
              chosen={shown.number}
              onChoose={setChosen}
              {...(list.hasNextPage ? { onMore: () => void list.fetchNextPage() } : {})}
              loading={list.isFetchingNextPage}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 8, xl: 9 }}>
            <RevisionDetails key={shown.number} revision={shown} newest={newest.number} />
          </Grid.Col>
        </Grid>
      )}
    </>
  );
}
