import { Badge, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../../../src/client/audit.ts';
import { exactTime } from '../../parts/moment.tsx';
import { WideTable } from '../../parts/wide-table.tsx';
import style from './audit.module.css';
import { changedValues } from './changed-values.ts';

/** Values that are listed at most. */
const most = 500;

interface Props {
  readonly entry: AuditEntry;
  readonly onClose: () => void;
}

/** One entry with all that it says. */
export function AuditEntryDialog({ entry, onClose }: Props) {
  const { t } = useTranslation('audit');
  const changes = changedValues(entry.before, entry.after);
  const facts = [
    [t('when'), exactTime(entry.at)],
    [t('who'), entry.who],
    [t('from'), entry.from],
    [t('owners'), entry.owners?.join(', ')],
    [t('hash'), entry.hash],
  ].filter(([, value]) => value !== undefined && value !== '');
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('details', { id: entry.id })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Group gap="xs" align="flex-start" wrap="nowrap">
          <Badge color="gray">{entry.kind}</Badge>
          <Text className={style.text ?? ''}>{entry.text}</Text>
        </Group>
        {entry.erased && <Text c="dimmed">{t('erased')}</Text>}
        <dl className={style.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className={name === t('hash') ? 'mono' : undefined}>{value}</dd>
            </div>
          ))}
        </dl>
        {changes.length > 0 && (
          <WideTable minWidth={520}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('value')}</Table.Th>
                  <Table.Th>{t('before')}</Table.Th>
                  <Table.Th>{t('after')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {changes.slice(0, most).map(({ path, before, after }) => (
                  <Table.Tr key={path}>
                    <Table.Td className="mono">{path}</Table.Td>
                    <Table.Td className={`mono ${style.was}`}>{before ?? '–'}</Table.Td>
                    <Table.Td className={`mono ${style.is}`}>{after ?? '–'}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        )}
      </Stack>
    </Modal>
  );
}
