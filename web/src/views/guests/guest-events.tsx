import { Badge, Button, Group, Paper, Stack, Text } from '@mantine/core';
import { IconListSearch } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { BridgekeeperEvent } from '../../../../src/client/events.ts';
import { client } from '../../data/client.ts';
import { queryClient } from '../../data/query-client.ts';
import { useLiveEvents } from '../../data/use-live-events.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { SeverityBadge } from '../../parts/severity-badge.tsx';
import style from './guests.module.css';
import { guestKey } from './use-guest.ts';

const page = 50;

function Entry({ event }: { readonly event: BridgekeeperEvent }) {
  const { t } = useTranslation('guests');
  return (
    <Stack gap={2}>
      <Group gap="xs">
        <SeverityBadge severity={event.severity} />
        <Badge color="gray">{event.kind}</Badge>
        {event.state === 'lasting' && <Badge color="red">{t('goes-on')}</Badge>}
        {event.count > 1 && (
          <Text size="xs" c="dimmed">
            {t('times', { count: event.count })}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          <Moment at={event.last} />
        </Text>
      </Group>
      <Text size="sm">{event.text}</Text>
      {(event.seen ?? event.expected ?? event.done) !== undefined && (
        <Text size="xs" c="dimmed">
          {[
            event.seen && t('seen', { text: event.seen }),
            event.expected && t('expected', { text: event.expected }),
            event.done && t('done', { text: event.done }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      )}
    </Stack>
  );
}

/** What was noticed about a guest, the newest first; new ones come in by themselves. */
export function GuestEvents({ guest }: { readonly guest: string }) {
  const { t } = useTranslation('guests');
  const key = [...guestKey(guest), 'events'];
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) =>
      client.events.list({ guest }, { limit: page, ...(pageParam === undefined ? {} : { after: pageParam }) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
  useLiveEvents((events) => {
    if (events.some(({ subject }) => subject.guest === guest)) void queryClient.invalidateQueries({ queryKey: key });
  });
  if (isPending) return <Loading />;
  if (error) return <ProblemNotice error={error} />;
  const events = data.pages.flatMap((one) => one.events);
  if (events.length === 0) {
    return (
      <EmptyState icon={IconListSearch} title={t('no-events')}>
        {t('no-events-next')}
      </EmptyState>
    );
  }
  return (
    <Paper className={style.fact ?? ''}>
      <Stack gap="md">
        {events.map((event) => (
          <Entry key={event.id} event={event} />
        ))}
        {hasNextPage && (
          <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('older')}
          </Button>
        )}
      </Stack>
    </Paper>
  );
}
