import { Badge, Paper, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { MacLease } from '../../../../src/client/macs.ts';
import { client } from '../../data/client.ts';
import { Loading } from '../../parts/loading.tsx';
import { exactTime, Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './guests.module.css';
import { guestKey } from './use-guest.ts';

const states = ['reserved', 'active', 'retiring', 'quarantined', 'free'] as const;
const colours = {
  active: 'green',
  reserved: 'blue',
  retiring: 'yellow',
  quarantined: 'yellow',
  free: 'gray',
} as const;

/** Every MAC address that the guest ever had, the newest first. */
export function GuestMacs({ guest }: { readonly guest: string }) {
  const { t } = useTranslation('guests');
  const { data, error } = useQuery({
    queryKey: [...guestKey(guest), 'macs'],
    queryFn: async (): Promise<MacLease[]> => {
      const { leases } = await client.macs.list({ guest, states }, { limit: 1000 });
      return [...leases].sort((a, b) => b.since - a.since);
    },
    refetchInterval: 15_000,
  });
  if (error) return <ProblemNotice error={error} />;
  if (!data) return <Loading />;
  return (
    <Paper className={style.fact ?? ''}>
      <Table.ScrollContainer minWidth={560}>
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              {(['mac', 'nic', 'segment', 'ipv4', 'state', 'since', 'until-head'] as const).map((head) => (
                <Table.Th key={head}>{t(head)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map((lease) => (
              <Table.Tr key={lease.id}>
                <Table.Td className="mono">{lease.mac}</Table.Td>
                <Table.Td>{lease.nic}</Table.Td>
                <Table.Td>{lease.segment ?? '–'}</Table.Td>
                <Table.Td className="mono">{lease.ipv4 ?? '–'}</Table.Td>
                <Table.Td>
                  <Badge color={colours[lease.state]}>{t(`lease-${lease.state}`)}</Badge>
                </Table.Td>
                <Table.Td>
                  <Moment at={lease.since} />
                </Table.Td>
                <Table.Td>{lease.releasedAt === undefined ? t('now') : exactTime(lease.releasedAt)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {data.length <= 1 && (
        <Text size="xs" c="dimmed" mt="xs">
          {t('one-mac')}
        </Text>
      )}
    </Paper>
  );
}
