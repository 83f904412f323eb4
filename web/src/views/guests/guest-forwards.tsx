import { ActionIcon, Anchor, Badge, Button, Paper, Table, Text, VisuallyHidden } from '@mantine/core';
import { IconRoute, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { StoredObject } from '../../../../src/client/client.ts';
import { useChange } from '../../change/proposal.ts';
import { useMay } from '../../data/me.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import style from './guests.module.css';
import { renewGuest } from './use-guest.ts';

interface Body {
  readonly port?: number | string;
  readonly protocol?: string;
  readonly to?: string;
  readonly from?: readonly string[];
  readonly rate?: string;
}

interface Props {
  readonly guest: string;
  readonly forwards: readonly StoredObject[];
  readonly onAdd: () => void;
}

/** Published ports that lead to a guest. */
export function GuestForwards({ guest, forwards, onAdd }: Props) {
  const { t } = useTranslation('guests');
  const mayChange = useMay('operator');
  const { propose } = useChange();
  const remove = async (name: string): Promise<void> => {
    await propose({ objects: [{ op: 'remove', kind: 'forward', name }] }, t('remove-forward-title', { name }));
    renewGuest(guest);
  };
  if (forwards.length === 0) {
    return (
      <EmptyState
        icon={IconRoute}
        title={t('no-forwards')}
        actions={mayChange && <Button onClick={onAdd}>{t('add-forward')}</Button>}
      >
        {t('no-forwards-next')}
      </EmptyState>
    );
  }
  return (
    <Paper className={style.fact ?? ''}>
      <Table.ScrollContainer minWidth={420}>
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('shared-port')}</Table.Th>
              <Table.Th>{t('leads-to')}</Table.Th>
              <Table.Th>{t('sources')}</Table.Th>
              <Table.Th>{t('rate')}</Table.Th>
              <Table.Th>{t('made-by')}</Table.Th>
              {mayChange && (
                <Table.Th>
                  <VisuallyHidden>{t('actions')}</VisuallyHidden>
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {forwards.map(({ name, body, origin }) => {
              const { port, to, from = [], rate } = body as Body;
              return (
                <Table.Tr key={name}>
                  <Table.Td>
                    <Anchor
                      size="sm"
                      className="mono"
                      renderRoot={(props) => (
                        <Link to="/addresses" search={{ port: String(port).split('-')[0] } as never} {...props} />
                      )}
                    >
                      {name}
                    </Anchor>
                  </Table.Td>
                  <Table.Td className="mono">{to}</Table.Td>
                  {from.length === 0 ? (
                    <Table.Td className={style.word ?? ''}>{t('everyone')}</Table.Td>
                  ) : (
                    <Table.Td className="mono">{from.join(', ')}</Table.Td>
                  )}
                  <Table.Td>{rate ?? '–'}</Table.Td>
                  <Table.Td>
                    <Badge color="gray">{t(`origin-${origin}`)}</Badge>
                  </Table.Td>
                  {mayChange && (
                    <Table.Td ta="end">
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        aria-label={t('remove-forward', { name })}
                        title={t('remove-forward', { name })}
                        onClick={() => void remove(name)}
                      >
                        <IconTrash size={16} />
                      </ActionIcon>
                    </Table.Td>
                  )}
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {forwards.some(({ origin }) => origin === 'file') && (
        <Text size="xs" c="dimmed" mt="xs">
          {t('of-file')}
        </Text>
      )}
    </Paper>
  );
}
