import { Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleDot, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { BridgekeeperEvent } from '../../../../src/client/events.ts';
import { client } from '../../data/client.ts';
import { queryClient } from '../../data/query-client.ts';
import { useLiveEvents } from '../../data/use-live-events.ts';
import { renderCount } from '../../parts/formats.ts';
import { Moment } from '../../parts/moment.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import style from './overview.module.css';
import { Panel } from './panel.tsx';

const most = 7;
const key = ['events', 'newest'] as const;

/** The newest first; a later telling of an event takes the place of the earlier one. */
function withNews(known: readonly BridgekeeperEvent[], news: readonly BridgekeeperEvent[]): BridgekeeperEvent[] {
  const byId = new Map([...known, ...news].map((event) => [event.id, event]));
  return [...byId.values()].sort((a, b) => b.last - a.last || b.id - a.id).slice(0, most);
}

const states = { info: 'quiet', warning: 'warn', critical: 'bad' } as const;
const signs = { info: IconInfoCircle, warning: IconCircleDot, critical: IconAlertTriangle } as const;

/** What was noticed lately, as it happens. */
export function NoticedLately() {
  const { t, i18n } = useTranslation('overview');
  const { data, error } = useQuery({
    queryKey: key,
    queryFn: async () => withNews([], (await client.events.list({}, { limit: most })).events),
    staleTime: 30_000,
  });
  useLiveEvents((events) => {
    queryClient.setQueryData<readonly BridgekeeperEvent[]>(key, (known = []) => withNews(known, events));
  });
  return (
    <Panel title={t('noticed')} more={{ to: '/alerts', text: t('to-alerts') }}>
      {error !== null && <ProblemNotice error={error} />}
      {data?.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('nothing-noticed')}
        </Text>
      )}
      <ul className={style.list}>
        {data?.map(({ id, severity, text, last, count, state }) => {
          const Sign = signs[severity];
          return (
            <li key={id} className={style.line}>
              <Sign size={18} stroke={1.7} className={style.sign ?? ''} data-state={states[severity]} aria-hidden />
              <div>
                <Text size="sm" lineClamp={2} title={text}>
                  {text}
                </Text>
                <Text size="xs" c="dimmed">
                  <Moment at={last} />
                  {count > 1 && ` · ${t('times', { count, number: renderCount(count, i18n.language) })}`}
                  {state === 'lasting' && ` · ${t('goes-on')}`}
                </Text>
              </div>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
