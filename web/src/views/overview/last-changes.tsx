import { Badge, Group, Text } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client } from '../../data/client.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './overview.module.css';
import { Panel } from './panel.tsx';

const most = 6;

interface Props {
  /** The one that is applied. */
  readonly revision: number | undefined;
  /** Whether that one is on trial. */
  readonly trial: boolean;
}

/** The newest revisions: who changed what, and when. */
export function LastChanges({ revision, trial }: Props) {
  const { t } = useTranslation('overview');
  const { data, error } = useQuery({
    queryKey: ['revisions', 'newest', revision],
    queryFn: () => client.revisions(most),
    placeholderData: (before) => before,
  });
  return (
    <Panel title={t('changed')} more={{ to: '/history', text: t('to-history') }}>
      {error !== null && <ProblemNotice error={error} />}
      {data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('unchanged')}
        </Text>
      )}
      <ul className={style.list}>
        {data?.slice(0, most).map(({ number, at, author, comment, summary }) => (
          <li key={number} className={style.line}>
            <IconHistory size={18} stroke={1.7} className={style.sign ?? ''} aria-hidden />
            <div>
              <Text size="sm">
                {comment === '' ? t('revision', { number }) : comment}
                {trial && number === revision && (
                  <Badge ml={6} size="sm" color="yellow">
                    {t('unconfirmed')}
                  </Badge>
                )}
              </Text>
              <Group gap={8}>
                <Text size="xs" c="dimmed">
                  {`#${number} · ${author} · `}
                  <Moment at={at} />
                </Text>
                <Text size="xs" c="dimmed" className="mono">
                  {`+${summary.added} −${summary.removed} ~${summary.changed}`}
                </Text>
              </Group>
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
