import { Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SessionFilter } from '../../../../src/client/sessions.ts';
import { client } from '../../data/client.ts';
import { queryClient } from '../../data/query-client.ts';
import { renderCount } from '../../parts/formats.ts';
import { Loading } from '../../parts/loading.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';

interface Props {
  readonly filter: SessionFilter;
  readonly onClose: () => void;
}

/** Shows which sessions would be ended, and ends them when that is agreed to. */
export function EndSessions({ filter, onClose }: Props) {
  const { t, i18n } = useTranslation('sessions');
  const plan = useQuery({
    queryKey: ['sessions', 'kill', filter],
    queryFn: () => client.sessions.kill({ ...filter, dryRun: true }),
    staleTime: 0,
    gcTime: 0,
  });
  const end = useMutation({
    mutationFn: () => client.sessions.kill(filter),
    onSuccess: ({ ended }) => {
      notifications.show({ message: t('ended', { count: ended }) });
      void queryClient.invalidateQueries({ queryKey: ['sessions'] });
      onClose();
    },
  });
  const { total = 0, spared = 0, guests = [] } = plan.data ?? {};
  return (
    <Modal opened onClose={onClose} title={t('end-title')} size="md" closeButtonProps={{ 'aria-label': t('cancel') }}>
      <Stack gap="sm">
        {plan.isPending && <Loading />}
        {plan.error && <ProblemNotice error={plan.error} />}
        {plan.data && (
          <>
            <Text size="sm">{t('would-end', { count: total, text: renderCount(total, i18n.language) })}</Text>
            {guests.length > 0 && (
              <List size="sm">
                {guests.map(({ guest, sessions }) => (
                  <List.Item key={guest}>{`${guest}: ${renderCount(sessions, i18n.language)}`}</List.Item>
                ))}
              </List>
            )}
            {spared > 0 && (
              <Text size="xs" c="dimmed">
                {t('spared', { count: spared })}
              </Text>
            )}
          </>
        )}
        {end.error && <ProblemNotice error={end.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button color="red" disabled={total === 0} loading={end.isPending} onClick={() => end.mutate()}>
            {t('end-them')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
