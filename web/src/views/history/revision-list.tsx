import { Badge, Button, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Revision } from '../../../../src/client/client.ts';
import { Moment } from '../../parts/moment.tsx';
import style from './history.module.css';

interface Props {
  readonly revisions: readonly Revision[];
  /** The one in force. */
  readonly newest: number;
  readonly chosen: number;
  readonly onChoose: (revision: number) => void;
  /** Absent when all are there. */
  readonly onMore?: () => void;
  readonly loading: boolean;
}

/** How many objects a revision added, removed and changed, as signs. */
function Summary({ summary }: Pick<Revision, 'summary'>) {
  const { t } = useTranslation('history');
  const { added, removed, changed } = summary;
  return (
    <span className={style.summary}>
      {added > 0 && (
        <span data-change="add" title={t('added', { count: added })}>
          +{added}
        </span>
      )}
      {changed > 0 && (
        <span data-change="change" title={t('changed', { count: changed })}>
          ~{changed}
        </span>
      )}
      {removed > 0 && (
        <span data-change="remove" title={t('removed', { count: removed })}>
          −{removed}
        </span>
      )}
    </span>
  );
}

/** Revisions, the newest first. */
export function RevisionList({ revisions, newest, chosen, onChoose, onMore, loading }: Props) {
  const { t } = useTranslation('history');
  return (
    <Stack gap="sm">
      <ol className={style.list} aria-label={t('revisions')}>
        {revisions.map((revision) => (
          <li key={revision.number}>
            <UnstyledButton
              className={style.revision ?? ''}
              aria-current={revision.number === chosen ? 'true' : undefined}
              onClick={() => onChoose(revision.number)}
            >
              <Group justify="space-between" gap="xs" wrap="nowrap">
                <Group gap={8} wrap="nowrap">
                  <Text fw={650} className={style.number ?? ''}>
                    {revision.number}
                  </Text>
                  {revision.number === newest && (
                    <Badge color={revision.confirmBy === undefined ? 'green' : 'yellow'} size="sm">
                      {t(revision.confirmBy === undefined ? 'current' : 'trial')}
                    </Badge>
                  )}
                </Group>
                <Summary summary={revision.summary} />
              </Group>
              <Text size="sm" lineClamp={2} className={style.comment ?? ''}>
                {revision.comment}
              </Text>
              <Text size="xs" c="dimmed">
                {t('by', { author: revision.author })} · <Moment at={revision.at} />
              </Text>
            </UnstyledButton>
          </li>
        ))}
      </ol>
      {onMore && (
        <Button variant="default" loading={loading} onClick={onMore}>
          {t('older')}
        </Button>
      )}
    </Stack>
  );
}
