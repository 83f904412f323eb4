import { Badge, Button, Table, Text, VisuallyHidden } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconSend, IconSpeakerphone } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { client } from '../../data/client.ts';
import { useMay } from '../../data/me.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { WideTable } from '../../parts/wide-table.tsx';
import { alertsKey } from './alert-queries.ts';

const columns = ['name', 'kind', 'state', 'sent', 'waiting', 'lost', 'last-sent'] as const;

/** Who is told, and how it stands with each. */
export function NotifierTable() {
  const { t } = useTranslation('alerts');
  const may = useMay('admin');
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: [...alertsKey, 'notifiers'],
    queryFn: () => client.alerts.notifiers(),
    refetchInterval: 10_000,
  });
  const test = useMutation({
    mutationFn: (name: string) => client.alerts.test(name),
    onSuccess: ({ ok, text }, name) =>
      notifications.show({
        color: ok ? 'green' : 'red',
        title: t(ok ? 'test-ok' : 'test-failed', { name }),
        message: text,
        autoClose: ok ? 5_000 : 20_000,
      }),
    onSettled: () => queries.invalidateQueries({ queryKey: alertsKey }),
  });
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  if (data.length === 0)
    return (
      <EmptyState
        icon={IconSpeakerphone}
        title={t('no-notifiers')}
        actions={
          <Button variant="light" renderRoot={(props) => <Link to="/site" {...props} />}>
            {t('edit-site')}
          </Button>
        }
      >
        {t('no-notifiers-about')}
      </EmptyState>
    );
  return (
    <>
      {test.error && <ProblemNotice error={test.error} />}
      <WideTable minWidth={720}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column) => (
                <Table.Th key={column}>{t(column)}</Table.Th>
              ))}
              <Table.Th>
                <VisuallyHidden>{t('test')}</VisuallyHidden>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((notifier) => (
              <Table.Tr key={notifier.name}>
                <Table.Td fw={550}>{notifier.name}</Table.Td>
                <Table.Td>{notifier.kind}</Table.Td>
                <Table.Td>
                  {notifier.trouble === undefined ? (
                    <Badge color="green">{t('works')}</Badge>
                  ) : (
                    <Text size="sm" c="var(--bad)">
                      {notifier.trouble}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{notifier.sent}</Table.Td>
                <Table.Td>{notifier.waiting}</Table.Td>
                <Table.Td>{notifier.lost}</Table.Td>
                <Table.Td>{notifier.lastSent === undefined ? t('never') : <Moment at={notifier.lastSent} />}</Table.Td>
                <Table.Td ta="right">
                  {may && (
                    <Button
                      size="compact-sm"
                      variant="light"
                      leftSection={<IconSend size={15} aria-hidden />}
                      loading={test.isPending && test.variables === notifier.name}
                      onClick={() => test.mutate(notifier.name)}
                    >
                      {t('test')}
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </>
  );
}
