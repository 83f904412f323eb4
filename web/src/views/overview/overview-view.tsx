import { Grid, Stack } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../../data/me.ts';
import { useStatus } from '../../data/status.ts';
import { Loading } from '../../parts/loading.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { Figures } from './figures.tsx';
import { FirstSteps } from './first-steps.tsx';
import { HealthPanel } from './health-panel.tsx';
import { LastChanges } from './last-changes.tsx';
import { NoticedLately } from './noticed-lately.tsx';

// Drawn with a library of its own, which the figures need not wait for.
const SitePicture = lazy(async () => ({ default: (await import('./picture/site-picture.tsx')).SitePicture }));

/** The gateway at a glance. */
export function OverviewView() {
  const { t } = useTranslation('overview');
  const { owner } = useMe();
  const { data: status, error, isPending, refetch } = useStatus();
  const name = owner ?? status?.site;
  return (
    <>
      <PageHead title={name === undefined ? t('title') : t('title-of', { name })} about={t('about')} />
      {isPending && <Loading />}
      {error !== null && status === undefined && <ProblemNotice error={error} onRetry={() => void refetch()} />}
      {status !== undefined && (
        <Stack gap="md">
          <Figures status={status} />
          {owner === undefined && <FirstSteps status={status} />}
          {status.segments.length > 0 && (
            <Suspense fallback={<Loading />}>
              <SitePicture status={status} />
            </Suspense>
          )}
          <Grid gap="md">
            <Grid.Col span={{ base: 12, md: owner === undefined ? 4 : 6 }}>
              <HealthPanel status={status} />
            </Grid.Col>
            {owner === undefined && (
              <Grid.Col span={{ base: 12, md: 4 }}>
                <LastChanges revision={status.revision} trial={status.confirmBy !== undefined} />
              </Grid.Col>
            )}
            <Grid.Col span={{ base: 12, md: owner === undefined ? 4 : 6 }}>
              <NoticedLately />
            </Grid.Col>
          </Grid>
        </Stack>
      )}
    </>
  );
}
