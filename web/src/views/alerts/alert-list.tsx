import { Button, Group, SegmentedControl, Stack, TextInput } from '@mantine/core';
import { IconBellOff, IconCircleCheck, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../../../src/client/alerts.ts';
import { useMe } from '../../data/me.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Loading } from '../../parts/loading.tsx';
import { ProblemNotice } from '../../parts/problem-notice.tsx';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { AlertCard } from './alert-card.tsx';
import { useAlerts } from './alert-queries.ts';
import { SilenceDialog } from './silence-dialog.tsx';

const states = ['firing', 'pending', 'resolved'] as const;
type State = (typeof states)[number];
const ranks = { critical: 0, warning: 1, info: 2 } as const;

/** Cards that are shown at first. */
const most = 100;

function fits(alert: AlertView, wanted: string): boolean {
  const words = [alert.text, alert.rule, alert.seen, ...Object.values(alert.subject)];
  return words.some((word) => word?.toLowerCase().includes(wanted));
}

/** What is worst and unattended first, then the newest. */
const byUrgency = (a: AlertView, b: AlertView): number =>
  Number(a.acknowledged !== undefined) - Number(b.acknowledged !== undefined) ||
  ranks[a.severity] - ranks[b.severity] ||
  b.since - a.since;

/** Alerts by state, with what can be done about each. */
export function AlertList() {
  const { t } = useTranslation('alerts');
  const isTenant = useMe().owner !== undefined;
  const [state, setState] = useState<State>('firing');
  const [text, setText] = useState('');
  const [shown, setShown] = useState(most);
  const [acknowledged, setAcknowledged] = useState<AlertView>();
  const [silenced, setSilenced] = useState<AlertView>();
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const now = useAlerts(false);
  const query = useAlerts(state === 'resolved');
  const alerts = useMemo(() => {
    const found = (query.data ?? []).filter((alert) => alert.state === state && (wanted === '' || fits(alert, wanted)));
    return state === 'resolved' ? found : found.sort(byUrgency);
  }, [query.data, state, wanted]);
  const count = (of: State): string => {
    const number = now.data?.filter((alert) => alert.state === of).length ?? 0;
    return of === 'resolved' || number === 0 ? t(of) : `${t(of)} (${number})`;
  };
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <SegmentedControl
          size="sm"
          aria-label={t('state')}
          value={state}
          onChange={(value) => setState(value as State)}
          data={states.map((value) => ({ value, label: count(value) }))}
        />
        <TextInput
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          placeholder={t('search')}
          aria-label={t('search')}
          leftSection={<IconSearch size={16} aria-hidden />}
          w={{ base: '100%', xs: 260 }}
        />
      </Group>
      {query.error ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Loading />
      ) : alerts.length === 0 ? (
        <EmptyState
          icon={wanted === '' && state === 'firing' ? IconCircleCheck : IconBellOff}
          title={wanted === '' ? t(`none-${state}`) : t('none-found', { text: text.trim() })}
          actions={
            state === 'firing' && wanted === '' && !isTenant ? (
              <Button variant="light" renderRoot={(props) => <Link to="/alerts" hash="rules" {...props} />}>
                {t('see-rules')}
              </Button>
            ) : undefined
          }
        >
          {wanted === '' && state === 'firing' ? t('none-firing-about') : undefined}
        </EmptyState>
      ) : (
        <Stack gap="sm" component="ul" m={0} p={0}>
          {alerts.slice(0, shown).map((alert) => (
            <AlertCard
              key={alert.id}
              alert={alert}
              onAcknowledge={() => setAcknowledged(alert)}
              {...(isTenant ? {} : { onSilence: () => setSilenced(alert) })}
            />
          ))}
          {alerts.length > shown && (
            <Button variant="default" onClick={() => setShown(shown + most)}>
              {t('more', { count: alerts.length - shown })}
            </Button>
          )}
        </Stack>
      )}
      {acknowledged && <AcknowledgeDialog alert={acknowledged} onClose={() => setAcknowledged(undefined)} />}
      {silenced && <SilenceDialog about={silenced} onClose={() => setSilenced(undefined)} />}
    </Stack>
  );
}
