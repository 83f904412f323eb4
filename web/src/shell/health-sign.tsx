import { Box, Group, Text, Tooltip } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { EngineStatus } from '../../../src/client/client.ts';
import { useMeQuery } from '../data/me.ts';
import { queryClient } from '../data/query-client.ts';
import { statusKey, useStatus } from '../data/status.ts';
import { useLiveEvents } from '../data/use-live-events.ts';
import style from './shell.module.css';

type Health = 'good' | 'warn' | 'bad';

/** How the gateway is, in one word. */
export function healthOf(status: EngineStatus): Health {
  if (status.alerts.critical > 0 || status.services.some(({ state }) => state === 'stopped')) return 'bad';
  if (status.alerts.firing > 0 || status.drift.length > 0) return 'warn';
  return 'good';
}

/** Kinds of events after which the gateway may be otherwise than a moment ago. */
const telling: ReadonlySet<string> = new Set(['alert', 'drift', 'repair', 'service', 'link', 'isolation']);
/** Milliseconds between two looks because of events, however many come. */
const soon = 1_000;

/** Looks at the status as soon as something tells that it may have changed, not only when its time has come. */
function useStatusSoon(): void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLiveEvents((events) => {
    if (timer.current !== undefined || !events.some(({ kind }) => telling.has(kind))) return;
    void queryClient.invalidateQueries({ queryKey: statusKey });
    timer.current = setTimeout(() => {
      timer.current = undefined;
      void queryClient.invalidateQueries({ queryKey: statusKey });
    }, soon);
  });
}

/** How the gateway is, in the head of every view. */
export function HealthSign() {
  const { t } = useTranslation('shell');
  useStatusSoon();
  const { owner } = useMeQuery().data ?? {};
  const { data, error } = useStatus();
  const health = error ? 'bad' : data ? healthOf(data) : undefined;
  const words = error ? t('unreachable') : health ? t(`health-${health}`) : '…';
  const name = owner ?? data?.site;
  return (
    <Tooltip label={error ? error.message : t('health')} multiline maw={320}>
      <Group gap={8} wrap="nowrap" px="xs" miw={0} role="status" aria-live="polite">
        <span className={style.dot} data-state={health} />
        {/* In words on a phone as well: a colour alone does not tell everybody (WCAG 1.4.1). */}
        <Text size="sm" truncate maw={280}>
          {name !== undefined && (
            <Box component="span" visibleFrom="xs">
              {name} ·{' '}
            </Box>
          )}
          {words}
        </Text>
      </Group>
    </Tooltip>
  );
}
