import { Button, Group, Table, Text, VisuallyHidden } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBell, IconPlus } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SilenceView } from '../../../../src/client/alerts.ts';
import { client } from '../../data/client.ts';
import { useMay } from '../../data/me.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { WideTable } from '../../parts/wide-table.tsx';
import { alertsKey, useSilences } from './alert-queries.ts';
import { SilenceDialog } from './silence-dialog.tsx';

/** What a silence is about, `rule sessions, guest web1`; undefined for all alerts. */
function useWhat(): (silence: SilenceView) => string {
  const { t } = useTranslation('alerts');
  return ({ rule, guest, segment, ofOwner }) => {
    const parts = [
      [t('rule'), rule],
      [t('guest'), guest],
      [t('segment'), segment],
      [t('of-owner'), ofOwner],
    ].flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
    return parts.length === 0 ? t('everything') : parts.join(', ');
  };
}

/** Silences that hold, and a way to make one. */
export function SilenceTable() {
  const { t } = useTranslation('alerts');
  const what = useWhat();
  const may = useMay('operator');
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const { data, error, refetch } = useSilences();
  const end = useMutation({
    mutationFn: (id: number) => client.alerts.unsilence(id),
    onSuccess: () => notifications.show({ color: 'green', message: t('ended') }),
    onSettled: () => queries.invalidateQueries({ queryKey: alertsKey }),
  });
  const button = may && (
    <Button leftSection={<IconPlus size={18} aria-hidden />} onClick={() => setMaking(true)}>
      {t('new-silence')}
    </Button>
  );
  if (error) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <>
      {end.error && <ProblemNotice error={end.error} />}
      {data.length === 0 ? (
        <EmptyState icon={IconBell} title={t('no-silences')} actions={button}>
          {t('no-silences-about')}
        </EmptyState>
      ) : (
        <>
          <Group justify="flex-end" mb="sm">
            {button}
          </Group>
          <WideTable minWidth={560}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('what')}</Table.Th>
                  <Table.Th>{t('until')}</Table.Th>
                  <Table.Th>{t('reason')}</Table.Th>
                  <Table.Th>{t('by')}</Table.Th>
                  <Table.Th>
                    <VisuallyHidden>{t('end')}</VisuallyHidden>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.map((silence) => (
                  <Table.Tr key={silence.id}>
                    <Table.Td>{what(silence)}</Table.Td>
                    <Table.Td>
                      <Moment at={silence.until} />
                    </Table.Td>
                    <Table.Td>{silence.reason}</Table.Td>
                    <Table.Td>
                      {silence.who}{' '}
                      <Text span size="xs" c="dimmed">
                        <Moment at={silence.since} />
                      </Text>
                    </Table.Td>
                    <Table.Td ta="right">
                      {may && (
                        <Button
                          size="compact-sm"
                          variant="light"
                          loading={end.isPending && end.variables === silence.id}
                          aria-label={t('end-of', { what: what(silence) })}
                          onClick={() => end.mutate(silence.id)}
                        >
                          {t('end')}
                        </Button>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        </>
      )}
      {making && <SilenceDialog onClose={() => setMaking(false)} />}
    </>
  );
}
